import type { Preprocessing } from '@spectraloom/models';
import { TrainingError } from '../errors.js';

/** Smallest and largest of an image. */
export function rangeOf(image: Float32Array): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const x of image) {
    if (x < low) low = x;
    if (x > high) high = x;
  }
  return [low, high];
}

/**
 * A denoiser's preprocessing without its last step. Throws `DENOISER` for one that cannot be taken
 * back: it must clip or scale, then end with min-max.
 */
export function withoutMinMax(preprocessing: Preprocessing): Preprocessing {
  const { steps } = preprocessing;
  const before = steps.slice(0, -1);
  const fits =
    steps.at(-1)?.step === 'min-max' &&
    before.every(({ step }) => step === 'clip' || step === 'scale');
  if (fits) return { ...preprocessing, steps: before };
  throw new TrainingError({
    code: 'DENOISER',
    what: "the denoiser's preprocessing cannot be taken back",
    where: 'preprocessing of the denoiser',
    got: steps.map(({ step }) => step).join(', '),
    expected: 'clip and scale, then min-max at the end',
  });
}
