import { TrainingError } from '../errors.js';

/** Indices in the order of descending scores. */
function descending(scores: ArrayLike<number>): number[] {
  return Array.from(scores, (_, i) => i).sort((a, b) => scores[b]! - scores[a]!);
}

/** Calls `visit` with the positives and negatives of each group of equal scores, from high to low. */
function eachTie(
  scores: ArrayLike<number>,
  positive: ArrayLike<boolean | number>,
  visit: (positives: number, negatives: number) => void,
): void {
  const order = descending(scores);
  for (let i = 0; i < order.length;) {
    const value = scores[order[i]!]!;
    let [p, n] = [0, 0];
    for (; i < order.length && scores[order[i]!] === value; i++) {
      if (positive[order[i]!]) p++;
      else n++;
    }
    visit(p, n);
  }
}

/** Infinite scores have a rank, NaN has none. */
function requireRanks(scores: ArrayLike<number>): void {
  const n = scores.length;
  for (let i = 0; i < n; i++) {
    if (!Number.isNaN(scores[i])) continue;
    throw new TrainingError({
      code: 'METRICS',
      what: 'a score is not a number',
      where: `score ${i} of ${n}`,
    });
  }
}

function checked(scores: ArrayLike<number>, positive: ArrayLike<boolean | number>) {
  const n = scores.length;
  let positives = 0;
  requireRanks(scores);
  for (let i = 0; i < n; i++) if (positive[i]) positives++;
  if (positive.length !== n || positives === 0 || positives === n) {
    throw new TrainingError({
      code: 'METRICS',
      what: 'a ranking needs a label for each score, some positive, some negative',
      got: `${n} scores, ${positive.length} labels, ${positives} positive`,
    });
  }
  return { positives, negatives: n - positives };
}

/**
 * Area under the receiver operating characteristic: the probability that a positive scores higher
 * than a negative, ties counted half. Throws `METRICS` without both kinds.
 */
export function auroc(scores: ArrayLike<number>, positive: ArrayLike<boolean | number>): number {
  const { positives, negatives } = checked(scores, positive);
  let above = 0;
  let area = 0;
  eachTie(scores, positive, (p, n) => {
    area += n * (above + p / 2);
    above += p;
  });
  return area / (positives * negatives);
}

/**
 * Area under precision against recall as average precision, sum over thresholds of
 * (recall - recall before) * precision, without interpolation.
 */
export function auprc(scores: ArrayLike<number>, positive: ArrayLike<boolean | number>): number {
  const { positives } = checked(scores, positive);
  let [hits, called, area] = [0, 0, 0];
  eachTie(scores, positive, (p, n) => {
    hits += p;
    called += p + n;
    area += (p / positives) * (hits / called);
  });
  return area;
}

export interface RejectionPoint {
  /** Part of the images that is answered, those with the highest scores. */
  coverage: number;
  /** Part of these that is right. */
  accuracy: number;
}

/**
 * Accuracy against the part of images answered, when those with the lowest scores are refused
 * first; `area` is the mean accuracy over all coverages 1/n .. 1. Images of equal score are taken
 * together, each with the mean of its group. `points`: of the curve, as many as there are images
 * at most. Throws `METRICS` without images, for a score that is NaN, for no points.
 */
export function rejectionCurve(
  scores: ArrayLike<number>,
  right: ArrayLike<boolean | number>,
  points = 50,
): { curve: RejectionPoint[]; area: number } {
  const n = scores.length;
  if (n === 0 || right.length !== n) {
    throw new TrainingError({
      code: 'METRICS',
      what: 'a rejection curve needs a label for each score',
      got: `${n} scores, ${right.length} labels`,
    });
  }
  requireRanks(scores);
  if (!(Number.isInteger(points) && points >= 1)) {
    throw new TrainingError({
      code: 'METRICS',
      what: 'a rejection curve needs points',
      got: String(points),
      expected: 'a whole number from 1',
    });
  }
  const cumulative: number[] = [];
  let before = 0;
  eachTie(scores, right, (p, q) => {
    for (let k = 1; k <= p + q; k++) cumulative.push(before + (p * k) / (p + q));
    before += p;
  });
  const accuracy = cumulative.map((hits, i) => hits / (i + 1));
  const count = Math.min(points, n);
  const curve = Array.from({ length: count }, (_, i) => {
    const answered = Math.max(1, Math.round(((i + 1) * n) / count));
    return { coverage: answered / n, accuracy: accuracy[answered - 1]! };
  });
  return { curve, area: accuracy.reduce((sum, a) => sum + a, 0) / n };
}
