import { describe, expect, it } from 'vitest';
import { orbitalIntegrals } from '../integrals/orbitalIntegrals.js';
import { symmetricEigen } from '../linalg/symmetricEigen.js';
import { makeMolecule } from '../molecule/molecule.js';
import { HartreeFock, type HartreeFockResult } from './hartreeFock.js';
import { hartreeFockStability } from './stability.js';
import { densityVector, packedTimesVector } from './supermatrix.js';

type Atom = readonly [element: string, x: number, y: number, z: number];

function run(atoms: readonly Atom[], basis: string, start?: Float64Array): HartreeFockResult {
  const molecule = makeMolecule(
    atoms.map(([element]) => element),
    atoms.map(([, ...position]) => position),
  );
  const solver = new HartreeFock(molecule.atomicNumbers, { basis, tolerance: 1e-10 });
  return solver.run(molecule.positionsBohr, start ? { start } : {});
}

const diatomic = (a: string, b: string, angstrom: number): Atom[] => [
  [a, 0, 0, 0],
  [b, 0, 0, angstrom],
];
const water = (left: number, right: number): Atom[] => [
  ['O', 0, 0, 0],
  ['H', 0.79 * left, 0.613 * left, 0],
  ['H', -0.79 * right, 0.613 * right, 0],
];
const rectangle = (a: number, b: number): Atom[] => [
  ['H', 0, 0, 0],
  ['H', a, 0, 0],
  ['H', a, b, 0],
  ['H', 0, b, 0],
];

/** A + B as it is written, all of it. */
function dense(result: HartreeFockResult, coulomb: 4 | 0): { matrix: Float64Array; count: number } {
  const { size: n, orbitalCount: m, occupiedCount: o, coefficients: c, eri } = result;
  const eps = result.orbitalEnergiesHa;
  const v = m - o;
  const count = o * v;
  const ovov = orbitalIntegrals(eri, c, n, m, [0, o, o, m, 0, o, o, m]);
  const oovv = orbitalIntegrals(eri, c, n, m, [0, o, 0, o, o, m, o, m]);
  const matrix = new Float64Array(count * count);
  for (let i = 0; i < o; i++)
    for (let a = 0; a < v; a++)
      for (let j = 0; j < o; j++)
        for (let b = 0; b < v; b++) {
          const [row, column] = [i * v + a, j * v + b];
          matrix[row * count + column] =
            (row === column ? eps[o + a]! - eps[i]! : 0) +
            coulomb * ovov[row * count + column]! -
            oovv[((i * o + j) * v + a) * v + b]! -
            ovov[(i * v + b) * count + j * v + a]!;
        }
  return { matrix, count };
}

function lowestOf({ matrix, count }: { matrix: Float64Array; count: number }): number {
  const values = new Float64Array(count);
  symmetricEigen(matrix.slice(), values, count);
  return values[0]!;
}

/** Electronic energy of other occupied orbitals, given in the orbitals of `result`: `[occ][orbitals]`. */
function energyOf(result: HartreeFockResult, occupied: readonly Float64Array[]): number {
  const { size: n, orbitalCount: m, coefficients: c, overlap, orbitalEnergiesHa: eps } = result;
  const density = (rows: readonly Float64Array[]) => {
    const d = new Float64Array(n * n);
    for (const row of rows) {
      const phi = Float64Array.from({ length: n }, (_, p) =>
        row.reduce((s, x, k) => s + x * c[p * m + k]!, 0),
      );
      for (let p = 0; p < n; p++)
        for (let q = 0; q < n; q++) d[p * n + q] = d[p * n + q]! + 2 * phi[p]! * phi[q]!;
    }
    const packed = new Float64Array((n * (n + 1)) / 2);
    densityVector(d, n, packed);
    return packed;
  };
  const field = (d: Float64Array) => {
    const y = new Float64Array(d.length);
    packedTimesVector(result.supermatrix, d, y, d.length);
    return y;
  };
  // The core Hamiltonian from the converged Fock matrix, F = S C eps C^T S.
  const sc = new Float64Array(n * m);
  for (let p = 0; p < n; p++)
    for (let k = 0; k < m; k++)
      for (let q = 0; q < n; q++)
        sc[p * m + k] = sc[p * m + k]! + overlap[p * n + q]! * c[q * m + k]!;
  const settled = density(Array.from({ length: result.occupiedCount }, (_, i) => unit(m, i)));
  const core = field(settled).map((g) => -g);
  for (let p = 0, at = 0; p < n; p++)
    for (let q = 0; q <= p; q++, at++)
      for (let k = 0; k < m; k++) core[at] = core[at]! + sc[p * m + k]! * eps[k]! * sc[q * m + k]!;
  const d = density(occupied);
  const g = field(d);
  return d.reduce((sum, x, i) => sum + x * (core[i]! + 0.5 * g[i]!), 0);
}

function unit(m: number, i: number): Float64Array {
  const e = new Float64Array(m);
  e[i] = 1;
  return e;
}

