import { multiply, multiplyTransposed } from '../linalg/matrix.js';
import { lowestEigenvalue } from '../linalg/davidson.js';
import type { HartreeFockResult } from './hartreeFock.js';
import { densityVector, packedTimesVector, unpack } from './supermatrix.js';

/** Curvatures of the energy about a self-consistent field, hartree: the lowest of each kind. */
export interface HartreeFockStability {
  /** Against real rotations that keep the shells closed. Below 0: a saddle point, not a minimum. */
  readonly singletHa: number;
  /** Against orbitals that differ for the two spins. Below 0: an open shell lies lower. */
  readonly tripletHa: number;
}

/**
 * Stability of a restricted Hartree-Fock state with real orbitals (Seeger and Pople, J. Chem. Phys. 66,
 * 3045 (1977)): the lowest eigenvalue of A + B over single excitations,
 *   singlet (eps_a - eps_i) delta + 4 (ia|jb) - (ij|ab) - (ib|ja),
 *   triplet (eps_a - eps_i) delta - (ij|ab) - (ib|ja).
 * Turning the occupied into the virtual orbitals by t x changes the energy by 2 t^2 x^T (A + B) x. The
 * matrices are never made: a product with x is a Fock matrix of its transition density. Found by
 * Davidson's method, so an upper bound to the lowest curvature: a negative one is certain.
 * Reads the integrals of `result`, so it must come before the solver's next run.
 * @returns infinite where every orbital is occupied
 */
export function hartreeFockStability(result: HartreeFockResult): HartreeFockStability {
  const { size: n, orbitalCount: m, occupiedCount: o, coefficients, orbitalEnergiesHa } = result;
  const v = m - o;
  if (v === 0) return { singletHa: Infinity, tripletHa: Infinity };
  const gaps = new Float64Array(o * v);
  for (let i = 0; i < o; i++) {
    for (let a = 0; a < v; a++) {
      gaps[i * v + a] = orbitalEnergiesHa[o + a]! - orbitalEnergiesHa[i]!;
    }
  }
  const occupied = columns(coefficients, n, m, 0, o);
  const virtual = columns(coefficients, n, m, o, m);
  const pairCount = (n * (n + 1)) / 2;
  const d = new Float64Array(pairCount);
  const [field, coulomb] = [new Float64Array(pairCount), new Float64Array(pairCount)];
  const [half, square] = [new Float64Array(n * v), new Float64Array(n * n)];
  const symmetric = new Float64Array(n * n);
  /** y = (A + B) x, `[o, v]` both. */
  const product = (x: Float64Array, y: Float64Array, singlet: boolean): void => {
    multiply(occupied, x, half, n, o, v);
    for (let p = 0; p < n; p++) {
      for (let q = 0; q < n; q++) {
        let sum = 0;
        for (let a = 0; a < v; a++) sum += half[p * v + a]! * virtual[q * v + a]!;
        square[p * n + q] = sum;
      }
    }
    for (let p = 0; p < n; p++) {
      for (let q = 0; q < n; q++) symmetric[p * n + q] = square[p * n + q]! + square[q * n + p]!;
    }
    densityVector(symmetric, n, d);
    // J - K/2, and for triplets K alone, which is 2 (J - (J - K/2))
    packedTimesVector(result.supermatrix, d, field, pairCount);
    if (!singlet) {
      packedTimesVector(result.eri, d, coulomb, pairCount);
      for (let i = 0; i < pairCount; i++) field[i] = field[i]! - coulomb[i]!;
    }
    unpack(field, n, symmetric);
    multiply(symmetric, virtual, half, n, n, v);
    multiplyTransposed(occupied, half, y, o, n, v);
    for (let i = 0; i < y.length; i++) y[i] = gaps[i]! * x[i]! + 2 * y[i]!;
  };
  return {
    singletHa: lowestEigenvalue(gaps, (x, y) => product(x, y, true)),
    tripletHa: lowestEigenvalue(gaps, (x, y) => product(x, y, false)),
  };
}

/** Columns from..to-1 of a matrix `[n, m]`. */
function columns(c: Float64Array, n: number, m: number, from: number, to: number): Float64Array {
  const out = new Float64Array(n * (to - from));
  for (let p = 0; p < n; p++) out.set(c.subarray(p * m + from, p * m + to), p * (to - from));
  return out;
}
