import { BOHR_ANGSTROM } from '../constants.js';
import { XrayError } from '../errors.js';
import type { Molecule } from '../molecule/molecule.js';
import type { XyzFrame } from './xyz.js';

/** Axes along which a cell repeats: extended XYZ's `pbc="T T F"`; all of a frame with a `Lattice`. */
function periodicAxes(frame: XyzFrame): boolean[] {
  const words = frame.info.pbc?.trim().split(/\s+/);
  return [0, 1, 2].map((i) => words?.[i] === undefined || /^(t|true|1)$/i.test(words[i]));
}

interface Cell {
  /** `[3][3]`, bohr: cell vectors. */
  readonly vectors: readonly (readonly [number, number, number])[];
  /** Distances between opposite faces, bohr; infinite along axes that do not repeat. */
  readonly heights: readonly number[];
  /** `[3][3]`: rows that take a position to its part along each vector. */
  readonly inverse: readonly (readonly number[])[];
}

type Vector = readonly [number, number, number];

/**
 * The cell of a frame; undefined where it has none or repeats along no axis.
 * @throws XrayError `FILE_INVALID` where the vectors span no volume
 */
function cellOf(frame: XyzFrame): Cell | undefined {
  const lattice = frame.latticeAngstrom;
  if (!lattice) return undefined;
  const repeats = periodicAxes(frame);
  if (!repeats.includes(true)) return undefined;
  const vectors = [0, 1, 2].map(
    (i) => [0, 1, 2].map((x) => lattice[3 * i + x]! / BOHR_ANGSTROM) as unknown as Vector,
  );
  const cross = (a: Vector, b: Vector): Vector => [
    a[1] * b[2] - a[2] * b[1],
    a[2] * b[0] - a[0] * b[2],
    a[0] * b[1] - a[1] * b[0],
  ];
  const [a, b, c] = vectors as [Vector, Vector, Vector];
  const faces = [cross(b, c), cross(c, a), cross(a, b)];
  const volume = a[0] * faces[0]![0] + a[1] * faces[0]![1] + a[2] * faces[0]![2];
  if (!(Math.abs(volume) > 1e-6)) {
    throw new XrayError({
      code: 'FILE_INVALID',
      what: 'The vectors of the cell span no volume',
      where: frame.comment,
      got: Array.from(lattice).join(' '),
      next: 'mend Lattice, or leave it out for a molecule',
    });
  }
  return {
    vectors,
    heights: faces.map((f, i) => (repeats[i] ? Math.abs(volume) / Math.hypot(...f) : Infinity)),
    inverse: faces.map((f) => f.map((x) => x / volume)),
  };
}

/** Shifts by whole cell vectors that can bring a point to within `reach` of the origin, bohr. */
function* shiftsOf(cell: Cell, reach: number, from: Vector): Generator<Vector> {
  const ranges = cell.heights.map((height, i) => {
    if (height === Infinity) return [0];
    const part = cell.inverse[i]!.reduce((s, w, x) => s + w * from[x]!, 0);
    const low = Math.ceil(-part - reach / height);
    const high = Math.floor(-part + reach / height);
    return Array.from({ length: Math.max(0, high - low + 1) }, (_, k) => low + k);
  });
  for (const i of ranges[0]!)
    for (const j of ranges[1]!)
      for (const k of ranges[2]!) {
        const [a, b, c] = cell.vectors as [Vector, Vector, Vector];
        yield [0, 1, 2].map((x) => i * a[x]! + j * b[x]! + k * c[x]!) as unknown as Vector;
      }
}

/**
 * An atom and all that lie within reach of it, images of a periodic cell among them, as a molecule
 * whose first atom it is. Of a frame without a cell: all its atoms, the chosen one first.
 * @param reachAngstrom at most this far from the atom
 * @throws XrayError `FILE_INVALID` (a cell without volume)
 */
export function surroundings(frame: XyzFrame, atom: number, reachAngstrom: number): Molecule {
  const { atomicNumbers: z, positionsBohr: p, charge } = frame.molecule;
  const cell = cellOf(frame);
  const reach = reachAngstrom / BOHR_ANGSTROM;
  const numbers = [z[atom]!];
  const positions = [0, 0, 0];
  for (let i = 0; i < z.length; i++) {
    const from = [0, 1, 2].map((x) => p[3 * i + x]! - p[3 * atom + x]!) as unknown as Vector;
    for (const shift of cell ? shiftsOf(cell, reach, from) : [[0, 0, 0] as Vector]) {
      const at = [0, 1, 2].map((x) => from[x]! + shift[x]!);
      const distance = Math.hypot(...at);
      if ((i === atom && distance < 1e-9) || (cell && distance > reach)) continue;
      numbers.push(z[i]!);
      positions.push(...at);
    }
  }
  return {
    atomicNumbers: Int32Array.from(numbers),
    positionsBohr: Float64Array.from(positions),
    charge,
  };
}

/**
 * Atoms of a frame, each moved to the image nearest to the one before it: a bond across the face of a
 * periodic cell becomes whole.
 * @throws XrayError `FILE_INVALID` (a cell without volume)
 */
export function chainOf(frame: XyzFrame, atoms: readonly number[]): Molecule {
  const { atomicNumbers: z, positionsBohr: p, charge } = frame.molecule;
  const cell = cellOf(frame);
  const positions: number[] = [];
  atoms.forEach((atom, n) => {
    const own = [0, 1, 2].map((x) => p[3 * atom + x]!);
    if (!cell || n === 0) {
      positions.push(...own);
      return;
    }
    const before = positions.slice(-3);
    const from = own.map((v, x) => v - before[x]!) as unknown as Vector;
    // Rounding gives an image; none nearer than it lies outside its own distance.
    let best = from;
    const parts = cell.heights.map((h, i) =>
      h === Infinity ? 0 : -Math.round(cell.inverse[i]!.reduce((s, w, x) => s + w * from[x]!, 0)),
    );
    best = [0, 1, 2].map(
      (x) => from[x]! + parts.reduce((s, k, i) => s + k * cell.vectors[i]![x]!, 0),
    ) as unknown as Vector;
    for (const shift of shiftsOf(cell, Math.hypot(...best) * (1 + 1e-12), from)) {
      const at = [0, 1, 2].map((x) => from[x]! + shift[x]!) as unknown as Vector;
      if (Math.hypot(...at) < Math.hypot(...best)) best = at;
    }
    positions.push(...best.map((v, x) => v + before[x]!));
  });
  return {
    atomicNumbers: Int32Array.from(atoms, (i) => z[i]!),
    positionsBohr: Float64Array.from(positions),
    charge,
  };
}
