import { UnstableGroundState } from './errors.js';
import { extendParameters } from './modes.js';
import type { PreparedModel } from './prepare.js';
import { NEGATIVE_TOLERANCE } from './diagonalisation/solver.js';

/** Largest torque on a spin, relative to the largest local field, that counts as none. */
export const TORQUE_TOLERANCE = 5e-3;

/** How much of the zone is looked at. */
export interface StabilityOptions {
  /** Points per axis of the magnetic zone (1 along flat axes). Default 64, 24 or 12 in 1, 2, 3 D. */
  readonly grid?: number | readonly [number, number, number];
  /** Descend from the lowest grid points to the worst q. Default true. */
  readonly refine?: boolean;
  /** Stop at the first q found unstable, for rejection sampling. Default false. */
  readonly stopAtFirst?: boolean;
}

/** What `checkStability` found. */
export interface Stability {
  readonly stable: boolean;
  /** r.l.u. of the chemical lattice. */
  readonly worstQ: readonly [number, number, number];
  /** Lowest eigenvalue of H(q) found, meV. Zero within rounding: a Goldstone mode. */
  readonly worstEigenvalueMeV: number;
  /** Number of q looked at. */
  readonly points: number;
  /** Largest torque relative to the largest local field; above TORQUE_TOLERANCE is unstable. */
  readonly relativeTorque: number;
}

/**
 * Whether the spin state is a stable minimum for parameters p: no torque on a spin, and H(q) positive
 * semi-definite over the magnetic zone (grid, then descent from its lowest points, which finds
 * soft regions narrower than the grid around a Goldstone point). Goldstone modes are stable.
 * @param p `[nParameters]`, as in `model.parameters`
 */
export function checkStability(
  prepared: PreparedModel,
  p: Float64Array,
  options: StabilityOptions = {},
): Stability {
  const { solver } = prepared.internals;
  solver.setParameters(extendParameters(prepared, p));
  const limit = -NEGATIVE_TOLERANCE * solver.scaleMeV;
  const waves = prepared.internals.waveTable(1);
  let points = 0;
  const lowest = (q: readonly number[]): number => {
    points++;
    waves.set(0, q[0]!, q[1]!, q[2]!);
    return solver.lowestEigenvalue(waves, 0);
  };
  const counts = gridCounts(prepared.flatAxes, options.grid);
  const torque = worstTorque(prepared, p).relative;
  const result = (q: readonly number[], eigenvalue: number): Stability => ({
    stable: eigenvalue >= limit && torque <= TORQUE_TOLERANCE,
    worstQ: q.map((v, a) => v / prepared.model.supercell[a]! + 0) as unknown as [
      number,
      number,
      number,
    ],
    worstEigenvalueMeV: eigenvalue,
    points,
    relativeTorque: torque,
  });

  const found: { q: readonly number[]; value: number }[] = [];
  const offer = (q: readonly number[], value: number) => {
    if (found.length < KEPT || value < found.at(-1)!.value) {
      found.push({ q, value });
      found.sort((a, b) => a.value - b.value);
      if (found.length > KEPT) found.pop();
    }
  };
  for (let i = 0; i < counts[0]; i++)
    for (let j = 0; j < counts[1]; j++)
      for (let k = 0; k < counts[2]; k++) {
        const q = [i / counts[0], j / counts[1], k / counts[2]];
        const value = lowest(q);
        if (options.stopAtFirst && value < limit) return result(q, value);
        offer(q, value);
      }
  if (options.refine === false) return result(found[0]!.q, found[0]!.value);
  let best = found[0]!;
  for (const start of found) {
    const end = descend(start, counts, lowest);
    if (end.value < best.value) best = end;
    if (options.stopAtFirst && end.value < limit) break;
  }
  return result(best.q, best.value);
}

/** Grid points from which the search descends. */
const KEPT = 4;

/** Pattern search: steps along the axes, halved from half the grid spacing to 1e-4. */
function descend(
  start: { q: readonly number[]; value: number },
  counts: readonly number[],
  f: (q: readonly number[]) => number,
): { q: readonly number[]; value: number } {
  let best = start;
  for (let scale = 0.5; scale > 1e-3; scale *= 0.35) {
    for (let moved = true, rounds = 0; moved && rounds < 20; rounds++) {
      moved = false;
      for (let a = 0; a < 3; a++) {
        if (counts[a] === 1) continue;
        for (const sign of [1, -1]) {
          const q = best.q.map((v, b) => (b === a ? v + (sign * scale) / counts[a]! : v));
          const value = f(q);
          // Rounding noise of a flat region must not keep the search going.
          if (value < best.value - 1e-12 * Math.abs(best.value) - 1e-15) {
            best = { q, value };
            moved = true;
          }
        }
      }
    }
  }
  return best;
}

function gridCounts(
  flat: readonly [boolean, boolean, boolean],
  grid: number | readonly [number, number, number] | undefined,
): [number, number, number] {
  if (typeof grid === 'object') return flat.map((f, a) => (f ? 1 : grid[a]!)) as never;
  const dimensions = flat.filter((f) => !f).length;
  const n = grid ?? [1, 64, 24, 12][dimensions]!;
  return flat.map((f) => (f ? 1 : n)) as [number, number, number];
}

/** The largest part of dE/dS_i across its spin, relative to the largest dE/dS_i. */
export function worstTorque(
  prepared: PreparedModel,
  p: Float64Array,
): { readonly relative: number; readonly site: number } {
  const { gradient, frames } = prepared.internals.expansion;
  const n = frames.length;
  const extended = extendParameters(prepared, p);
  let site = 0;
  let across = 0;
  let largest = 0;
  for (let i = 0; i < n; i++) {
    const g = [0, 0, 0];
    extended.forEach((v, k) => {
      for (let a = 0; a < 3; a++) g[a] = g[a]! + v * gradient[(k * n + i) * 3 + a]!;
    });
    const along = g.reduce((s, v, a) => s + v * frames[i]!.e3[a]!, 0);
    const t = Math.hypot(...g.map((v, a) => v - along * frames[i]!.e3[a]!));
    if (t > across) {
      across = t;
      site = i;
    }
    largest = Math.max(largest, Math.hypot(...g));
  }
  return { relative: largest > 0 ? across / largest : 0, site };
}

/** Throws UnstableGroundState if a spin feels a torque for parameters p. */
export function requireNoTorque(prepared: PreparedModel, p: Float64Array): void {
  const { relative, site } = worstTorque(prepared, p);
  if (relative <= TORQUE_TOLERANCE) return;
  throw new UnstableGroundState(
    {
      what: 'the spin state is not stationary: a spin feels a torque',
      where: `model ${prepared.model.name}, site ${site} (${prepared.model.sites[site]!.label})`,
      got: `torque ${relative.toPrecision(3)} of the local field`,
      expected: `at most ${TORQUE_TOLERANCE}`,
      next: 'relax the moments, or correct their directions',
    },
    { site },
  );
}

/**
 * Energy of the classical state, meV per magnetic cell.
 * @param p `[nParameters]`, as in `model.parameters`
 */
export function classicalEnergy(prepared: PreparedModel, p: Float64Array): number {
  const { classicalEnergy: e } = prepared.internals.expansion;
  return extendParameters(prepared, p).reduce((s, v, k) => s + v * e[k]!, 0);
}
