import { chainOf, surroundings } from '../data/periodic.js';
import type { XyzFrame } from '../data/xyz.js';
import { XrayError } from '../errors.js';
import { atomicNumber, elementSymbol } from '../molecule/elements.js';
import type { Molecule } from '../molecule/molecule.js';
import { coulombVector } from './coulombMatrix.js';
import { internalCoordinates, neighbourDistances } from './internal.js';
import { type SymmetryFunction, symmetryFunctions } from './symmetryFunctions.js';

/** How structures become numbers. Texts as on the command line. */
export type DescriptorSpec =
  /** Distances, angles, dihedrals: atoms from 0, joined by -; e.g. `0-1,0-2,1-0-2`. */
  | { readonly descriptor: 'internal'; readonly coordinates: string }
  /** Coulomb matrix of `size` atoms (default all), the absorber first, the others by distance. */
  | { readonly descriptor: 'coulomb'; readonly size?: number }
  /** Nearest neighbours of the absorber by element; e.g. `O4,Ge6`. */
  | { readonly descriptor: 'distances'; readonly neighbours: string }
  /** Radial and angular symmetry functions about the absorber that reach to `cutoff`, Å (default 6). */
  | { readonly descriptor: 'symmetry'; readonly cutoff?: number };

/**
 * The absorbing atom: its index from 0; an element that a structure holds once (`Ge`); or `key:NAME`,
 * the index in the comment line of each frame (`NAME=12`).
 */
export type Absorber = number | string;

/** Structures as rows of numbers. */
export interface DescribedStructures {
  readonly columns: readonly {
    readonly name: string;
    readonly unit: string;
    readonly label: string;
  }[];
  readonly rows: number;
  /** `[rows, columns]`, row-major. */
  readonly values: Float64Array;
}

/** Farther than this nobody looks for neighbours, Å. */
const farthest = 60;

/**
 * Describes every frame alike. Frames with a cell (extended XYZ's `Lattice`, `pbc`) count the images
 * around the absorber, and take bonds across its faces as whole.
 * @param where name of the file, for errors
 * @throws XrayError `OPTION_INVALID` for the specification; `FILE_INVALID` naming the frame that
 *   cannot be described like it
 */
export function describeStructures(
  frames: readonly XyzFrame[],
  specs: readonly DescriptorSpec[],
  absorber: Absorber = 0,
  where = 'structures',
): DescribedStructures {
  if (specs.length === 0) throw wrong('At least one descriptor is needed', 'none');
  const parts = specs.map((spec) => partOf(spec, frames));
  const columns = parts.flatMap((p) => p.columns);
  const twice = columns.find(({ name }, i) => columns.findIndex((c) => c.name === name) !== i);
  if (twice) throw wrong('Two descriptors give the same number', twice.name);
  const values = new Float64Array(frames.length * columns.length);
  const needsAbsorber = specs.some((s) => s.descriptor !== 'internal');
  frames.forEach((frame, i) => {
    try {
      const centre = needsAbsorber ? absorberOf(frame, absorber) : 0;
      let at = i * columns.length;
      for (const part of parts) {
        for (const value of part.row(frame, centre)) {
          if (!Number.isFinite(value)) throw wrong('A number is not finite', String(value));
          values[at++] = value;
        }
      }
    } catch (error) {
      if (!(error instanceof XrayError)) throw error;
      throw new XrayError({
        code: 'FILE_INVALID',
        what: `This structure cannot be described: ${error.what}`,
        where: `${where}, frame ${i}`,
        ...(error.got === undefined ? {} : { got: error.got }),
        ...(error.expected === undefined ? {} : { expected: error.expected }),
        next: error.next ?? 'leave this frame out, or describe with what all frames have',
        cause: error,
      });
    }
  });
  return { columns, rows: frames.length, values };
}

interface Part {
  readonly columns: DescribedStructures['columns'];
  row(frame: XyzFrame, absorber: number): ArrayLike<number> & Iterable<number>;
}

