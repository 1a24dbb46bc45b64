import { matVec, transpose, type Mat3, type Vec3 } from '../../crystal/geometry.js';
import type { SpinModel } from '../../model/types.js';
import { between, cellReach, separation } from './dipoleTensor.js';

/** exp(-CUT^2) = 2e-17: where both sums are cut. */
const CUT = 6.2;

/** Entries of a symmetric tensor that are kept, as (a, b). */
const UPPER = [0, 1, 2, 4, 5, 8] as const;

/**
 * Ewald sums K_ij(q) = scale g_i^T [sum over n of D(n + r_j - r_i) exp(2 pi i q.n)] g_j, exact to
 * rounding. At q = 0 (a reciprocal lattice vector) the macroscopic term is 4 pi N / V with the
 * demagnetisation tensor N. (Real part: erfc-screened dipoles; reciprocal part:
 * 4 pi / V sum over k = q + G of k k^T / k^2 exp(-k^2 / 4 alpha^2) exp(-i k.(r_j - r_i)).)
 * What does not depend on q is worked out once; the sums of one q serve all pairs.
 */
export class EwaldSum {
  readonly #model: SpinModel;
  readonly #alpha: number;
  readonly #n: number;
  readonly #reciprocalReach: readonly number[];
  readonly #cut: number;
  /** Whole cells that appear in any pair, [nCells, 3]. */
  readonly #cells: readonly Vec3[];
  /** Real-space terms of each pair i <= j: cells, and six tensor entries each. */
  readonly #real: readonly { readonly cell: Int32Array; readonly tensor: Float64Array }[];
  /** Cartesian site positions, [nSites, 3]. */
  readonly #r: Float64Array;
  readonly #cos: Float64Array;
  readonly #sin: Float64Array;
  readonly #siteCos: Float64Array;
  readonly #siteSin: Float64Array;
  /** Sums of the last q, six entries for each pair i <= j. */
  readonly #re: Float64Array;
  readonly #im: Float64Array;
  #q: Vec3 | undefined;

