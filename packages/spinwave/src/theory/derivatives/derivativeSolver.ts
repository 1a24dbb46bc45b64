import { choleskyInPlace, conjugateMetric, solveLowerAdjoint } from '../../linalg/cholesky.js';
import { HermitianEigen } from '../../linalg/hermitianEigen.js';
import type { PreparedInternals } from '../prepare.js';
import {
  addSlots,
  Displacements,
  generalSlots,
  slotCoefficients,
  type SlotTable,
} from '../diagonalisation/slots.js';
import { NEGATIVE_TOLERANCE, PIVOT_TOLERANCE, REGULARISATION } from '../diagonalisation/solver.js';
import type { WaveTable } from '../diagonalisation/waves.js';

/**
 * All 2N columns of the Bogoliubov transformation T at one q and, for each parameter,
 * G_k = T^dagger (dH/dp_k) T: first-order perturbation theory in the bosonic metric. With signed
 * energies lambda (omega, then -omega) and norms sigma = +-1, d lambda_m = sigma_m G_mm and
 * d T_m = sum over n of T_n sigma_n G_nm / (lambda_m - lambda_n).
 */
export class DerivativeSolver {
  readonly nSites: number;
  readonly nParameters: number;
  /** [2N], the first N descending and positive, then negative. */
  readonly lambda: Float64Array;
  /** Columns of T as rows, [2N, 2N]. */
  readonly tRe: Float64Array;
  readonly tIm: Float64Array;
  /** G_k, [nParameters, 2N (n), N (m)]. */
  readonly gRe: Float64Array;
  readonly gIm: Float64Array;
  scaleMeV = 1;
  readonly #internals: PreparedInternals;
  readonly #table: SlotTable;
  readonly #displacements: Float64Array;
  readonly #coefficients: { re: Float64Array; im: Float64Array }[];
  readonly #h: { re: Float64Array; im: Float64Array };
  readonly #w: { re: Float64Array; im: Float64Array };
  readonly #eigen: HermitianEigen;

  constructor(internals: PreparedInternals, nParameters: number) {
    const { form } = internals.expansion;
    const n = form.nSites;
    const size = 2 * n;
    this.nSites = n;
    this.nParameters = nParameters;
    this.#internals = internals;
    const displacements = new Displacements();
    this.#table = generalSlots(form.terms, n, displacements);
    this.#displacements = displacements.toArray();
    const pair = (length: number) => ({
      re: new Float64Array(length),
      im: new Float64Array(length),
    });
    this.#coefficients = Array.from({ length: nParameters + 1 }, (_, k) => {
      const c = pair(this.#table.nSlots);
      if (k < nParameters) {
        const unit = new Float64Array(nParameters + 1);
        unit[k] = 1;
        slotCoefficients(this.#table, unit, c.re, c.im);
      }
      return c;
    });
    this.#h = pair(size * size);
    this.#w = pair(size * size);
    this.#eigen = new HermitianEigen(size);
    this.lambda = new Float64Array(size);
    this.tRe = new Float64Array(size * size);
    this.tIm = new Float64Array(size * size);
    this.gRe = new Float64Array(nParameters * size * n);
    this.gIm = new Float64Array(nParameters * size * n);
  }

  waveTable(): WaveTable {
    return this.#internals.waveTable(1, this.#displacements);
  }