function partOf(spec: DescriptorSpec, frames: readonly XyzFrame[]): Part {
  switch (spec.descriptor) {
    case 'internal': {
      const atoms = parseCoordinates(spec.coordinates);
      const kinds = ['', '', 'r', 'angle', 'dihedral'] as const;
      return {
        columns: atoms.map((c) => ({
          name: `${kinds[c.length]!}_${c.join('_')}`,
          unit: c.length === 2 ? 'Å' : 'deg',
          label: `${kinds[c.length]!} ${c.join('-')}`,
        })),
        row: (frame) =>
          Float64Array.from(atoms, (c) => {
            // Indices and repetitions are judged against the frame itself.
            internalCoordinates(frame.molecule, [c as never]);
            const chain = chainOf(frame, c);
            return internalCoordinates(chain, [c.map((_, i) => i) as never])[0]!;
          }),
      };
    }
    case 'coulomb': {
      const periodic = frames.some((f) => f.latticeAngstrom);
      const size = spec.size ?? (periodic ? undefined : frames[0]!.molecule.atomicNumbers.length);
      if (size === undefined || !Number.isInteger(size) || size < 1) {
        throw wrong(
          'The Coulomb matrix of structures in a cell needs its number of atoms',
          String(spec.size),
          'size, e.g. 9: the absorber and its eight nearest',
        );
      }
      const columns = [];
      for (let i = 0; i < size; i++)
        for (let j = i; j < size; j++)
          columns.push({ name: `m${i}_${j}`, unit: '', label: `M ${i},${j}` });
      return {
        columns,
        row: (frame, absorber) => {
          const n = frame.molecule.atomicNumbers.length;
          if (spec.size === undefined && n !== size) {
            throw wrong(
              'It has another number of atoms than the first',
              `${n}`,
              `${size}`,
              'give size, so that all have as many atoms',
            );
          }
          const near = grown(frame, absorber, (m) => m.atomicNumbers.length >= size);
          return coulombVector(near, { absorber: 0, size });
        },
      };
    }
    case 'distances': {
      const groups = parseNeighbours(spec.neighbours);
      return {
        columns: groups.flatMap(({ element, count }) =>
          Array.from({ length: count }, (_, i) => ({
            name: `r_${elementSymbol(element)}${i + 1}`,
            unit: 'Å',
            label: `${elementSymbol(element)} ${i + 1}`,
          })),
        ),
        row: (frame, absorber) => {
          const enough = (m: Molecule) =>
            groups.every(
              ({ element, count }) =>
                m.atomicNumbers.subarray(1).filter((z) => z === element).length >= count,
            );
          return neighbourDistances(grown(frame, absorber, enough), 0, groups);
        },
      };
    }
    case 'symmetry': {
      const { cutoff = 6 } = spec;
      if (!(cutoff > 0 && cutoff <= farthest))
        throw wrong('The cutoff is out of range', String(cutoff), `above 0, to ${farthest} Å`);
      const { names, functions } = standardFunctions(frames, cutoff);
      return {
        columns: names.map((name) => ({ name, unit: '', label: name.replaceAll('_', ' ') })),
        row: (frame, absorber) =>
          symmetryFunctions(surroundings(frame, absorber, cutoff), 0, functions, cutoff),
      };
    }
  }
}

/** Surroundings that hold enough; of a periodic cell by reaching farther and farther. */
function grown(frame: XyzFrame, atom: number, enough: (m: Molecule) => boolean): Molecule {
  for (let reach = 4; ; reach *= 1.5) {
    const found = surroundings(frame, atom, Math.min(reach, farthest));
    if (!frame.latticeAngstrom || enough(found) || reach >= farthest) return found;
  }
}

