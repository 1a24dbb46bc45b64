import { type Matrix, rowOf, zeros } from '../data/matrix.js';
import { applyNet, type Mlp, netWithJacobian } from '../mlp/network.js';

export interface InverseOptions {
  /** Starts of each sample; default 4. */
  readonly starts?: number;
  /** Steps of each start; default 60. */
  readonly steps?: number;
}

/**
 * For each sample by itself the code t with the smallest |decoder(t) - scores|^2: Levenberg and
 * Marquardt from the known codes whose spectra are nearest (far from each other, so that two
 * branches of solutions are both tried). A code stays within 1.5 times the range of known codes.
 * @param scores `[n, rank]` @param codes `[c, k]` codes of training samples
 * @returns codes `[n, k]` and what is left of each sample, summed squares
 */
export function invertDecoder(
  decoder: Mlp,
  scores: Matrix,
  codes: Matrix,
  { starts = 4, steps = 60 }: InverseOptions = {},
): { readonly codes: Matrix; readonly residual: Float64Array } {
  const k = codes.columns;
  const rank = scores.columns;
  const { low, high, range } = box(codes, decoder);
  const known = applyNet(decoder, codes);
  const perSample = Math.min(starts, codes.rows);
  const t = zeros(scores.rows * perSample, k);
  for (let i = 0; i < scores.rows; i++) {
    chooseStarts(rowOf(scores, i), known, codes, range, perSample).forEach((code, s) =>
      t.data.set(rowOf(codes, code), (i * perSample + s) * k),
    );
  }
  const items = t.rows;
  const cost = new Float64Array(items).fill(Infinity);
  const damping = new Float64Array(items).fill(1e-3);
  const normal = new Float64Array(items * k * k);
  const slope = new Float64Array(items * k);
  let active = Array.from({ length: items }, (_, i) => i);
  const trial = Float64Array.from(t.data);
  for (let step = 0; step <= steps && active.length > 0; step++) {
    const x = zeros(active.length, k);
    active.forEach((item, a) => x.data.set(trial.subarray(item * k, (item + 1) * k), a * k));
    const { values, jacobian } = netWithJacobian(decoder, x);
    const still: number[] = [];
    active.forEach((item, a) => {
      const target = rowOf(scores, Math.floor(item / perSample));
      const at = rowOf(values, a);
      let sum = 0;
      for (let j = 0; j < rank; j++) sum += (target[j] - at[j]) ** 2;
      const before = cost[item];
      if (sum < before) {
        cost[item] = sum;
        damping[item] = Math.max(1e-12, damping[item] * 0.2);
        t.data.set(rowOf(x, a), item * k);
        for (let p = 0; p < k; p++) {
          const jp = jacobian.subarray((a * k + p) * rank, (a * k + p + 1) * rank);
          let b = 0;
          for (let j = 0; j < rank; j++) b += jp[j] * (target[j] - at[j]);
          slope[item * k + p] = b;
          for (let q = 0; q <= p; q++) {
            const jq = jacobian.subarray((a * k + q) * rank, (a * k + q + 1) * rank);
            let n = 0;
            for (let j = 0; j < rank; j++) n += jp[j] * jq[j];
            normal[(item * k + p) * k + q] = n;
            normal[(item * k + q) * k + p] = n;
          }
        }
        if (before - sum < 1e-13 * (sum + 1e-300)) return;
      } else {
        damping[item] *= 5;
        if (damping[item] > 1e8) return;
      }
      const move = dampedStep(normal, slope, item, k, damping[item]);
      let largest = 0;
      for (let p = 0; p < k; p++) {
        const to = Math.min(high[p], Math.max(low[p], t.data[item * k + p] + move[p]));
        largest = Math.max(largest, Math.abs(to - t.data[item * k + p]) / range[p]);
        trial[item * k + p] = to;
      }
      if (largest > 1e-10) still.push(item);
    });
    active = still;
  }
  const best = zeros(scores.rows, k);
  const residual = new Float64Array(scores.rows).fill(Infinity);
  for (let item = 0; item < items; item++) {
    const i = Math.floor(item / perSample);
    if (cost[item] < residual[i]) {
      residual[i] = cost[item];
      best.data.set(rowOf(t, item), i * k);
    }
  }
  return { codes: best, residual };
}

/** Range of the codes; no bounds for a decoder without bends. */
function box(codes: Matrix, decoder: Mlp) {
  const k = codes.columns;
  const low = new Float64Array(k).fill(Infinity);
  const high = new Float64Array(k).fill(-Infinity);
  codes.data.forEach((v, i) => {
    low[i % k] = Math.min(low[i % k], v);
    high[i % k] = Math.max(high[i % k], v);
  });
  const range = high.map((h, i) => h - low[i] || 1);
  const straight = decoder.layers.every((layer) => layer.activation === 'linear');
  const margin = straight ? Infinity : 0.25;
  return {
    low: low.map((v, i) => v - margin * range[i]),
    high: high.map((v, i) => v + margin * range[i]),
    range,
  };
}

/** Codes near in spectrum and far from each other: nearest first, each next one traded off. */
function chooseStarts(
  target: Float64Array,
  known: Matrix,
  codes: Matrix,
  range: Float64Array,
  count: number,
): number[] {
  const distance = new Float64Array(known.rows);
  for (let c = 0; c < known.rows; c++) {
    const row = rowOf(known, c);
    for (let j = 0; j < row.length; j++) distance[c] += (row[j] - target[j]) ** 2;
  }
  const order = Array.from(distance.keys()).sort((a, b) => distance[a] - distance[b]);
  const near = order.slice(0, Math.max(count, Math.ceil(order.length / 8)));
  const chosen = [near[0]];
  while (chosen.length < count) {
    let best = -1;
    let farthest = -1;
    for (const c of near) {
      let closest = Infinity;
      for (const other of chosen) {
        let d = 0;
        for (let p = 0; p < range.length; p++)
          d +=
            ((codes.data[c * range.length + p] - codes.data[other * range.length + p]) /
              range[p]) **
            2;
        closest = Math.min(closest, d);
      }
      if (closest > farthest) {
        farthest = closest;
        best = c;
      }
    }
    chosen.push(best);
  }
  return chosen;
}

/** (N + damping (diag N + tiny))^-1 slope, by Cholesky. */
function dampedStep(
  normal: Float64Array,
  slope: Float64Array,
  item: number,
  k: number,
  damping: number,
): Float64Array {
  const l = normal.slice(item * k * k, (item + 1) * k * k);
  let trace = 0;
  for (let p = 0; p < k; p++) trace += l[p * k + p];
  const tiny = 1e-10 * trace + 1e-300;
  for (let p = 0; p < k; p++) l[p * k + p] = l[p * k + p] * (1 + damping) + tiny * (1 + damping);
  for (let p = 0; p < k; p++) {
    for (let q = 0; q <= p; q++) {
      let sum = l[p * k + q];
      for (let r = 0; r < q; r++) sum -= l[p * k + r] * l[q * k + r];
      l[p * k + q] = p === q ? Math.sqrt(Math.max(sum, 1e-300)) : sum / l[q * k + q];
    }
  }
  const step = slope.slice(item * k, (item + 1) * k);
  for (let p = 0; p < k; p++) {
    for (let q = 0; q < p; q++) step[p] -= l[p * k + q] * step[q];
    step[p] /= l[p * k + p];
  }
  for (let p = k - 1; p >= 0; p--) {
    for (let q = p + 1; q < k; q++) step[p] -= l[q * k + p] * step[q];
    step[p] /= l[p * k + p];
  }
  return step;
}