  /** p with the constant 1 appended. */
  setParameters(p: Float64Array): void {
    const c = this.#coefficients[this.nParameters]!;
    slotCoefficients(this.#table, p, c.re, c.im);
    this.#internals.solver.setParameters(p);
    this.scaleMeV = this.#internals.solver.scaleMeV;
  }

  /** Returns 0, or the lowest eigenvalue of H(q) if the state is unstable there. */
  solve(waves: WaveTable): number {
    const n = this.nSites;
    const size = 2 * n;
    const { re, im } = this.#h;
    this.#assemble(waves, 0);
    if (choleskyInPlace(re, im, size, PIVOT_TOLERANCE * this.scaleMeV) >= 0) {
      this.#assemble(waves, 0);
      this.#eigen.solve(re, im, size);
      const lowest = this.#eigen.values[0]!;
      if (lowest < -NEGATIVE_TOLERANCE * this.scaleMeV) return lowest;
      let shift = REGULARISATION * this.scaleMeV + Math.max(0, -2 * lowest);
      for (;;) {
        this.#assemble(waves, shift);
        if (choleskyInPlace(re, im, size, 0) < 0) break;
        shift *= 2;
      }
    }
    conjugateMetric(re, im, size, n, this.#w.re, this.#w.im);
    const eigen = this.#eigen;
    eigen.solve(this.#w.re, this.#w.im);
    for (let m = 0; m < size; m++) {
      // Ascending: N negative, then N positive; wanted: positive descending, then negative.
      const source = m < n ? size - 1 - m : m - n;
      const value = eigen.values[source]!;
      this.lambda[m] = value;
      const norm = Math.sqrt(Math.abs(value));
      for (let i = 0; i < size; i++) {
        this.tRe[m * size + i] = norm * eigen.vectorRe[source * size + i]!;
        this.tIm[m * size + i] = norm * eigen.vectorIm[source * size + i]!;
      }
      solveLowerAdjoint(re, im, size, this.tRe, this.tIm, m * size);
    }
    for (let k = 0; k < this.nParameters; k++) this.#project(waves, k);
    return 0;
  }

  #assemble(waves: WaveTable, shift: number): void {
    const size = 2 * this.nSites;
    const { re, im } = this.#h;
    re.fill(0);
    im.fill(0);
    if (waves.denseRe) {
      re.set(waves.denseRe);
      im.set(waves.denseIm!);
    }
    const c = this.#coefficients[this.nParameters]!;
    addSlots(this.#table, c.re, c.im, waves, 0, re, im);
    for (let k = 0; k < re.length; k += size + 1) re[k] = re[k]! + shift;
  }

  /** G_k = T^dagger (dH/dp_k) T; dH/dp_k in the scratch of W. */
  #project(waves: WaveTable, k: number): void {
    const n = this.nSites;
    const size = 2 * n;
    const { re, im } = this.#w;
    re.fill(0);
    im.fill(0);
    const c = this.#coefficients[k]!;
    addSlots(this.#table, c.re, c.im, waves, 0, re, im);
    const hr = new Float64Array(size);
    const hi = new Float64Array(size);
    for (let m = 0; m < n; m++) {
      const at = m * size;
      hr.fill(0);
      hi.fill(0);
      for (let i = 0; i < size; i++) {
        for (let j = 0; j <= i; j++) {
          const ar = re[i * size + j]!;
          const ai = im[i * size + j]!;
          if (ar === 0 && ai === 0) continue;
          hr[i] = hr[i]! + ar * this.tRe[at + j]! - ai * this.tIm[at + j]!;
          hi[i] = hi[i]! + ar * this.tIm[at + j]! + ai * this.tRe[at + j]!;
          if (i === j) continue;
          hr[j] = hr[j]! + ar * this.tRe[at + i]! + ai * this.tIm[at + i]!;
          hi[j] = hi[j]! + ar * this.tIm[at + i]! - ai * this.tRe[at + i]!;
        }
      }
      for (let l = 0; l < size; l++) {
        let sr = 0;
        let si = 0;
        for (let i = 0; i < size; i++) {
          const tr = this.tRe[l * size + i]!;
          const ti = this.tIm[l * size + i]!;
          sr += tr * hr[i]! + ti * hi[i]!;
          si += tr * hi[i]! - ti * hr[i]!;
        }
        const out = (k * size + l) * n + m;
        this.gRe[out] = sr;
        this.gIm[out] = si;
      }
    }
  }
}
