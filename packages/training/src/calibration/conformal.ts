import { TrainingError } from '../errors.js';
import { checkProbabilities } from '../metrics/check.js';

/**
 * The (1 - alpha) quantile of split conformal prediction: the ceil((n + 1)(1 - alpha))-th smallest
 * of n scores, infinite where that is beyond n. A new score from the same distribution is at most
 * this with a probability of at least 1 - alpha (Vovk et al., 2005). Throws `CALIBRATION` for a level
 * that is none and for a score that is NaN: it has no rank.
 */
export function conformalQuantile(scores: ArrayLike<number>, alpha: number): number {
  const n = scores.length;
  const bad = Array.from(scores).findIndex((s) => Number.isNaN(s));
  if (!(alpha > 0 && alpha < 1) || bad >= 0) {
    throw new TrainingError({
      code: 'CALIBRATION',
      what: bad >= 0 ? `score ${bad} of ${n} is not a number` : 'the level is none',
      where: 'conformalQuantile',
      got: bad >= 0 ? 'NaN' : `alpha ${alpha}`,
      expected: bad >= 0 ? 'numbers' : '0 < alpha < 1',
    });
  }
  const rank = Math.ceil((n + 1) * (1 - alpha) - 1e-9);
  return rank > n ? Infinity : Float64Array.from(scores).sort()[rank - 1]!;
}

export interface ConformalSets {
  /** Level: sets miss the label with a probability of at most this. */
  alpha: number;
  /** Bound of 1 - p for every class, or one for each class; infinity: always in the set. */
  thresholds: number[];
}

/**
 * Thresholds for sets of classes {c: 1 - p_c <= threshold_c} that hold the label with a probability
 * of at least 1 - alpha (Sadinle et al., JASA 2019), for all images together (`marginal`) or for the
 * images of each class (`by-class`).
 *
 * @param probabilities [n, classes] of images that neither trained nor chose the network
 * @param labels [n]
 * @throws TrainingError CALIBRATION for a level or sizes that do not fit, METRICS for probabilities or
 * labels that are none
 */
export function fitConformal(
  probabilities: ArrayLike<number>,
  labels: ArrayLike<number>,
  classes: number,
  alpha: number,
  kind: 'marginal' | 'by-class',
): ConformalSets {
  if (!(alpha > 0 && alpha < 1) || probabilities.length !== labels.length * classes) {
    throw new TrainingError({
      code: 'CALIBRATION',
      what: 'conformal sets need a level and the probabilities of some images',
      where: 'fitConformal',
      got: `alpha ${alpha}, ${probabilities.length} probabilities, ${labels.length} labels`,
      expected: `0 < alpha < 1, ${classes} probabilities a label`,
    });
  }
  checkProbabilities('fitConformal', probabilities, labels, classes);
  const scores = Array.from(labels, (label, i) => 1 - probabilities[i * classes + label]!);
  const all = kind === 'marginal' ? conformalQuantile(scores, alpha) : 0;
  const thresholds = Array.from({ length: classes }, (_, c) =>
    kind === 'marginal'
      ? all
      : conformalQuantile(
          scores.filter((_score, i) => labels[i] === c),
          alpha,
        ),
  );
  return { alpha, thresholds };
}

/** Indices of the classes in the set of one image. */
export function conformalSet(
  { thresholds }: ConformalSets,
  probabilities: ArrayLike<number>,
): number[] {
  return thresholds.flatMap((t, c) => (1 - probabilities[c]! <= t ? [c] : []));
}

/**
 * How usual a score is among those of calibration: (1 + number of them <= s) / (n + 1). For an image
 * like those of calibration it is below alpha with a probability of at most alpha.
 *
 * @param sorted scores of calibration, ascending; higher is more usual
 */
export function conformalPValue(sorted: ArrayLike<number>, score: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! <= score) low = middle + 1;
    else high = middle;
  }
  return (1 + low) / (sorted.length + 1);
}