/** The occupied orbitals turned by x `[occ, virtual]`, orthonormal again. */
function turned(result: HartreeFockResult, x: Float64Array, t: number): Float64Array[] {
  const { orbitalCount: m, occupiedCount: o } = result;
  const v = m - o;
  const rows: Float64Array[] = [];
  for (let i = 0; i < o; i++) {
    const row = unit(m, i);
    for (let a = 0; a < v; a++) row[o + a] = t * x[i * v + a]!;
    for (const other of rows) {
      const overlap = row.reduce((s, y, k) => s + y * other[k]!, 0);
      for (let k = 0; k < m; k++) row[k] = row[k]! - overlap * other[k]!;
    }
    const norm = Math.hypot(...row);
    rows.push(row.map((y) => y / norm));
  }
  return rows;
}

describe('hartreeFockStability', () => {
  it('is that of two levels for H2 in a minimal basis, and the bond breaks at 1.16 Å', () => {
    const triplets = [0.74, 1.15, 1.2, 2].map((angstrom) => {
      const result = run(diatomic('H', 'H', angstrom), 'STO-3G');
      const { eri, coefficients: c, orbitalEnergiesHa: eps } = result;
      const [j] = orbitalIntegrals(eri, c, 2, 2, [0, 1, 0, 1, 1, 2, 1, 2]);
      const [k] = orbitalIntegrals(eri, c, 2, 2, [0, 1, 1, 2, 0, 1, 1, 2]);
      const { singletHa, tripletHa } = hartreeFockStability(result);
      expect(singletHa).toBeCloseTo(eps[1]! - eps[0]! + 3 * k! - j!, 10);
      expect(tripletHa).toBeCloseTo(eps[1]! - eps[0]! - k! - j!, 10);
      expect(singletHa).toBeGreaterThan(0.5);
      return tripletHa;
    });
    // Coulson and Fischer's point, 2.2 bohr in this basis
    expect(triplets.map((t) => t > 0)).toEqual([true, true, false, false]);
  });

  it.each<[string, Atom[], string]>([
    ['water', water(0.96, 0.96), '6-31G'],
    ['water, one bond long', water(1.5, 0.96), '6-31G'],
    ['water, both bonds broken', water(2.2, 2.2), '6-31G'],
    ['N2', diatomic('N', 'N', 1.1), '6-31G'],
    ['N2, stretched', diatomic('N', 'N', 1.5), '6-31G'],
    ['CO', diatomic('C', 'O', 1.5), '6-31G'],
    ['C2', diatomic('C', 'C', 1.25), '6-31G'],
    ['H4', rectangle(1.2, 1.2), '6-31++G'],
  ])('finds the lowest eigenvalue of the whole matrix: %s', (_name, atoms, basis) => {
    const result = run(atoms, basis);
    const { singletHa, tripletHa } = hartreeFockStability(result);
    expect(singletHa).toBeCloseTo(lowestOf(dense(result, 4)), 8);
    expect(tripletHa).toBeCloseTo(lowestOf(dense(result, 0)), 8);
  });

  it('is the curvature of the energy, whichever way the orbitals are turned', () => {
    for (const atoms of [water(0.96, 1.1), diatomic('N', 'N', 1.5)]) {
      const result = run(atoms, '6-31G');
      const { matrix, count } = dense(result, 4);
      const x = Float64Array.from({ length: count }, (_, i) => Math.cos(1 + 7.3 * i));
      const norm = Math.hypot(...x);
      x.forEach((y, i) => (x[i] = y / norm));
      let form = 0;
      for (let i = 0; i < count; i++)
        for (let j = 0; j < count; j++) form += x[i]! * matrix[i * count + j]! * x[j]!;
      expect(energyOf(result, turned(result, x, 0))).toBeCloseTo(result.electronicHa, 8);
      const t = 1e-2;
      const change =
        (energyOf(result, turned(result, x, t)) + energyOf(result, turned(result, x, -t))) / 2 -
        result.electronicHa;
      expect(Math.abs(change / (2 * t * t) / form - 1)).toBeLessThan(2e-3);
    }
  });

  it('tells a saddle point from the minimum: a square of hydrogens', () => {
    const saddle = run(rectangle(1.2, 1.2), 'STO-3G');
    const { start } = run(rectangle(1.2, 1.25), 'STO-3G');
    const minimum = run(rectangle(1.2, 1.2), 'STO-3G', start);
    expect(minimum.totalHa).toBeLessThan(saddle.totalHa - 0.05);
    expect(hartreeFockStability(saddle).singletHa).toBeLessThan(-0.1);
    expect(hartreeFockStability(minimum).singletHa).toBeGreaterThan(0.1);
  });

  it('is 0 where a state can be turned for nothing, and infinite where all is occupied', () => {
    // One pi orbital of O2 filled, the other empty: any direction across the bond does.
    expect(hartreeFockStability(run(diatomic('O', 'O', 1.21), 'STO-3G')).singletHa).toBeCloseTo(
      0,
      7,
    );
    const molecule = makeMolecule(
      ['H', 'H'],
      [
        [0, 0, 0],
        [0, 0, 0.74],
      ],
      { charge: -2 },
    );
    const solver = new HartreeFock(molecule.atomicNumbers, { basis: 'STO-3G', charge: -2 });
    const full = hartreeFockStability(solver.run(molecule.positionsBohr));
    expect(full).toEqual({ singletHa: Infinity, tripletHa: Infinity });
  });
});
