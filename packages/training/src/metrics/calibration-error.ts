import { TrainingError } from '../errors.js';
import { Random } from '../random.js';
import { checkProbabilities } from './check.js';
import { argMax } from './classification.js';

/** How far confidences are from frequencies, and how much of it is the small number of images. */
export interface CalibrationError {
  count: number;
  /**
   * Expected calibration error: sum over bins of (count / total) |accuracy - confidence|, bins of
   * equal width of the highest probability (Guo et al., ICML 2017). Biased upwards: the accuracy of
   * a bin of few images scatters, and its absolute value does not average out.
   */
  ece: number;
  /**
   * The same number for a classifier that is calibrated perfectly and has just these probabilities:
   * labels drawn from them many times (parametric bootstrap; consistency resampling, Broecker and
   * Smith, Weather and Forecasting 22, 651 (2007)). Mean, and where 95 % of the draws lie.
   */
  expected: { mean: number; from: number; to: number };
  /** Part of the draws whose error is as large as the measured one: small speaks against calibration. */
  pValue: number;
  /**
   * Root mean square error without the bias, of bins that hold equally many images: sum over bins of
   * (n_b / n) ((accuracy - confidence)^2 - accuracy (1 - accuracy) / (n_b - 1)) is unbiased for the
   * mean square (Kumar et al., NeurIPS 2019); its root, negative where it came out negative. The
   * mean absolute error of the same bins is at most the root of what it estimates.
   */
  debiased: number;
  /**
   * ECE with bins of equally many images, as many as keep their accuracies in order (Roelofs et al.,
   * AISTATS 2022): hardly biased, for ever more images.
   */
  sweep: number;
  bins: number;
  draws: number;
}

export interface CalibrationErrorOptions {
  bins?: number;
  /** Sets of labels drawn. */
  draws?: number;
  seed?: number;
}

/**
 * The calibration of the highest probability, beside what chance alone would give.
 *
 * @param probabilities [n, classes], each row sums to 1
 * @param labels [n]
 * @throws TrainingError METRICS where they do not belong together or there is no image
 */
export function calibrationError(
  probabilities: ArrayLike<number>,
  labels: ArrayLike<number>,
  classes: number,
  { bins = 15, draws = 1000, seed = 0 }: CalibrationErrorOptions = {},
): CalibrationError {
  const n = labels.length;
  checkProbabilities('calibrationError', probabilities, labels, classes);
  if (![n, bins, draws].every((count) => Number.isInteger(count) && count >= 1)) {
    throw new TrainingError({
      code: 'METRICS',
      what: 'a calibration error needs the probabilities of some images, bins, and draws',
      where: 'calibrationError',
      got: `${n} images, ${bins} bins, ${draws} draws`,
      expected: 'at least one image, one bin, one draw',
    });
  }
  const confidence = new Float64Array(n);
  const right = new Uint8Array(n);
  const bin = new Uint16Array(n);
  for (let i = 0; i < n; i++) {
    const called = argMax(probabilities, i * classes, classes);
    confidence[i] = probabilities[i * classes + called]!;
    right[i] = called === labels[i] ? 1 : 0;
    bin[i] = Math.min(bins - 1, Math.max(0, Math.floor(confidence[i]! * bins)));
  }
  const gaps = new Float64Array(bins);
  const eceOf = (hit: (i: number) => boolean): number => {
    gaps.fill(0);
    for (let i = 0; i < n; i++) gaps[bin[i]!]! += confidence[i]! - (hit(i) ? 1 : 0);
    return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / n;
  };
  const ece = eceOf((i) => right[i] === 1);
  const random = new Random(seed, n);
  const drawn = Float64Array.from({ length: draws }, () =>
    eceOf((i) => random.uniform() < confidence[i]!),
  ).sort();
  const at = (part: number) => drawn[Math.min(draws - 1, Math.floor(part * draws))]!;
  const order = Array.from(confidence.keys()).sort((a, b) => confidence[a]! - confidence[b]!);
  return {
    count: n,
    ece,
    expected: { mean: drawn.reduce((a, b) => a + b, 0) / draws, from: at(0.025), to: at(0.975) },
    pValue: (1 + drawn.filter((e) => e >= ece - 1e-12).length) / (draws + 1),
    // At least two images a bin: a single one has no variance to take off.
    debiased: debiasedError(
      equalBins(order, confidence, right, Math.max(1, Math.min(bins, Math.floor(n / 2)))),
      n,
    ),
    sweep: sweepError(order, confidence, right),
    bins,
    draws,
  };
}

interface Bin {
  count: number;
  confidence: number;
  accuracy: number;
}

/** Images in the order of their confidence, in bins whose sizes differ by one at most. */
function equalBins(
  order: readonly number[],
  confidence: Float64Array,
  right: Uint8Array,
  count: number,
): Bin[] {
  const n = order.length;
  const used = Math.min(count, n);
  return Array.from({ length: used }, (_, b) => {
    const [from, to] = [b, b + 1].map((k) => Math.floor((k * n) / used)) as [number, number];
    let [sum, hits] = [0, 0];
    for (let i = from; i < to; i++) {
      sum += confidence[order[i]!]!;
      hits += right[order[i]!]!;
    }
    return { count: to - from, confidence: sum / (to - from), accuracy: hits / (to - from) };
  });
}

function debiasedError(bins: readonly Bin[], n: number): number {
  let square = 0;
  for (const { count, confidence, accuracy } of bins) {
    const variance = count > 1 ? (accuracy * (1 - accuracy)) / (count - 1) : 0;
    square += (count / n) * ((accuracy - confidence) ** 2 - variance);
  }
  return Math.sign(square) * Math.sqrt(Math.abs(square));
}

function sweepError(order: readonly number[], confidence: Float64Array, right: Uint8Array): number {
  const n = order.length;
  let bins = equalBins(order, confidence, right, 1);
  for (let count = 2; count <= n; count++) {
    const more = equalBins(order, confidence, right, count);
    if (more.some((b, i) => i > 0 && b.accuracy < more[i - 1]!.accuracy)) break;
    bins = more;
  }
  return bins.reduce((sum, b) => sum + b.count * Math.abs(b.accuracy - b.confidence), 0) / n;
}
