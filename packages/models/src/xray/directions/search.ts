import { type Matrix, rowOf, zeros } from '../data/matrix.js';
import { randomStream } from '../data/random.js';
import { appendRow, complementOf, dot, signOf } from './orthonormal.js';
import type { ProjectedVariance } from './projectedVariance.js';

export interface DirectionFound {
  /** `[p]`, length 1, largest loading positive. */
  readonly direction: Float64Array;
  readonly rho: number;
  /** Where each start ended, best first. */
  readonly optima: readonly { readonly direction: Float64Array; readonly rho: number }[];
}

/**
 * The direction orthogonal to `before` along which the net covers most variance: BFGS from several
 * starts, since there are local optima. Starts: the axes of the complement, then random directions.
 */
export function bestDirection(
  objective: ProjectedVariance,
  before: Matrix,
  { starts, seed }: { readonly starts: number; readonly seed: number },
): DirectionFound {
  const complement = complementOf(before);
  const d = complement.rows;
  const random = randomStream(seed, 0x0d1 + before.rows);
  const optima = Array.from({ length: d === 1 ? 1 : starts }, (_, s) => {
    const u = new Float64Array(d);
    if (s < d) u[s] = 1;
    else u.forEach((_v, i) => (u[i] = random.normal()));
    return climb(objective, before, complement, u);
  }).sort((a, b) => b.rho - a.rho);
  return { ...optima[0], optima };
}

/** All components one after the other, each in the complement of those before. */
export function componentsOf(
  objective: ProjectedVariance,
  count: number,
  options: { readonly starts: number; readonly seed: number },
  known: Matrix = zeros(0, objective.inputs),
): { readonly basis: Matrix; readonly rho: readonly number[] } {
  let basis = known;
  const rho: number[] = [];
  while (basis.rows < count) {
    const found = bestDirection(objective, basis, options);
    basis = appendRow(basis, found.direction);
    rho.push(found.rho);
  }
  return { basis, rho };
}

/** BFGS in the coordinates of the complement; only the direction of `u` counts. */
function climb(
  objective: ProjectedVariance,
  before: Matrix,
  complement: Matrix,
  start: Float64Array,
): { direction: Float64Array; rho: number } {
  const d = complement.rows;
  const p = complement.columns;
  const evaluate = (u: Float64Array) => {
    const length = Math.sqrt(dot(u, u));
    const v = new Float64Array(p);
    for (let r = 0; r < d; r++)
      for (let a = 0; a < p; a++) v[a] += (u[r] / length) * complement.data[r * p + a];
    const { rho, gradient } = objective.at(before, v);
    const along = dot(gradient, v);
    const g = new Float64Array(d);
    for (let r = 0; r < d; r++) {
      const row = rowOf(complement, r);
      for (let a = 0; a < p; a++) g[r] += ((gradient[a] - along * v[a]) * row[a]) / length;
    }
    return { v, rho, g };
  };
  let u = start.map((x) => x / Math.sqrt(dot(start, start)));
  let here = evaluate(u);
  let inverse: Float64Array | undefined;
  for (let iteration = 0; iteration < 200; iteration++) {
    const slopeLength = Math.sqrt(dot(here.g, here.g));
    if (slopeLength < 1e-9) break;
    let step = new Float64Array(d);
    if (inverse) {
      for (let r = 0; r < d; r++)
        for (let s = 0; s < d; s++) step[r] += inverse[r * d + s] * here.g[s];
    }
    if (!inverse || dot(step, here.g) <= 0) {
      inverse = undefined;
      step = here.g.map((x) => (0.3 * x) / slopeLength);
    }
    const length = Math.sqrt(dot(step, step));
    let factor = length > 0.7 ? 0.7 / length : 1;
    const slope = dot(step, here.g);
    let next: typeof here | undefined;
    let moved = u;
    for (let tries = 0; tries < 40; tries++, factor *= 0.5) {
      moved = u.map((x, i) => x + factor * step[i]);
      const trial = evaluate(moved);
      if (trial.rho >= here.rho + 1e-4 * factor * slope) {
        next = trial;
        break;
      }
    }
    if (!next) {
      if (!inverse) break;
      inverse = undefined;
      continue;
    }
    const s = moved.map((x, i) => x - u[i]);
    const y = next.g.map((x, i) => here.g[i] - x);
    inverse = updated(inverse, s, y, d);
    const norm = Math.sqrt(dot(moved, moved));
    // Lengths change the scale of everything: begin anew where they have drifted.
    if (norm > 2 || norm < 0.5) {
      u = moved.map((x) => x / norm);
      inverse = undefined;
      here = evaluate(u);
    } else {
      u = moved;
      const gain = next.rho - here.rho;
      here = next;
      if (gain < 1e-13) break;
    }
  }
  const sign = signOf(here.v);
  return { direction: here.v.map((x) => sign * x), rho: here.rho };
}

/** BFGS update of the inverse Hessian of -rho; kept positive by leaving out steps without curvature. */
function updated(
  inverse: Float64Array | undefined,
  s: Float64Array,
  y: Float64Array,
  d: number,
): Float64Array | undefined {
  const sy = dot(s, y);
  if (sy <= 1e-14) return inverse;
  let h = inverse;
  if (!h) {
    h = new Float64Array(d * d);
    for (let i = 0; i < d; i++) h[i * d + i] = sy / dot(y, y);
  }
  const hy = new Float64Array(d);
  for (let i = 0; i < d; i++) for (let j = 0; j < d; j++) hy[i] += h[i * d + j] * y[j];
  const yhy = dot(y, hy);
  const out = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) {
      out[i * d + j] =
        h[i * d + j] + ((sy + yhy) * s[i] * s[j]) / (sy * sy) - (hy[i] * s[j] + s[i] * hy[j]) / sy;
    }
  }
  return out;
}
