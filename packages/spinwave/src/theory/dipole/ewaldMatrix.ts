import { dot, matVec, scale, type Mat3, type Vec3 } from '../../crystal/geometry.js';
import type { SpinModel } from '../../model/types.js';
import { EwaldSum } from './ewald.js';
import type { ExpansionBuilder } from '../hamiltonian/expansion.js';

/**
 * The dipole-dipole interaction by Ewald summation in the boson Hamiltonian: a dense, q-dependent
 * addition that no list of bonds can express. It does not depend on the parameters.
 */
export class EwaldMatrix {
  readonly #sum: EwaldSum;
  readonly #builder: ExpansionBuilder;
  readonly #n: number;

  constructor(model: SpinModel, builder: ExpansionBuilder) {
    this.#sum = new EwaldSum(model);
    this.#builder = builder;
    this.#n = model.sites.length;
  }

  /** Adds energy, gradient and the diagonal (-S_j e3 K(0) e3) to the expansion. */
  addStatic(): void {
    const b = this.#builder;
    const p = b.nParameters;
    for (let i = 0; i < this.#n; i++) {
      const e3 = b.frames[i]!.e3;
      let field: Vec3 = [0, 0, 0];
      for (let j = 0; j < this.#n; j++) {
        const k = this.#sum.tensor(i, j, [0, 0, 0]).re;
        const g = matVec(k, scale(b.frames[j]!.e3, b.spins[j]!));
        field = [field[0] + g[0], field[1] + g[1], field[2] + g[2]];
      }
      b.addGradient(p, i, field);
      b.addEnergy(p, 0.5 * b.spins[i]! * dot(e3, field));
      b.form.addOnSite(i, p, -dot(e3, field));
    }
  }

  /**
   * Lower triangle of [[A(q), B(q)], [B(q)^dagger, A(-q)^T]], [2N, 2N] row-major from `at`. With
   * K(-q) = conj K(q): A_ij = h u_i^T K conj(u_j), A(-q)^T = (A(-q)_ji), B_ij = h u_i^T K u_j.
   */
  fill(q: Vec3, re: Float64Array, im: Float64Array, at: number): void {
    const n = this.#n;
    const size = 2 * n;
    const { frames, spins } = this.#builder;
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) {
        const half = 0.5 * Math.sqrt(spins[i]! * spins[j]!);
        const k = this.#sum.tensor(i, j, q);
        const fi = frames[i]!;
        const fj = frames[j]!;
        const e = (m: Mat3, a: Vec3, b: Vec3) => half * dot(a, matVec(m, b));
        // K between e1, e2 of i and e1, e2 of j, real and imaginary parts
        const r = [
          e(k.re, fi.e1, fj.e1),
          e(k.re, fi.e1, fj.e2),
          e(k.re, fi.e2, fj.e1),
          e(k.re, fi.e2, fj.e2),
        ] as const;
        const m = [
          e(k.im, fi.e1, fj.e1),
          e(k.im, fi.e1, fj.e2),
          e(k.im, fi.e2, fj.e1),
          e(k.im, fi.e2, fj.e2),
        ] as const;
        if (i >= j) {
          // u_i^T K conj(u_j) = K11 + K22 + i (K21 - K12)
          re[at + i * size + j] = r[0] + r[3] - (m[2] - m[1]);
          im[at + i * size + j] = m[0] + m[3] + (r[2] - r[1]);
          // A_ji(-q) = conj(A_ij(-q)), where K(-q) = conj(K): conj of the above with m -> -m
          re[at + (n + i) * size + n + j] = r[0] + r[3] + (m[2] - m[1]);
          im[at + (n + i) * size + n + j] = m[0] + m[3] - (r[2] - r[1]);
        }
        // [B(q)^dagger]_ij = conj(B_ji(q)) = conj(B_ij(-q)): conj of u_i^T conj(K) u_j
        re[at + (n + i) * size + j] = r[0] - r[3] + (m[2] + m[1]);
        im[at + (n + i) * size + j] = m[0] - m[3] - (r[2] + r[1]);
      }
  }
}
