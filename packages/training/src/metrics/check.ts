import { TrainingError } from '../errors.js';

/** How far a probability may be outside 0 .. 1 by rounding. */
const rounding = 1e-6;

/**
 * Throws `METRICS`, with the place, where probabilities [n, classes] and labels [n] do not belong
 * together: sizes, a probability that is none (NaN, below 0, above 1), a label that is no class.
 */
export function checkProbabilities(
  where: string,
  probabilities: ArrayLike<number>,
  labels: ArrayLike<number>,
  classes: number,
): void {
  const n = labels.length;
  const refuse = (what: string, got: string, expected: string) =>
    new TrainingError({ code: 'METRICS', what, where, got, expected });
  if (!(Number.isInteger(classes) && classes >= 1)) {
    throw refuse('there must be a number of classes', String(classes), 'a whole number from 1');
  }
  if (probabilities.length !== n * classes) {
    throw refuse(
      'there is not one probability a class for each label',
      `${probabilities.length} numbers, ${n} labels`,
      `${n} x ${classes}`,
    );
  }
  for (let i = 0; i < n; i++) {
    const label = labels[i]!;
    if (Number.isInteger(label) && label >= 0 && label < classes) continue;
    throw refuse(
      `label ${i} is no class`,
      String(label),
      `a whole number from 0 to ${classes - 1}`,
    );
  }
  for (let i = 0; i < probabilities.length; i++) {
    const p = probabilities[i]!;
    if (p >= -rounding && p <= 1 + rounding) continue;
    const place = `image ${Math.floor(i / classes)}, class ${i % classes}`;
    throw refuse(`the probability of ${place} is none`, String(p), 'from 0 to 1');
  }
}
