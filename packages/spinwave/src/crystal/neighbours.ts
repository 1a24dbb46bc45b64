import type { Lattice } from '../model/types.js';
import type { Vec3 } from './geometry.js';
import { add, norm, subtract, vecMat } from './geometry.js';

/** A pair of sites, `to` in the cell at offset `cell`; each pair occurs once, in one orientation. */
export interface Neighbour {
  readonly from: number;
  readonly to: number;
  readonly cell: Vec3;
  /** Fractional step from `from` to `to`. */
  readonly step: Vec3;
  readonly lengthAngstrom: number;
}

/** Pairs of one length. */
export interface Shell {
  readonly lengthAngstrom: number;
  readonly pairs: readonly Neighbour[];
}

/** How many pairs a search may return before it gives up with a RangeError. */
const maxPairs = 2_000_000;

/**
 * All pairs up to `cutoffAngstrom`, each once, sorted by length. The orientation kept is
 * from < to, or from = to with the first non-zero component of `cell` positive.
 * Throws RangeError when more than two million pairs lie within the cut-off.
 */
export function neighbourList(
  lattice: Lattice,
  positions: readonly Vec3[],
  cutoffAngstrom: number,
): Neighbour[] {
  const n = positions.length;
  const expected = ((2 / 3) * Math.PI * cutoffAngstrom ** 3 * n * n) / lattice.volume;
  if (expected > 1.5 * maxPairs)
    throw new RangeError(`about ${expected.toExponential(0)} bonds within ${cutoffAngstrom} Å`);
  const reach = fractionalReach(lattice, cutoffAngstrom);
  const pairs: Neighbour[] = [];
  for (let from = 0; from < positions.length; from++)
    for (let to = from; to < positions.length; to++) {
      const base = subtract(positions[to]!, positions[from]!);
      const low = base.map((x, i) => Math.ceil(-reach[i]! - x - 1e-9));
      const high = base.map((x, i) => Math.floor(reach[i]! - x + 1e-9));
      for (let i = low[0]!; i <= high[0]!; i++)
        for (let j = low[1]!; j <= high[1]!; j++)
          for (let k = low[2]!; k <= high[2]!; k++) {
            if (from === to && !(i > 0 || (i === 0 && (j > 0 || (j === 0 && k > 0))))) continue;
            const cell: Vec3 = [i, j, k];
            const step = add(base, cell);
            const lengthAngstrom = norm(vecMat(step, lattice.vectors));
            if (lengthAngstrom > cutoffAngstrom) continue;
            pairs.push({ from, to, cell, step, lengthAngstrom });
            if (pairs.length > maxPairs)
              throw new RangeError(`more than ${maxPairs} bonds within ${cutoffAngstrom} Å`);
          }
    }
  return pairs.sort((p, q) => p.lengthAngstrom - q.lengthAngstrom);
}

/** Sorts pairs into shells: a gap wider than `toleranceAngstrom` starts a new one. */
export function groupShells(pairs: readonly Neighbour[], toleranceAngstrom: number): Shell[] {
  const shells: { lengthAngstrom: number; pairs: Neighbour[] }[] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (const pair of pairs) {
    if (pair.lengthAngstrom - last > toleranceAngstrom)
      shells.push({ lengthAngstrom: pair.lengthAngstrom, pairs: [] });
    shells.at(-1)!.pairs.push(pair);
    last = pair.lengthAngstrom;
  }
  return shells;
}

/**
 * The first `count` shells over all sites, each complete. Throws RangeError as `neighbourList`.
 */
export function firstShells(
  lattice: Lattice,
  positions: readonly Vec3[],
  count: number,
  toleranceAngstrom: number,
): Shell[] {
  let cutoff = 1.5 * Math.cbrt(lattice.volume / positions.length);
  for (;;) {
    const shells = groupShells(neighbourList(lattice, positions, cutoff), toleranceAngstrom);
    // one more than asked for proves that the last one is complete
    if (shells.length > count) return shells.slice(0, count);
    cutoff *= 1.35;
  }
}

/** Largest fractional step along each axis of any vector of this length. */
function fractionalReach(lattice: Lattice, cutoff: number): Vec3 {
  const r = lattice.reciprocal;
  // distance between lattice planes along axis i: 2 pi / |a_i*|
  const along = (i: number) => (cutoff * norm([r[i]!, r[i + 1]!, r[i + 2]!])) / (2 * Math.PI);
  return [along(0), along(3), along(6)];
}
