import { BOHR_ANGSTROM } from '../constants.js';
import { XrayError } from '../errors.js';
import { atomicNumber, elementSymbol } from './elements.js';

/** Atoms and where they are. */
export interface Molecule {
  /** `[n]`: atomic numbers. */
  readonly atomicNumbers: Int32Array;
  /** `[n, 3]`, bohr. */
  readonly positionsBohr: Float64Array;
  /** Total charge, units of e. */
  readonly charge: number;
}

/** Shortest distance between two nuclei that is taken for a molecule, bohr (0.2 Å). */
export const CLOSEST_BOHR = 0.2 / BOHR_ANGSTROM;

/** Unit of the positions, and charge. */
export interface MoleculeOptions {
  /** Unit of the positions; default angstrom. */
  unit?: 'angstrom' | 'bohr';
  /** Units of e; default 0. */
  charge?: number;
}

/**
 * A molecule from element symbols and positions.
 * @param positions three numbers an atom, in `options.unit`
 * @throws XrayError `MOLECULE_INVALID`, `ELEMENT_UNKNOWN`
 */
export function makeMolecule(
  elements: readonly string[],
  positions: ReadonlyArray<readonly number[]>,
  options: MoleculeOptions = {},
): Molecule {
  const { unit = 'angstrom', charge = 0 } = options;
  const scale = unit === 'bohr' ? 1 : 1 / BOHR_ANGSTROM;
  if (elements.length === 0 || elements.length !== positions.length) {
    throw new XrayError({
      code: 'MOLECULE_INVALID',
      what: 'A molecule needs one position for each element',
      got: `${elements.length} elements, ${positions.length} positions`,
    });
  }
  if (!Number.isInteger(charge)) {
    throw new XrayError({
      code: 'MOLECULE_INVALID',
      what: 'The charge of a molecule is a whole number',
      got: String(charge),
    });
  }
  const positionsBohr = new Float64Array(3 * elements.length);
  positions.forEach((p, i) => {
    if (p.length !== 3 || !p.every(Number.isFinite)) {
      throw new XrayError({
        code: 'MOLECULE_INVALID',
        what: 'A position is three finite numbers',
        where: `atom ${i + 1} (${elements[i]})`,
        got: JSON.stringify(p),
      });
    }
    for (let k = 0; k < 3; k++) positionsBohr[3 * i + k] = p[k]! * scale;
  });
  return { atomicNumbers: Int32Array.from(elements, atomicNumber), positionsBohr, charge };
}

/**
 * One line that names a geometry: symbols and positions in Å.
 * @param positionsBohr `[atoms, 3]`
 * @throws XrayError `ELEMENT_UNKNOWN`
 */
export function describeGeometry(
  atomicNumbers: ArrayLike<number>,
  positionsBohr: ArrayLike<number>,
): string {
  const parts: string[] = [];
  for (let i = 0; i < atomicNumbers.length; i++) {
    const at = [0, 1, 2].map((k) => (positionsBohr[3 * i + k]! * BOHR_ANGSTROM).toFixed(4));
    parts.push(`${elementSymbol(atomicNumbers[i]!)} (${at.join(', ')})`);
  }
  return `${parts.join(', ')} Å`;
}

/**
 * Repulsion of the nuclei, hartree: sum over pairs of Z_i Z_j / r_ij.
 * @param atomicNumbers `[atoms]`
 * @param positionsBohr `[atoms, 3]`
 * @throws XrayError `ATOMS_TOO_CLOSE` where two nuclei are nearer than `CLOSEST_BOHR`
 */
export function nuclearRepulsion(
  atomicNumbers: ArrayLike<number>,
  positionsBohr: ArrayLike<number>,
): number {
  let energy = 0;
  for (let i = 0; i < atomicNumbers.length; i++) {
    for (let j = 0; j < i; j++) {
      const r = Math.hypot(
        positionsBohr[3 * i]! - positionsBohr[3 * j]!,
        positionsBohr[3 * i + 1]! - positionsBohr[3 * j + 1]!,
        positionsBohr[3 * i + 2]! - positionsBohr[3 * j + 2]!,
      );
      if (!(r >= CLOSEST_BOHR)) {
        const name = (k: number) => `${elementSymbol(atomicNumbers[k]!)} (atom ${k + 1})`;
        throw new XrayError({
          code: 'ATOMS_TOO_CLOSE',
          what: `Atoms on top of each other: ${name(j)} and ${name(i)}`,
          where: describeGeometry(atomicNumbers, positionsBohr),
          got: `${(r * BOHR_ANGSTROM).toFixed(4)} Å`,
          expected: `at least ${(CLOSEST_BOHR * BOHR_ANGSTROM).toFixed(1)} Å`,
          next: 'check the unit (Å or bohr) and the order of the columns',
        });
      }
      energy += (atomicNumbers[i]! * atomicNumbers[j]!) / r;
    }
  }
  return energy;
}
