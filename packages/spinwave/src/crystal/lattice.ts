import type { Lattice } from '../model/types.js';
import type { Mat3, Vec3 } from './geometry.js';
import {
  determinant,
  exactCos,
  exactSin,
  inverse,
  matScale,
  transpose,
  vecMat,
} from './geometry.js';

/** Lengths in Å and angles in degrees; angles default to 90. */
export interface CellConstants {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly alpha?: number;
  readonly beta?: number;
  readonly gamma?: number;
}

/** Lengths outside these are slips of a unit; searches for neighbours would never end there. */
const MIN_LATTICE_CONSTANT = 0.01;
const MAX_LATTICE_CONSTANT = 1e6;

/**
 * Why no cell has these constants, or undefined when one has: lengths must be positive, angles in
 * (0, 180), and the volume per abc, sqrt(1 - cos^2 - cos^2 - cos^2 + 2 cos cos cos), positive.
 */
export function latticeProblem(cell: CellConstants): string | undefined {
  const { a, b, c, alpha = 90, beta = 90, gamma = 90 } = cell;
  for (const [name, length] of Object.entries({ a, b, c }))
    if (!(length > 0)) return `lattice constant ${name} is ${length}: it must be positive`;
    else if (!(length >= MIN_LATTICE_CONSTANT && length <= MAX_LATTICE_CONSTANT))
      return `lattice constant ${name} is ${length} Å: it must lie between ${MIN_LATTICE_CONSTANT} and ${MAX_LATTICE_CONSTANT} Å`;
  for (const [name, angle] of Object.entries({ alpha, beta, gamma }))
    if (!(angle > 0 && angle < 180))
      return `angle ${name} is ${angle}: it must lie between 0 and 180`;
  if (!(reducedVolume2(alpha, beta, gamma) > 1e-10))
    return `the cell is singular: angles ${alpha}, ${beta}, ${gamma} span no volume`;
  return undefined;
}

/**
 * Lattice of a cell (Å, degrees; angles default to 90) with x along a, y in the a-b plane, z completing
 * a right-handed frame.
 * @throws RangeError when `latticeProblem` has something to say
 */
export function makeLattice(cell: CellConstants): Lattice {
  const problem = latticeProblem(cell);
  if (problem) throw new RangeError(problem);
  const { a, b, c, alpha = 90, beta = 90, gamma = 90 } = cell;
  const [ca, cb, cg] = [cosDeg(alpha), cosDeg(beta), cosDeg(gamma)];
  const sg = exactSin((gamma * Math.PI) / 180);
  const cy = (ca - cb * cg) / sg;
  const cz = Math.sqrt(reducedVolume2(alpha, beta, gamma)) / sg;
  const vectors: Mat3 = [a, 0, 0, b * cg, b * sg, 0, c * cb, c * cy, c * cz];
  return {
    a,
    b,
    c,
    alpha,
    beta,
    gamma,
    vectors,
    reciprocal: matScale(transpose(inverse(vectors)), 2 * Math.PI),
    volume: determinant(vectors),
  };
}

/** The lattice of `n` cells along each axis. */
export function supercellLattice(lattice: Lattice, n: Vec3): Lattice {
  const { a, b, c, alpha, beta, gamma } = lattice;
  return makeLattice({ a: a * n[0], b: b * n[1], c: c * n[2], alpha, beta, gamma });
}

/** Fractional coordinates to Å, Cartesian. */
export function fractionalToCartesian(lattice: Lattice, fractional: Vec3): Vec3 {
  return vecMat(fractional, lattice.vectors);
}

/** Å, Cartesian, to fractional coordinates. */
export function cartesianToFractional(lattice: Lattice, cartesian: Vec3): Vec3 {
  return vecMat(cartesian, inverse(lattice.vectors));
}

/** r.l.u. to Å^-1, Cartesian, 2 pi included. */
export function rluToCartesian(lattice: Lattice, hkl: Vec3): Vec3 {
  return vecMat(hkl, lattice.reciprocal);
}

/** Å^-1, Cartesian, 2 pi included, to r.l.u. */
export function cartesianToRlu(lattice: Lattice, q: Vec3): Vec3 {
  return vecMat(q, inverse(lattice.reciprocal));
}

function cosDeg(angle: number): number {
  return exactCos((angle * Math.PI) / 180);
}

function reducedVolume2(alpha: number, beta: number, gamma: number): number {
  const [ca, cb, cg] = [cosDeg(alpha), cosDeg(beta), cosDeg(gamma)];
  return 1 - ca * ca - cb * cb - cg * cg + 2 * ca * cb * cg;
}
