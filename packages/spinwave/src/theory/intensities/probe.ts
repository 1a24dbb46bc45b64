import type { Mat3 } from '../../crystal/geometry.js';
import { formFactor } from '../../crystal/formFactor.js';
import type { PreparedModel } from '../prepare.js';

/** What the probe makes of a spin: form factor and g. */
export interface ProbeOptions {
  /**
   * 'j0' (default): F = <j0>, for sites with an ion. 'j0+j2': <j0> + (2/g - 1) <j2>, g the mean of
   * the g tensor, the dipole approximation for a moment with Landé factor g. 'none': F = 1.
   */
  readonly formFactor?: 'none' | 'j0' | 'j0+j2';
  /**
   * 'half' (default): (g/2) S, the neutron's view, which is S for g = 2. 'none': S. 'full': g S, the
   * moment in Bohr magnetons.
   */
  readonly gFactor?: 'half' | 'none' | 'full';
}

/** F_j(|Q|) (g_j) exp(-i Q.r_j) of every site at one Q at a time; no allocation after the start. */
export class SiteWeights {
  readonly #n: number;
  readonly #positions: Float64Array;
  readonly #ions: readonly (string | undefined)[];
  readonly #ionOfSite: Int32Array;
  readonly #j2Weight: readonly number[];
  readonly #factors: Float64Array;
  /** g tensors where they are not a plain number, with the numbers in #scale. */
  readonly #tensors: readonly (Mat3 | undefined)[];
  readonly #scale: Float64Array;
  /** F g exp(-i Q.r) of each site for the Q set. */
  readonly re: Float64Array;
  readonly im: Float64Array;

  constructor(prepared: PreparedModel, options: ProbeOptions) {
    const { sites, lattice } = prepared.model;
    const n = sites.length;
    this.#n = n;
    this.#positions = new Float64Array(3 * n);
    const v = lattice.vectors;
    sites.forEach((s, j) => {
      for (let a = 0; a < 3; a++) {
        const [x, y, z] = s.position;
        this.#positions[3 * j + a] = x * v[a]! + y * v[3 + a]! + z * v[6 + a]!;
      }
    });
    const kind = options.formFactor ?? 'j0';
    const keys: string[] = [];
    const ions: (string | undefined)[] = [];
    const j2: number[] = [];
    this.#ionOfSite = new Int32Array(n);
    sites.forEach((s, j) => {
      const ion = kind === 'none' ? undefined : s.ion;
      const g = (s.gTensor[0] + s.gTensor[4] + s.gTensor[8]) / 3;
      const weight = kind === 'j0+j2' && ion !== undefined ? 2 / g - 1 : 0;
      const key = `${ion ?? ''} ${weight}`;
      if (!keys.includes(key)) {
        keys.push(key);
        ions.push(ion);
        j2.push(weight);
      }
      this.#ionOfSite[j] = keys.indexOf(key);
    });
    this.#ions = ions;
    this.#j2Weight = j2;
    this.#factors = new Float64Array(keys.length);
    const factor = { half: 0.5, none: 0, full: 1 }[options.gFactor ?? 'half'];
    this.#scale = new Float64Array(n).fill(1);
    this.#tensors = sites.map((s, j) => {
      if (factor === 0) return undefined;
      const g = s.gTensor.map((x) => x * factor) as unknown as Mat3;
      const plain = g.every((x, i) => (i % 4 === 0 ? x === g[0] : x === 0));
      if (!plain) return g;
      this.#scale[j] = g[0];
      return undefined;
    });
    this.re = new Float64Array(n);
    this.im = new Float64Array(n);
  }

  /** Q Cartesian in Å^-1. */
  set(x: number, y: number, z: number): void {
    const q = Math.sqrt(x * x + y * y + z * z);
    for (let k = 0; k < this.#ions.length; k++) {
      const ion = this.#ions[k];
      this.#factors[k] = ion === undefined ? 1 : formFactor(ion, q, this.#j2Weight[k]!);
    }
    const r = this.#positions;
    for (let j = 0; j < this.#n; j++) {
      const angle = x * r[3 * j]! + y * r[3 * j + 1]! + z * r[3 * j + 2]!;
      const f = this.#factors[this.#ionOfSite[j]!]! * this.#scale[j]!;
      this.re[j] = f * Math.cos(angle);
      this.im[j] = -f * Math.sin(angle);
    }
  }

  /** M = sum_j weight_j A_j for amplitudes [nSites, 3, 2] from `at`; M [3, 2]. */
  amplitude(amplitudes: Float64Array, at: number, M: Float64Array): void {
    let xr = 0;
    let xi = 0;
    let yr = 0;
    let yi = 0;
    let zr = 0;
    let zi = 0;
    for (let j = 0; j < this.#n; j++, at += 6) {
      const c = this.re[j]!;
      const s = this.im[j]!;
      let ar = amplitudes[at]!;
      let ai = amplitudes[at + 1]!;
      let br = amplitudes[at + 2]!;
      let bi = amplitudes[at + 3]!;
      let dr = amplitudes[at + 4]!;
      let di = amplitudes[at + 5]!;
      const g = this.#tensors[j];
      if (g !== undefined) {
        const [pr, pi, qr, qi, rr, ri] = [ar, ai, br, bi, dr, di];
        ar = g[0] * pr + g[1] * qr + g[2] * rr;
        ai = g[0] * pi + g[1] * qi + g[2] * ri;
        br = g[3] * pr + g[4] * qr + g[5] * rr;
        bi = g[3] * pi + g[4] * qi + g[5] * ri;
        dr = g[6] * pr + g[7] * qr + g[8] * rr;
        di = g[6] * pi + g[7] * qi + g[8] * ri;
      }
      xr += c * ar - s * ai;
      xi += c * ai + s * ar;
      yr += c * br - s * bi;
      yi += c * bi + s * br;
      zr += c * dr - s * di;
      zi += c * di + s * dr;
    }
    M[0] = xr;
    M[1] = xi;
    M[2] = yr;
    M[3] = yi;
    M[4] = zr;
    M[5] = zi;
  }
}
