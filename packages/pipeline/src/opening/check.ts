import { z } from 'zod';
import { PipelineError } from '../errors.js';
import type { NamedText } from './named.js';
import { plainYaml } from '../ins/yaml.js';

/**
 * A YAML file as its schema has it.
 * @param what the file, as messages call it
 * @param example a folder of `pipelines` that shows a working one
 * @throws PipelineError PIPELINE_INVALID, with every place that is wrong
 */
export function checkFile<T>(
  schema: z.ZodType<T>,
  file: NamedText,
  what: string,
  example: string,
): T {
  const result = schema.safeParse(plainYaml(file));
  if (result.success) return result.data;
  throw new PipelineError('PIPELINE_INVALID', {
    what: `${what} is not valid`,
    where: file.path,
    got: z.prettifyError(result.error),
    next: `mend these places; pipelines/${example} is a working example`,
  });
}
