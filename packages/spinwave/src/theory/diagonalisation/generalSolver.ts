import { choleskyInPlace, conjugateMetric, solveLowerAdjoint } from '../../linalg/cholesky.js';
import { HermitianEigen } from '../../linalg/hermitianEigen.js';
import type { LocalFrame } from '../hamiltonian/localFrames.js';
import { addSlots, slotCoefficients, type SlotTable } from './slots.js';
import { NEGATIVE_TOLERANCE, PIVOT_TOLERANCE, REGULARISATION, type ModeSolver } from './solver.js';
import type { WaveTable } from './waves.js';

/**
 * The plain path: the 2N x 2N matrix, Colpa's method (Physica A 93, 327 (1978)). H = L L^dagger,
 * W = L^dagger g L = U diag(omega) U^dagger, T = L^-dagger U sqrt|omega|. Valid for any state;
 * every reduced path is tested against it.
 */
export class GeneralSolver implements ModeSolver {
  readonly nSites: number;
  readonly path = 'general';
  readonly displacements: Float64Array;
  readonly mirrorAxes = undefined;
  scaleMeV = 1;
  readonly #table: SlotTable;
  readonly #cRe: Float64Array;
  readonly #cIm: Float64Array;
  readonly #hRe: Float64Array;
  readonly #hIm: Float64Array;
  readonly #wRe: Float64Array;
  readonly #wIm: Float64Array;
  readonly #eigen: HermitianEigen;
  /** sqrt(S/2) e1 and sqrt(S/2) e2 of each site, [nSites, 6]. */
  readonly #axes: Float64Array;

  constructor(
    table: SlotTable,
    displacements: Float64Array,
    frames: readonly LocalFrame[],
    spins: readonly number[],
    /** Where H(q) has a negative eigenvalue, -2 of it is added to the diagonal. */
    readonly shiftNegative = false,
  ) {
    const size = table.size;
    this.displacements = displacements;
    this.nSites = size / 2;
    this.#table = table;
    this.#cRe = new Float64Array(table.nSlots);
    this.#cIm = new Float64Array(table.nSlots);
    this.#hRe = new Float64Array(size * size);
    this.#hIm = new Float64Array(size * size);
    this.#wRe = new Float64Array(size * size);
    this.#wIm = new Float64Array(size * size);
    this.#eigen = new HermitianEigen(size);
    this.#axes = siteAxes(frames, spins);
  }

  setParameters(p: Float64Array): void {
    slotCoefficients(this.#table, p, this.#cRe, this.#cIm);
    this.scaleMeV = largestRowSum(this.#table, this.#cRe, this.#cIm);
  }

  solve(
    waves: WaveTable,
    index: number,
    energies: Float64Array,
    atEnergy: number,
    amplitudes?: Float64Array,
    atAmplitude = 0,
  ): number {
    const n = this.nSites;
    const size = 2 * n;
    this.#assemble(waves, index, 0);
    const pivot = PIVOT_TOLERANCE * this.scaleMeV;
    if (choleskyInPlace(this.#hRe, this.#hIm, size, pivot) >= 0) {
      const lowest = this.lowestEigenvalue(waves, index);
      const unstable = lowest < -NEGATIVE_TOLERANCE * this.scaleMeV;
      if (unstable && !this.shiftNegative) return lowest;
      let shift = REGULARISATION * this.scaleMeV + Math.max(0, -2 * lowest);
      for (;;) {
        this.#assemble(waves, index, shift);
        if (choleskyInPlace(this.#hRe, this.#hIm, size, 0) < 0) break;
        shift *= 2;
      }
    }
    conjugateMetric(this.#hRe, this.#hIm, size, n, this.#wRe, this.#wIm);
    const eigen = this.#eigen;
    eigen.solve(this.#wRe, this.#wIm, amplitudes === undefined ? size : n);
    const values = eigen.values;
    for (let m = 0; m < n; m++) energies[atEnergy + m] = values[size - 1 - m]!;
    if (amplitudes === undefined) return 0;
    const tRe = eigen.vectorRe;
    const tIm = eigen.vectorIm;
    const axes = this.#axes;
    for (let m = 0; m < n; m++) {
      const row = (size - 1 - m) * size;
      const norm = Math.sqrt(values[size - 1 - m]!);
      solveLowerAdjoint(this.#hRe, this.#hIm, size, tRe, tIm, row);
      let out = atAmplitude + m * n * 6;
      for (let j = 0; j < n; j++) {
        // conj(u) T_j + u T_{N+j} = e1 (T_j + T_{N+j}) - i e2 (T_j - T_{N+j})
        const ar = norm * (tRe[row + j]! + tRe[row + n + j]!);
        const ai = norm * (tIm[row + j]! + tIm[row + n + j]!);
        const br = norm * (tIm[row + j]! - tIm[row + n + j]!);
        const bi = norm * (tRe[row + n + j]! - tRe[row + j]!);
        for (let a = 0; a < 3; a++) {
          const e1 = axes[6 * j + a]!;
          const e2 = axes[6 * j + 3 + a]!;
          amplitudes[out++] = e1 * ar + e2 * br;
          amplitudes[out++] = e1 * ai + e2 * bi;
        }
      }
    }
    return 0;
  }

  isPositive(waves: WaveTable, index: number): boolean {
    this.#assemble(waves, index, 0);
    const pivot = PIVOT_TOLERANCE * this.scaleMeV;
    return choleskyInPlace(this.#hRe, this.#hIm, 2 * this.nSites, pivot) < 0;
  }

  lowestEigenvalue(waves: WaveTable, index: number): number {
    this.#assemble(waves, index, 0);
    this.#eigen.solve(this.#hRe, this.#hIm, 2 * this.nSites);
    return this.#eigen.values[0]!;
  }

  #assemble(waves: WaveTable, index: number, shift: number): void {
    const re = this.#hRe;
    const im = this.#hIm;
    if (waves.denseRe) {
      const from = index * waves.denseStride;
      re.set(waves.denseRe.subarray(from, from + waves.denseStride));
      im.set(waves.denseIm!.subarray(from, from + waves.denseStride));
    } else {
      re.fill(0);
      im.fill(0);
    }
    addSlots(this.#table, this.#cRe, this.#cIm, waves, index, re, im);
    if (shift > 0) {
      const step = 2 * this.nSites + 1;
      for (let k = 0; k < re.length; k += step) re[k] = re[k]! + shift;
    }
  }
}

/** sqrt(S/2) e1, sqrt(S/2) e2 of each site, [nSites, 6]. */
export function siteAxes(frames: readonly LocalFrame[], spins: readonly number[]): Float64Array {
  const out = new Float64Array(frames.length * 6);
  frames.forEach((f, j) => {
    const s = Math.sqrt(spins[j]! / 2);
    for (let a = 0; a < 3; a++) {
      out[6 * j + a] = s * f.e1[a]!;
      out[6 * j + 3 + a] = s * f.e2[a]!;
    }
  });
  return out;
}

/** Largest sum of absolute coefficients in a row: a bound of the matrix norm for every q. */
export function largestRowSum(table: SlotTable, cRe: Float64Array, cIm: Float64Array): number {
  const rows = new Float64Array(table.size);
  for (let s = 0; s < table.nSlots; s++) {
    const row = Math.floor(table.place[s]! / table.size);
    const column = table.place[s]! % table.size;
    const v = Math.hypot(cRe[s]!, cIm[s]!);
    rows[row] = rows[row]! + v;
    if (row !== column) rows[column] = rows[column]! + v;
  }
  const largest = rows.reduce((a, b) => Math.max(a, b), 0);
  return largest > 0 ? largest : 1;
}
