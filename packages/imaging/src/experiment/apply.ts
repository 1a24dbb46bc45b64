import { ImagingError } from '../errors.js';
import { Random } from '../random/xoshiro.js';
import { applyStep, type ExperimentContext } from './models.js';
import { experimentSchema, type ExperimentStepInput } from './schema.js';

/**
 * The image with everything the steps add, in order; the input is not changed. The same seed gives
 * the same image; each step has its own random sequence, so that adding one does not change the
 * noise of another before it.
 * @param image `[rows * columns]`, not changed
 * @throws ImagingError EXPERIMENT for bad steps or an image that does not fit the context.
 */
export function applyExperiment(
  image: Float32Array,
  context: ExperimentContext,
  steps: readonly ExperimentStepInput[],
  seed: number,
): Float32Array {
  const parsed = experimentSchema.safeParse(steps);
  if (!parsed.success) {
    throw new ImagingError('EXPERIMENT', {
      what: `the experiment models have ${parsed.error.issues.length} problem(s)`,
      got: parsed.error.issues.map((i) => `${i.path.join('.')}: ${i.message}`).join(' | '),
      expected: 'steps of experimentSchema, e.g. { model: "counting-noise", countsPerUnit: 100 }',
      next: 'mend the steps named',
    });
  }
  if (image.length !== context.mask.length) {
    throw new ImagingError('EXPERIMENT', {
      what: 'the image does not fit the layout',
      got: `${image.length} pixels`,
      expected: `${context.mask.length}`,
      next: 'give the context of the same imager',
    });
  }
  let out = Float32Array.from(image);
  parsed.data.forEach((step, index) => {
    out = applyStep(out, context, step, new Random(seed, index + 1)) as Float32Array<ArrayBuffer>;
  });
  return out;
}