function absorberOf({ molecule, info }: XyzFrame, absorber: Absorber): number {
  const z = molecule.atomicNumbers;
  let index: number;
  let got: string;
  if (typeof absorber === 'string' && absorber.startsWith('key:')) {
    const text = info[absorber.slice(4)];
    index = text === undefined ? NaN : Number(text);
    got = `${absorber.slice(4)}=${text ?? ''}`;
  } else if (typeof absorber === 'string' && !/^\d+$/.test(absorber)) {
    const element = atomicNumber(absorber);
    const found = Array.from(z.keys()).filter((i) => z[i] === element);
    if (found.length === 1) return found[0]!;
    throw wrong(
      'The absorber is missing or not the only one of its element',
      `${found.length} atoms of ${absorber}`,
      'one',
      "say which atom it is: its index from 0, or key:NAME for a number in each frame's comment line",
    );
  } else {
    index = Number(absorber);
    got = String(absorber);
  }
  if (Number.isInteger(index) && index >= 0 && index < z.length) return index;
  throw wrong('The absorber is missing', got, `an atom from 0 to ${z.length - 1}`);
}

/**
 * Internal coordinates as typed: '0-1,0-2,1-0-2' are two bonds and an angle.
 * @returns two to four atoms (from 0) a coordinate: bond, angle, dihedral
 * @throws XrayError `OPTION_INVALID`
 */
export function parseCoordinates(text: string): number[][] {
  const atoms = text.split(',').map((word) => word.trim().split('-').map(Number));
  if (atoms.some((c) => c.length < 2 || c.length > 4 || !c.every((i) => Number.isInteger(i)))) {
    throw wrong(
      'Internal coordinates are two to four atoms each',
      JSON.stringify(text),
      'e.g. "0-1,0-2,1-0-2": two bonds and the angle at atom 0',
    );
  }
  return atoms;
}

/**
 * Neighbours as typed: 'O4,Ge6' are four oxygen and six germanium atoms.
 * @returns atomic numbers, and how many of each
 * @throws XrayError `OPTION_INVALID`, `ELEMENT_UNKNOWN`
 */
export function parseNeighbours(text: string): { element: number; count: number }[] {
  return text.split(',').map((word) => {
    const match = /^([A-Z][a-z]?)([1-9]\d*)$/.exec(word.trim());
    if (!match) {
      throw wrong(
        'Neighbours are an element and how many of it',
        JSON.stringify(word),
        'e.g. "O4,Ge6"',
      );
    }
    return { element: atomicNumber(match[1]!), count: Number(match[2]) };
  });
}

/** Six radial functions an element and four angular ones a pair of elements, spread over the cutoff. */
function standardFunctions(frames: readonly XyzFrame[], cutoff: number) {
  const found = new Set<number>();
  for (const { molecule } of frames) for (const z of molecule.atomicNumbers) found.add(z);
  const elements = [...found].sort((a, b) => a - b);
  const names: string[] = [];
  const functions: SymmetryFunction[] = [];
  const eta = 4 / (cutoff / 6) ** 2;
  for (const element of elements) {
    for (let k = 1; k <= 6; k++) {
      const shift = (k * cutoff) / 7;
      names.push(`g2_${elementSymbol(element)}_${shift.toFixed(2)}`);
      functions.push({ kind: 'radial', element, eta, shift });
    }
  }
  elements.forEach((p, i) =>
    elements.slice(i).forEach((q) => {
      for (const zeta of [1, 4]) {
        for (const lambda of [1, -1] as const) {
          names.push(`g4_${elementSymbol(p)}_${elementSymbol(q)}_${zeta}_${lambda}`);
          functions.push({
            kind: 'angular',
            elements: [p, q],
            eta: 0.5 / cutoff ** 2,
            zeta,
            lambda,
          });
        }
      }
    }),
  );
  return { names, functions };
}

function wrong(what: string, got: string, expected?: string, next?: string): XrayError {
  return new XrayError({
    code: 'OPTION_INVALID',
    what,
    got,
    ...(expected === undefined ? {} : { expected }),
    ...(next === undefined ? {} : { next }),
  });
}
