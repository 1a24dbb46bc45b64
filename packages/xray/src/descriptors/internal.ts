import { BOHR_ANGSTROM } from '../constants.js';
import { XrayError } from '../errors.js';
import type { Molecule } from '../molecule/molecule.js';

/** Distance of atoms i and j, Å. */
export function distanceAngstrom(molecule: Molecule, i: number, j: number): number {
  const p = molecule.positionsBohr;
  return (
    BOHR_ANGSTROM *
    Math.hypot(p[3 * i]! - p[3 * j]!, p[3 * i + 1]! - p[3 * j + 1]!, p[3 * i + 2]! - p[3 * j + 2]!)
  );
}

/** Angle i - j - k at j, degrees, from 0 to 180. */
export function angleDeg(molecule: Molecule, i: number, j: number, k: number): number {
  const p = molecule.positionsBohr;
  let dot = 0;
  let a2 = 0;
  let b2 = 0;
  for (let x = 0; x < 3; x++) {
    const a = p[3 * i + x]! - p[3 * j + x]!;
    const b = p[3 * k + x]! - p[3 * j + x]!;
    dot += a * b;
    a2 += a * a;
    b2 += b * b;
  }
  return (Math.acos(Math.max(-1, Math.min(1, dot / Math.sqrt(a2 * b2)))) * 180) / Math.PI;
}

/** Dihedral i - j - k - l about j - k, degrees, in (-180, 180], positive as in IUPAC's rule. */
function dihedralDeg(molecule: Molecule, i: number, j: number, k: number, l: number): number {
  const p = molecule.positionsBohr;
  const difference = (a: number, b: number) =>
    [0, 1, 2].map((x) => p[3 * b + x]! - p[3 * a + x]!) as [number, number, number];
  const b1 = difference(i, j);
  const b2 = difference(j, k);
  const b3 = difference(k, l);
  const n1 = cross(b1, b2);
  const n2 = cross(b2, b3);
  const length = Math.hypot(...b2);
  const y = dot(b1, n2) * length;
  return (Math.atan2(y, dot(n1, n2)) * 180) / Math.PI;
}

type Vector = readonly [number, number, number];
const dot = (a: Vector, b: Vector) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const cross = (a: Vector, b: Vector): Vector => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];

/** One internal coordinate: two atoms for a distance (Å), three for an angle, four for a dihedral (degrees). */
export type InternalCoordinate = readonly number[];

/**
 * Internal coordinates of a molecule.
 * @param coordinates indices of atoms, from 0: `[[0, 1], [1, 0, 2]]` is a bond and an angle
 * @throws XrayError `OPTION_INVALID`
 */
export function internalCoordinates(
  molecule: Molecule,
  coordinates: readonly InternalCoordinate[],
): Float64Array {
  const n = molecule.atomicNumbers.length;
  return Float64Array.from(coordinates, (c, at) => {
    const sound = c.every((i) => Number.isInteger(i) && i >= 0 && i < n);
    if (!sound || c.length < 2 || c.length > 4 || new Set(c).size !== c.length) {
      throw new XrayError({
        code: 'OPTION_INVALID',
        what: 'An internal coordinate is two, three or four different atoms',
        where: `coordinate ${at}`,
        got: JSON.stringify(c),
        expected: `indices from 0 to ${n - 1}`,
      });
    }
    const [i, j, k, l] = c as [number, number, number, number];
    if (c.length === 2) return distanceAngstrom(molecule, i, j);
    return c.length === 3 ? angleDeg(molecule, i, j, k) : dihedralDeg(molecule, i, j, k, l);
  });
}

/**
 * Distances from one atom to the others, Å, ascending, element by element.
 * @param groups for each element wanted how many of the nearest; e.g. `[{ element: 8, count: 4 }]`
 * @throws XrayError `OPTION_INVALID` where there are fewer
 */
export function neighbourDistances(
  molecule: Molecule,
  absorber: number,
  groups: ReadonlyArray<{ readonly element: number; readonly count: number }>,
): Float64Array {
  const out: number[] = [];
  for (const { element, count } of groups) {
    const found: number[] = [];
    molecule.atomicNumbers.forEach((z, i) => {
      if (z === element && i !== absorber) found.push(distanceAngstrom(molecule, absorber, i));
    });
    if (found.length < count) {
      throw new XrayError({
        code: 'OPTION_INVALID',
        what: 'There are fewer neighbours of this element than asked for',
        where: `element ${element}`,
        got: `${found.length}`,
        expected: `${count}`,
      });
    }
    out.push(...found.sort((a, b) => a - b).slice(0, count));
  }
  return Float64Array.from(out);
}

/** All distances between different atoms, Å, pair (i, j < i) after pair: `[n (n - 1) / 2]`. */
export function allDistances(molecule: Molecule): Float64Array {
  const n = molecule.atomicNumbers.length;
  const out = new Float64Array((n * (n - 1)) / 2);
  let at = 0;
  for (let i = 0; i < n; i++)
    for (let j = 0; j < i; j++) out[at++] = distanceAngstrom(molecule, i, j);
  return out;
}
