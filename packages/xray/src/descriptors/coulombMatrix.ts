import { BOHR_ANGSTROM } from '../constants.js';
import { XrayError } from '../errors.js';
import type { Molecule } from '../molecule/molecule.js';
import { distanceAngstrom } from './internal.js';

/** Which atoms, in which order. */
export interface CoulombMatrixOptions {
  /** Atom that stands first; the others follow by their distance from it. */
  absorber: number;
  /** Number of atoms taken, the absorber among them; default all. Fewer atoms than this leave zeros. */
  size?: number;
  /** Unit of the distances: `angstrom` (default) or `bohr`. */
  unit?: 'angstrom' | 'bohr';
}

/**
 * Coulomb matrix (Rupp et al., Phys. Rev. Lett. 108, 058301 (2012)) seen from an absorber: M_ii = 0.5
 * Z_i^2.4, M_ij = Z_i Z_j / R_ij, atoms in order of their distance from it (equal distances: the heavier
 * first, then the order given).
 * @returns `[size, size]`, row-major
 * @throws XrayError `OPTION_INVALID`
 */
export function coulombMatrix(molecule: Molecule, options: CoulombMatrixOptions): Float64Array {
  const n = molecule.atomicNumbers.length;
  const { absorber, size = n, unit = 'angstrom' } = options;
  if (!Number.isInteger(absorber) || absorber < 0 || absorber >= n || !(size >= 1)) {
    throw new XrayError({
      code: 'OPTION_INVALID',
      what: 'The absorber is an atom of the molecule, and the size 1 or more',
      got: `absorber ${absorber}, size ${size}`,
      expected: `absorber from 0 to ${n - 1}`,
    });
  }
  const order = orderFrom(molecule, absorber).slice(0, size);
  const scale = unit === 'bohr' ? 1 / BOHR_ANGSTROM : 1;
  const out = new Float64Array(size * size);
  order.forEach((i, row) => {
    const zi = molecule.atomicNumbers[i]!;
    order.forEach((j, column) => {
      const zj = molecule.atomicNumbers[j]!;
      out[row * size + column] =
        i === j ? 0.5 * zi ** 2.4 : (zi * zj) / (distanceAngstrom(molecule, i, j) * scale);
    });
  });
  return out;
}

/** The upper triangle with the diagonal, row by row: `[size (size + 1) / 2]`. */
export function coulombVector(molecule: Molecule, options: CoulombMatrixOptions): Float64Array {
  const matrix = coulombMatrix(molecule, options);
  const size = Math.round(Math.sqrt(matrix.length));
  const out: number[] = [];
  for (let i = 0; i < size; i++) for (let j = i; j < size; j++) out.push(matrix[i * size + j]!);
  return Float64Array.from(out);
}

/** Atoms by their distance from the absorber, which comes first. Distances equal to 1e-9 Å are one. */
function orderFrom(molecule: Molecule, absorber: number): number[] {
  const z = molecule.atomicNumbers;
  const distance = Array.from(z, (_, i) => distanceAngstrom(molecule, absorber, i));
  return Array.from(z, (_, i) => i).sort((a, b) => {
    if (a === absorber || b === absorber) return a === absorber ? -1 : 1;
    const difference = distance[a]! - distance[b]!;
    if (Math.abs(difference) > 1e-9) return difference;
    return z[b]! - z[a]! || a - b;
  });
}
