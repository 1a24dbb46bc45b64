import { TrainingError } from '../errors.js';
import { checkProbabilities } from './check.js';

export interface ClassMetrics {
  /** Images of this class. */
  count: number;
  /** Of the images called this class, the part that is; 0 when none was called so. */
  precision: number;
  /** Of the images of this class, the part that was called so; 0 when there is none. */
  recall: number;
  /** Harmonic mean of the two. */
  f1: number;
}

/** One bin of the reliability diagram. */
export interface ReliabilityBin {
  from: number;
  to: number;
  count: number;
  /** Mean of the highest probability. */
  confidence: number;
  /** Part that was right. */
  accuracy: number;
}

export interface ClassificationMetrics {
  count: number;
  accuracy: number;
  /** Mean of -log p(label), natural logarithm, p clipped at 1e-12. */
  nll: number;
  /** Mean over images of sum_c (p_c - [c is the label])^2. */
  brier: number;
  /**
   * Expected calibration error: sum over bins of (count / total) |accuracy - confidence|, 15 bins
   * of equal width of the highest probability (Guo et al., ICML 2017).
   */
  ece: number;
  /** [label][called]: how many images. */
  confusion: number[][];
  perClass: ClassMetrics[];
  reliability: ReliabilityBin[];
}

/**
 * Metrics of class probabilities against labels.
 *
 * @param probabilities [n, classes], each row sums to 1
 * @param labels [n]
 * @throws TrainingError METRICS where they do not belong together; of no image every number is 0
 */
export function classificationMetrics(
  probabilities: ArrayLike<number>,
  labels: ArrayLike<number>,
  classes: number,
  bins = 15,
): ClassificationMetrics {
  const n = labels.length;
  checkProbabilities('classificationMetrics', probabilities, labels, classes);
  if (!(Number.isInteger(bins) && bins >= 1)) {
    throw new TrainingError({
      code: 'METRICS',
      what: 'a reliability diagram needs bins',
      where: 'classificationMetrics',
      got: String(bins),
      expected: 'a whole number from 1',
    });
  }
  const confusion = Array.from({ length: classes }, () => Array<number>(classes).fill(0));
  const sums = Array.from({ length: bins }, () => ({ count: 0, confidence: 0, right: 0 }));
  let nll = 0;
  let brier = 0;
  for (let i = 0; i < n; i++) {
    const label = labels[i]!;
    const called = argMax(probabilities, i * classes, classes);
    const p = probabilities[i * classes + called]!;
    confusion[label]![called]!++;
    nll -= Math.log(Math.max(probabilities[i * classes + label]!, 1e-12));
    for (let c = 0; c < classes; c++) {
      brier += (probabilities[i * classes + c]! - (c === label ? 1 : 0)) ** 2;
    }
    const bin = sums[Math.min(bins - 1, Math.max(0, Math.floor(p * bins)))]!;
    bin.count++;
    bin.confidence += p;
    bin.right += called === label ? 1 : 0;
  }
  const right = confusion.reduce((sum, row, c) => sum + row[c]!, 0);
  const gap = sums.reduce((sum, { confidence, right: r }) => sum + Math.abs(confidence - r), 0);
  return {
    count: n,
    accuracy: ratio(right, n),
    nll: ratio(nll, n),
    brier: ratio(brier, n),
    ece: ratio(gap, n),
    confusion,
    perClass: confusion.map((_, c) => perClass(confusion, c)),
    reliability: sums.map(({ count, confidence, right: r }, i) => ({
      from: i / bins,
      to: (i + 1) / bins,
      count,
      confidence: ratio(confidence, count),
      accuracy: ratio(r, count),
    })),
  };
}

function perClass(confusion: number[][], c: number): ClassMetrics {
  const count = confusion[c]!.reduce((sum, x) => sum + x, 0);
  const called = confusion.reduce((sum, row) => sum + row[c]!, 0);
  const hits = confusion[c]![c]!;
  const precision = ratio(hits, called);
  const recall = ratio(hits, count);
  return { count, precision, recall, f1: ratio(2 * precision * recall, precision + recall) };
}

/** Index (from `start`) of the largest of `count` numbers; the first of equals. */
export function argMax(values: ArrayLike<number>, start: number, count: number): number {
  let best = 0;
  for (let c = 1; c < count; c++) if (values[start + c]! > values[start + best]!) best = c;
  return best;
}

function ratio(a: number, b: number): number {
  return b === 0 ? 0 : a / b;
}