  constructor(model: SpinModel) {
    this.#model = model;
    const { lattice, sites } = model;
    const n = sites.length;
    const alpha = Math.sqrt(Math.PI) / Math.cbrt(lattice.volume);
    this.#n = n;
    this.#alpha = alpha;
    this.#cut = 2 * alpha * CUT;
    this.#reciprocalReach = cellReach(lattice.vectors, this.#cut).map((v) => v + 1);
    this.#r = Float64Array.from(
      sites.flatMap((s) => [...matVec(transpose(lattice.vectors), s.position)]),
    );
    const cells: Vec3[] = [];
    const index = new Map<string, number>();
    const [nx, ny, nz] = cellReach(lattice.reciprocal, CUT / alpha).map((v) => v + 1) as [
      number,
      number,
      number,
    ];
    const real = [];
    for (let i = 0; i < n; i++)
      for (let j = i; j < n; j++) {
        const cell: number[] = [];
        const tensor: number[] = [];
        for (let x = -nx; x <= nx; x++)
          for (let y = -ny; y <= ny; y++)
            for (let z = -nz; z <= nz; z++) {
              const r = separation(model, i, j, [x, y, z]);
              const d = Math.hypot(...r);
              if (d > CUT / alpha || d < 1e-9) continue;
              const key = `${x},${y},${z}`;
              if (!index.has(key)) {
                index.set(key, cells.length);
                cells.push([x, y, z]);
              }
              cell.push(index.get(key)!);
              const gauss = ((2 * alpha) / Math.sqrt(Math.PI)) * Math.exp(-((alpha * d) ** 2));
              const b = erfc(alpha * d) / d ** 3 + gauss / d ** 2;
              const c = (3 * b) / d ** 2 + (2 * alpha ** 2 * gauss) / d ** 2;
              for (const k of UPPER) {
                const [u, v] = [Math.floor(k / 3), k % 3];
                tensor.push((u === v ? b : 0) - c * r[u]! * r[v]!);
              }
            }
        real.push({ cell: Int32Array.from(cell), tensor: Float64Array.from(tensor) });
      }
    this.#cells = cells;
    this.#real = real;
    this.#cos = new Float64Array(cells.length);
    this.#sin = new Float64Array(cells.length);
    this.#siteCos = new Float64Array(n);
    this.#siteSin = new Float64Array(n);
    this.#re = new Float64Array(real.length * 6);
    this.#im = new Float64Array(real.length * 6);
  }

  /** K_ij(q), nine real and nine imaginary parts; q in r.l.u. of the magnetic cell. */
  tensor(i: number, j: number, q: Vec3): { re: Mat3; im: Mat3 } {
    const last = this.#q;
    if (!last || last[0] !== q[0] || last[1] !== q[1] || last[2] !== q[2]) {
      this.#q = [q[0], q[1], q[2]];
      this.#addReal(q);
      this.#addReciprocal(q);
    }
    // K_ji = K_ij^dagger, and the bare sum is symmetric in its axes
    const [a, b] = i <= j ? [i, j] : [j, i];
    const at = 6 * this.#pair(a, b);
    const sign = i <= j ? 1 : -1;
    const full = (x: Float64Array, s: number): Mat3 => {
      const t = (k: number) => s * x[at + k]!;
      return [t(0), t(1), t(2), t(1), t(3), t(4), t(2), t(4), t(5)];
    };
    return {
      re: between(this.#model, i, j, full(this.#re, 1)),
      im: between(this.#model, i, j, full(this.#im, sign)),
    };
  }

  #pair(i: number, j: number): number {
    return i * this.#n - (i * (i - 1)) / 2 + (j - i);
  }

  #addReal(q: Vec3): void {
    this.#cells.forEach((c, k) => {
      const angle = 2 * Math.PI * (q[0] * c[0] + q[1] * c[1] + q[2] * c[2]);
      this.#cos[k] = Math.cos(angle);
      this.#sin[k] = Math.sin(angle);
    });
    this.#re.fill(0);
    this.#im.fill(0);
    this.#real.forEach(({ cell, tensor }, pair) => {
      const at = 6 * pair;
      for (let t = 0; t < cell.length; t++) {
        const c = this.#cos[cell[t]!]!;
        const s = this.#sin[cell[t]!]!;
        for (let k = 0; k < 6; k++) {
          const v = tensor[6 * t + k]!;
          this.#re[at + k] = this.#re[at + k]! + c * v;
          this.#im[at + k] = this.#im[at + k]! + s * v;
        }
      }
    });
    const self = (4 * this.#alpha ** 3) / (3 * Math.sqrt(Math.PI));
    for (let i = 0; i < this.#n; i++) {
      const at = 6 * this.#pair(i, i);
      for (const k of [0, 3, 5]) this.#re[at + k] = this.#re[at + k]! - self;
    }
  }

  #addReciprocal(q: Vec3): void {
    const { lattice, dipole } = this.#model;
    const f = (4 * Math.PI) / lattice.volume;
    const inverse = 1 / (4 * this.#alpha ** 2);
    const [nx, ny, nz] = this.#reciprocalReach as [number, number, number];
    const q0 = q.map((v) => v - Math.round(v));
    const toCartesian = transpose(lattice.reciprocal);
    const w = new Float64Array(6);
    for (let x = -nx; x <= nx; x++)
      for (let y = -ny; y <= ny; y++)
        for (let z = -nz; z <= nz; z++) {
          const k = matVec(toCartesian, [q0[0]! + x, q0[1]! + y, q0[2]! + z]);
          const k2 = k[0] ** 2 + k[1] ** 2 + k[2] ** 2;
          if (k2 > this.#cut ** 2) continue;
          if (k2 < 1e-18) {
            const N = dipole?.demagnetisation;
            UPPER.forEach((e, a) => (w[a] = N ? f * N[e]! : 0));
          } else {
            const weight = (f / k2) * Math.exp(-k2 * inverse);
            UPPER.forEach((e, a) => (w[a] = weight * k[Math.floor(e / 3)]! * k[e % 3]!));
          }
          this.#addWave(k, w);
        }
  }

  /** w exp(-i k.(r_j - r_i)) to every pair. */
  #addWave(k: Vec3, w: Float64Array): void {
    const n = this.#n;
    const r = this.#r;
    for (let i = 0; i < n; i++) {
      const angle = k[0] * r[3 * i]! + k[1] * r[3 * i + 1]! + k[2] * r[3 * i + 2]!;
      this.#siteCos[i] = Math.cos(angle);
      this.#siteSin[i] = Math.sin(angle);
    }
    let at = 0;
    for (let i = 0; i < n; i++) {
      const ci = this.#siteCos[i]!;
      const si = this.#siteSin[i]!;
      for (let j = i; j < n; j++) {
        const cj = this.#siteCos[j]!;
        const sj = this.#siteSin[j]!;
        const c = ci * cj + si * sj;
        const s = si * cj - ci * sj;
        for (let a = 0; a < 6; a++, at++) {
          this.#re[at] = this.#re[at]! + c * w[a]!;
          this.#im[at] = this.#im[at]! + s * w[a]!;
        }
      }
    }
  }
}

/**
 * Complementary error function to double precision: series below 2, continued fraction (Lentz)
 * above (Abramowitz and Stegun 7.1.6, 7.1.14).
 */
export function erfc(x: number): number {
  if (x < 0) return 2 - erfc(-x);
  if (x < 2) {
    let term = x;
    let total = x;
    for (let n = 1; Math.abs(term) > 1e-17 * total && n < 200; n++) {
      term *= (2 * x * x) / (2 * n + 1);
      total += term;
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * total;
  }
  // x + (1/2)/(x + 1/(x + (3/2)/(x + ...)))
  let f = x;
  for (let n = 120; n > 0; n--) f = x + n / 2 / f;
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * f);
}
