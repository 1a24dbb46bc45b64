import { parseDocument } from 'yaml';
import { ImagingError } from '../errors.js';
import { imageSpecSchema, type ImageSpec } from './schema.js';

/**
 * An image specification from a plain object or the text of a YAML or JSON file; what is left out
 * takes its default.
 * @throws ImagingError IMAGE_SPEC listing every problem with its path.
 */
export function parseImageSpec(input: unknown = {}, options: { source?: string } = {}): ImageSpec {
  const source = options.source ?? 'image spec';
  let value = input;
  if (typeof input === 'string') {
    const document = parseDocument(input);
    if (document.errors.length > 0) {
      throw new ImagingError('IMAGE_SPEC', {
        what: 'the image specification is not valid YAML or JSON',
        where: source,
        got: document.errors.map((e) => e.message.split('\n')[0]).join(' | '),
        next: 'mend the syntax at the position named',
      });
    }
    value = document.toJS() ?? {};
  }
  const result = imageSpecSchema.safeParse(value);
  if (result.success) return result.data;
  throw new ImagingError('IMAGE_SPEC', {
    what: `the image specification has ${result.error.issues.length} problem(s)`,
    where: source,
    got: result.error.issues.map((i) => `${i.path.join('.') || '(top)'}: ${i.message}`).join(' | '),
    next: 'see `image` in pipelines/pcsmo/pipeline.yaml for an example',
  });
}
