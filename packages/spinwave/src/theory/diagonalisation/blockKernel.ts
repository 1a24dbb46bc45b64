import { choleskyInPlace, conjugateMetric, solveLowerAdjoint } from '../../linalg/cholesky.js';
import { congruence, multiplyLower } from '../../linalg/congruence.js';
import { HermitianEigen } from '../../linalg/hermitianEigen.js';
import { addSlots, slotCoefficients, type SlotTable } from './slots.js';
import { PIVOT_TOLERANCE } from './solver.js';
import type { WaveTable } from './waves.js';

/** One block of H(q): its energies, and its modes as sum and difference of the two halves. */
export interface BlockKernel {
  readonly size: number;
  /** Energies, descending. */
  readonly energies: Float64Array;
  /** y = U + V and x = U - V of each mode, [size, size], mode by row. */
  readonly yRe: Float64Array;
  readonly yIm: Float64Array;
  readonly xRe: Float64Array;
  readonly xIm: Float64Array;
  setParameters(p: Float64Array): void;
  /** False if the matrix (plus `shift` on its diagonal) is not positive definite to rounding. */
  solve(waves: WaveTable, index: number, shift: number, scale: number, vectors: boolean): boolean;
  isPositive(waves: WaveTable, index: number, scale: number): boolean;
  lowestEigenvalue(waves: WaveTable, index: number): number;
}

/**
 * A real form: with P = A + B = L L^dagger and Q = A - B, L^dagger Q L z = omega^2 z,
 * x = L z / sqrt(omega), y = sqrt(omega) L^-dagger z; so P y = omega x and Q x = omega y.
 */
export class RealKernel implements BlockKernel {
  readonly size: number;
  readonly energies: Float64Array;
  readonly yRe: Float64Array;
  readonly yIm: Float64Array;
  readonly xRe: Float64Array;
  readonly xIm: Float64Array;
  readonly #plus: SlotTable;
  readonly #minus: SlotTable;
  readonly #plusRe: Float64Array;
  readonly #plusIm: Float64Array;
  readonly #minusRe: Float64Array;
  readonly #minusIm: Float64Array;
  readonly #work: RealWorkspace;

  constructor(plus: SlotTable, minus: SlotTable, work: RealWorkspace) {
    const n = plus.size;
    this.size = n;
    this.#work = work;
    this.#plus = plus;
    this.#minus = minus;
    this.#plusRe = new Float64Array(plus.nSlots);
    this.#plusIm = new Float64Array(plus.nSlots);
    this.#minusRe = new Float64Array(minus.nSlots);
    this.#minusIm = new Float64Array(minus.nSlots);
    this.energies = new Float64Array(n);
    this.yRe = new Float64Array(n * n);
    this.yIm = new Float64Array(n * n);
    this.xRe = new Float64Array(n * n);
    this.xIm = new Float64Array(n * n);
  }

