import { ExplainError } from '../errors.js';

/** Ranks from 1, equal values sharing the mean of their ranks. */
export function ranks(values: ArrayLike<number>): Float64Array {
  const order = Uint32Array.from({ length: values.length }, (_, i) => i);
  order.sort((a, b) => values[a]! - values[b]!);
  const out = new Float64Array(values.length);
  for (let first = 0; first < order.length;) {
    let end = first + 1;
    while (end < order.length && values[order[end]!] === values[order[first]!]) end++;
    for (let i = first; i < end; i++) out[order[i]!] = (first + end + 1) / 2;
    first = end;
  }
  return out;
}

/**
 * Spearman's rank correlation: Pearson's of the ranks. NaN where one of the two is constant or holds a
 * NaN, which has no rank.
 * Throws `LENGTHS` for lists of different lengths.
 */
export function rankCorrelation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length || a.length < 2) {
    throw new ExplainError({
      code: 'LENGTHS',
      what: 'a rank correlation needs two lists of the same length',
      where: 'rankCorrelation',
      got: `${a.length} and ${b.length}`,
      expected: 'the same number, at least 2',
    });
  }
  for (let i = 0; i < a.length; i++) {
    if (Number.isNaN(a[i]) || Number.isNaN(b[i])) return NaN;
  }
  const x = ranks(a);
  const y = ranks(b);
  const mean = (a.length + 1) / 2;
  let xy = 0;
  let xx = 0;
  let yy = 0;
  for (let i = 0; i < a.length; i++) {
    const u = x[i]! - mean;
    const v = y[i]! - mean;
    xy += u * v;
    xx += u * u;
    yy += v * v;
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : NaN;
}
