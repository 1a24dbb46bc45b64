import type { ClassicalHamiltonian } from './classicalHamiltonian.js';

/** Where a descent ended. */
export interface Descent {
  readonly directions: Float64Array;
  readonly energyMeV: number;
  /** Largest torque |d_i x dE/dd_i| over the sites, meV. */
  readonly torqueMeV: number;
  readonly iterations: number;
  readonly converged: boolean;
}

/**
 * Descends the classical energy on the product of unit spheres from `start` ([nSites, 3]): L-BFGS
 * (8 pairs) in the tangent planes, steps along the sphere by normalisation, Armijo backtracking.
 * Converged when the largest torque is below `tolerance` times the largest local field.
 */
export function descend(
  h: ClassicalHamiltonian,
  start: Float64Array,
  tolerance = 1e-10,
  maxIterations = 2000,
): Descent {
  const size = start.length;
  let d = Float64Array.from(start);
  normalise(d);
  let g = new Float64Array(size);
  let energy = h.gradient(d, g);
  let scale = toTangent(d, g).field;
  let history: { s: Float64Array; y: Float64Array; rho: number }[] = [];
  let iterations = 0;
  for (; iterations < maxIterations; iterations++) {
    const torque = largest(g);
    if (torque <= tolerance * scale || torque === 0) break;
    const step = direction(g, history, d);
    let slope = inner(step, g);
    if (!(slope < -1e-14 * Math.sqrt(inner(step, step) * inner(g, g)))) {
      history = [];
      for (let i = 0; i < size; i++) step[i] = -g[i]!;
      slope = -inner(g, g);
    }
    // no spin turns by more than about a radian a step
    const reach = largest(step);
    let t = history.length === 0 ? Math.min(1, 0.5 / reach) : Math.min(1, 1 / reach);
    let next = d;
    let nextEnergy = energy;
    const nextG = new Float64Array(size);
    let accepted = false;
    for (let tries = 0; tries < 40; tries++) {
      next = Float64Array.from(d, (x, i) => x + t * step[i]!);
      normalise(next);
      nextEnergy = h.gradient(next, nextG);
      // near the bottom energies differ by rounding only: any step that does not climb is taken
      if (nextEnergy <= energy + 1e-4 * t * slope + 1e-14 * Math.abs(energy)) {
        accepted = true;
        break;
      }
      t *= 0.4;
    }
    if (!accepted) {
      if (history.length === 0) break;
      history = [];
      continue;
    }
    scale = Math.max(scale, toTangent(next, nextG).field);
    const s = Float64Array.from(step, (x) => t * x);
    project(next, s);
    const y = Float64Array.from(nextG, (x, i) => x - g[i]!);
    project(next, y);
    const sy = inner(s, y);
    if (sy > 1e-12 * Math.sqrt(inner(s, s) * inner(y, y))) {
      history.push({ s, y, rho: 1 / sy });
      if (history.length > 8) history.shift();
    }
    d = next;
    g = nextG;
    energy = nextEnergy;
  }
  const torqueMeV = largest(g);
  return {
    directions: d,
    energyMeV: energy,
    torqueMeV,
    iterations,
    converged: torqueMeV <= Math.max(tolerance, 1e-7) * scale || torqueMeV === 0,
  };
}

/** L-BFGS two-loop recursion; -H g, in the tangent planes of d. */
function direction(
  g: Float64Array,
  history: readonly { s: Float64Array; y: Float64Array; rho: number }[],
  d: Float64Array,
): Float64Array {
  const q = Float64Array.from(g);
  const alpha: number[] = [];
  for (let k = history.length - 1; k >= 0; k--) {
    const { s, y, rho } = history[k]!;
    const a = rho * inner(s, q);
    alpha[k] = a;
    for (let i = 0; i < q.length; i++) q[i]! -= a * y[i]!;
  }
  const last = history.at(-1);
  if (last) {
    const gamma = inner(last.s, last.y) / inner(last.y, last.y);
    for (let i = 0; i < q.length; i++) q[i]! *= gamma;
  }
  for (const [k, { s, y, rho }] of history.entries()) {
    const b = rho * inner(y, q);
    for (let i = 0; i < q.length; i++) q[i]! += (alpha[k]! - b) * s[i]!;
  }
  for (let i = 0; i < q.length; i++) q[i] = -q[i]!;
  project(d, q);
  return q;
}

/** Takes the part along d out of each site's gradient; returns the largest gradient there was. */
function toTangent(d: Float64Array, g: Float64Array): { field: number } {
  const field = largest(g);
  project(d, g);
  return { field };
}

function project(d: Float64Array, v: Float64Array): void {
  for (let i = 0; i < d.length; i += 3) {
    const along = v[i]! * d[i]! + v[i + 1]! * d[i + 1]! + v[i + 2]! * d[i + 2]!;
    for (let a = 0; a < 3; a++) v[i + a]! -= along * d[i + a]!;
  }
}

function normalise(d: Float64Array): void {
  for (let i = 0; i < d.length; i += 3) {
    const n = Math.hypot(d[i]!, d[i + 1]!, d[i + 2]!);
    for (let a = 0; a < 3; a++) d[i + a]! /= n;
  }
}

/** Largest length over the sites. */
function largest(v: Float64Array): number {
  let m = 0;
  for (let i = 0; i < v.length; i += 3) m = Math.max(m, Math.hypot(v[i]!, v[i + 1]!, v[i + 2]!));
  return m;
}

function inner(a: Float64Array, b: Float64Array): number {
  let s = 0;
  for (let i = 0; i < a.length; i++) s += a[i]! * b[i]!;
  return s;
}