  setParameters(p: Float64Array): void {
    slotCoefficients(this.#plus, p, this.#plusRe, this.#plusIm);
    slotCoefficients(this.#minus, p, this.#minusRe, this.#minusIm);
  }

  solve(waves: WaveTable, index: number, shift: number, scale: number, vectors: boolean): boolean {
    const n = this.size;
    const { pRe, pIm, mRe, mIm, tRe, tIm, wRe, wIm, eigen } = this.#work;
    this.#assemblePlus(waves, index, shift);
    if (choleskyInPlace(pRe, pIm, n, shift > 0 ? 0 : PIVOT_TOLERANCE * scale) >= 0) return false;
    this.#assembleMinus(waves, index, shift);
    congruence(mRe, mIm, pRe, pIm, n, tRe, tIm, wRe, wIm);
    eigen.solve(wRe, wIm, vectors ? 0 : n);
    const values = eigen.values;
    if (!(values[0]! > (shift > 0 ? 0 : PIVOT_TOLERANCE * scale * scale))) return false;
    const e = this.energies;
    for (let m = 0; m < n; m++) e[m] = Math.sqrt(values[n - 1 - m]!);
    if (!vectors) return true;
    const { yRe, yIm, xRe, xIm } = this;
    const zRe = eigen.vectorRe;
    const zIm = eigen.vectorIm;
    for (let m = 0; m < n; m++) {
      const from = (n - 1 - m) * n;
      const to = m * n;
      const root = Math.sqrt(e[m]!);
      multiplyLower(pRe, pIm, n, zRe, zIm, from, 1 / root, xRe, xIm, to);
      for (let i = 0; i < n; i++) {
        yRe[to + i] = root * zRe[from + i]!;
        yIm[to + i] = root * zIm[from + i]!;
      }
      solveLowerAdjoint(pRe, pIm, n, yRe, yIm, to);
    }
    return true;
  }

  isPositive(waves: WaveTable, index: number, scale: number): boolean {
    const { pRe, pIm, mRe, mIm } = this.#work;
    const pivot = PIVOT_TOLERANCE * scale;
    this.#assemblePlus(waves, index, 0);
    if (choleskyInPlace(pRe, pIm, this.size, pivot) >= 0) return false;
    this.#assembleMinus(waves, index, 0);
    return choleskyInPlace(mRe, mIm, this.size, pivot) < 0;
  }

  lowestEigenvalue(waves: WaveTable, index: number): number {
    const { pRe, pIm, mRe, mIm, eigen } = this.#work;
    this.#assemblePlus(waves, index, 0);
    eigen.solve(pRe, pIm, this.size);
    const lowest = eigen.values[0]!;
    this.#assembleMinus(waves, index, 0);
    eigen.solve(mRe, mIm, this.size);
    return Math.min(lowest, eigen.values[0]!);
  }

  #assemblePlus(waves: WaveTable, index: number, shift: number): void {
    const { pRe, pIm } = this.#work;
    assemble(this.#plus, this.#plusRe, this.#plusIm, waves, index, shift, pRe, pIm);
  }

  #assembleMinus(waves: WaveTable, index: number, shift: number): void {
    const { mRe, mIm } = this.#work;
    assemble(this.#minus, this.#minusRe, this.#minusIm, waves, index, shift, mRe, mIm);
  }
}

/** Scratch matrices that all real kernels of one size share. */
export class RealWorkspace {
  readonly pRe: Float64Array;
  readonly pIm: Float64Array;
  readonly mRe: Float64Array;
  readonly mIm: Float64Array;
  readonly tRe: Float64Array;
  readonly tIm: Float64Array;
  readonly wRe: Float64Array;
  readonly wIm: Float64Array;
  readonly eigen: HermitianEigen;

  constructor(n: number) {
    this.pRe = new Float64Array(n * n);
    this.pIm = new Float64Array(n * n);
    this.mRe = new Float64Array(n * n);
    this.mIm = new Float64Array(n * n);
    this.tRe = new Float64Array(n * n);
    this.tIm = new Float64Array(n * n);
    this.wRe = new Float64Array(n * n);
    this.wIm = new Float64Array(n * n);
    this.eigen = new HermitianEigen(n);
  }
}

/** A complex form: Colpa's method on the 2N' x 2N' block. */
export class GeneralKernel implements BlockKernel {
  readonly size: number;
  readonly energies: Float64Array;
  readonly yRe: Float64Array;
  readonly yIm: Float64Array;
  readonly xRe: Float64Array;
  readonly xIm: Float64Array;
  readonly #table: SlotTable;
  readonly #cRe: Float64Array;
  readonly #cIm: Float64Array;
  readonly #work: GeneralWorkspace;

  constructor(table: SlotTable, work: GeneralWorkspace) {
    const n = table.size / 2;
    this.size = n;
    this.#table = table;
    this.#cRe = new Float64Array(table.nSlots);
    this.#cIm = new Float64Array(table.nSlots);
    this.energies = new Float64Array(n);
    this.yRe = new Float64Array(n * n);
    this.yIm = new Float64Array(n * n);
    this.xRe = new Float64Array(n * n);
    this.xIm = new Float64Array(n * n);
    this.#work = work;
  }

  setParameters(p: Float64Array): void {
    slotCoefficients(this.#table, p, this.#cRe, this.#cIm);
  }

  solve(waves: WaveTable, index: number, shift: number, scale: number, vectors: boolean): boolean {
    const n = this.size;
    const size = 2 * n;
    const { hRe, hIm, wRe, wIm, eigen } = this.#work;
    this.#assemble(waves, index, shift);
    if (choleskyInPlace(hRe, hIm, size, shift > 0 ? 0 : PIVOT_TOLERANCE * scale) >= 0) return false;
    conjugateMetric(hRe, hIm, size, n, wRe, wIm);
    eigen.solve(wRe, wIm, vectors ? n : size);
    const values = eigen.values;
    const e = this.energies;
    for (let m = 0; m < n; m++) e[m] = values[size - 1 - m]!;
    if (!vectors) return true;
    const { yRe, yIm, xRe, xIm } = this;
    const tRe = eigen.vectorRe;
    const tIm = eigen.vectorIm;
    for (let m = 0; m < n; m++) {
      const from = (size - 1 - m) * size;
      const to = m * n;
      const norm = Math.sqrt(e[m]!);
      solveLowerAdjoint(hRe, hIm, size, tRe, tIm, from);
      for (let i = 0; i < n; i++) {
        const ur = norm * tRe[from + i]!;
        const ui = norm * tIm[from + i]!;
        const vr = norm * tRe[from + n + i]!;
        const vi = norm * tIm[from + n + i]!;
        yRe[to + i] = ur + vr;
        yIm[to + i] = ui + vi;
        xRe[to + i] = ur - vr;
        xIm[to + i] = ui - vi;
      }
    }
    return true;
  }

  isPositive(waves: WaveTable, index: number, scale: number): boolean {
    const { hRe, hIm } = this.#work;
    this.#assemble(waves, index, 0);
    return choleskyInPlace(hRe, hIm, 2 * this.size, PIVOT_TOLERANCE * scale) < 0;
  }

  lowestEigenvalue(waves: WaveTable, index: number): number {
    const { hRe, hIm, eigen } = this.#work;
    this.#assemble(waves, index, 0);
    eigen.solve(hRe, hIm, 2 * this.size);
    return eigen.values[0]!;
  }

  #assemble(waves: WaveTable, index: number, shift: number): void {
    const { hRe, hIm } = this.#work;
    assemble(this.#table, this.#cRe, this.#cIm, waves, index, shift, hRe, hIm);
  }
}

/** Scratch matrices that all general kernels of one size share. */
export class GeneralWorkspace {
  readonly hRe: Float64Array;
  readonly hIm: Float64Array;
  readonly wRe: Float64Array;
  readonly wIm: Float64Array;
  readonly eigen: HermitianEigen;

  constructor(n: number) {
    const size = 2 * n;
    this.hRe = new Float64Array(size * size);
    this.hIm = new Float64Array(size * size);
    this.wRe = new Float64Array(size * size);
    this.wIm = new Float64Array(size * size);
    this.eigen = new HermitianEigen(size);
  }
}

function assemble(
  table: SlotTable,
  cRe: Float64Array,
  cIm: Float64Array,
  waves: WaveTable,
  index: number,
  shift: number,
  re: Float64Array,
  im: Float64Array,
): void {
  re.fill(0);
  im.fill(0);
  addSlots(table, cRe, cIm, waves, index, re, im);
  if (shift > 0) {
    const step = table.size + 1;
    for (let k = 0; k < re.length; k += step) re[k] = re[k]! + shift;
  }
}
