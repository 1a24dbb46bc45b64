import { matMul, matScale, matVec, transpose, type Mat3, type Vec3 } from '../crystal/geometry.js';
import { SpinWaveError } from '../errors.js';
import type { Bond, SpinModel } from '../model/types.js';
import { DIPOLE_SCALE_MEV_A3 } from './units.js';

/**
 * Dipole-dipole interaction of moments mu_B g S:
 * mu_0 mu_B^2 / (4 pi) (g_i S_i)^T [1 - 3 r r^T / r^2] / r^3 (g_j S_j), each pair once.
 */

/** The cut-off method: every pair up to `cutoffAngstrom` as a bond. */
export function dipoleBonds(model: SpinModel): Bond[] {
  const { dipole, sites, lattice } = model;
  if (dipole?.method !== 'cutoff') return [];
  const cutoff = dipole.cutoffAngstrom;
  if (cutoff === undefined || !(cutoff > 0)) {
    throw new SpinWaveError('BAD_DIPOLE', {
      what: 'dipole-dipole interaction by cut-off without a cut-off length',
      where: `model ${model.name}`,
      got: String(cutoff),
      expected: 'a positive length in Å',
      next: "give the cut-off, or use method 'ewald'",
    });
  }
  const reach = cellReach(lattice.reciprocal, cutoff);
  const bonds: Bond[] = [];
  for (let i = 0; i < sites.length; i++)
    for (let j = i; j < sites.length; j++)
      for (let x = -reach[0] - 1; x <= reach[0] + 1; x++)
        for (let y = -reach[1] - 1; y <= reach[1] + 1; y++)
          for (let z = -reach[2] - 1; z <= reach[2] + 1; z++) {
            // Between copies of one site, each pair once.
            if (i === j && (x < 0 || (x === 0 && (y < 0 || (y === 0 && z <= 0))))) continue;
            const cell: Vec3 = [x, y, z];
            const r = separation(model, i, j, cell);
            const length = Math.hypot(...r);
            if (length > cutoff || length === 0) continue;
            const m = pairTensor(r, length);
            const matrix = between(model, i, j, m);
            bonds.push({
              from: i,
              to: j,
              cell,
              exchange: [{ parameter: -1, matrix }],
              lengthAngstrom: length,
              rule: 'dipole-dipole',
            });
          }
  return bonds;
}

function pairTensor(r: Vec3, length: number): Mat3 {
  const f = 1 / length ** 3;
  const h = 3 / length ** 5;
  return [0, 1, 2].flatMap((a) =>
    [0, 1, 2].map((b) => (a === b ? f : 0) - h * r[a]! * r[b]!),
  ) as unknown as Mat3;
}

/** scale g_i^T D g_j. */
function between(model: SpinModel, i: number, j: number, d: Mat3): Mat3 {
  const { sites } = model;
  return matScale(
    matMul(transpose(sites[i]!.gTensor), matMul(d, sites[j]!.gTensor)),
    DIPOLE_SCALE_MEV_A3,
  );
}

function separation(model: SpinModel, i: number, j: number, cell: Vec3): Vec3 {
  const { sites, lattice } = model;
  const d = sites[j]!.position.map((v, a) => v - sites[i]!.position[a]! + cell[a]!);
  return matVec(transpose(lattice.vectors), d as unknown as Vec3);
}

/** Cells to go along each axis to be sure of every point within `radius`. */
function cellReach(reciprocal: Mat3, radius: number): [number, number, number] {
  return [0, 1, 2].map((a) => {
    const b = Math.hypot(reciprocal[3 * a]!, reciprocal[3 * a + 1]!, reciprocal[3 * a + 2]!);
    return Math.ceil((radius * b) / (2 * Math.PI));
  }) as [number, number, number];
}

/**
 * Ewald sums K_ij(q) = scale g_i^T [sum over n of D(n + r_j - r_i) exp(2 pi i q.n)] g_j, exact to
 * rounding. At q = 0 (a reciprocal lattice vector) the macroscopic term is 4 pi N / V with the
 * demagnetisation tensor N. (Real part: erfc-screened dipoles; reciprocal part:
 * 4 pi / V sum over k = q + G of k k^T / k^2 exp(-k^2 / 4 alpha^2) exp(-i k.(r_j - r_i)).)
 */
export class EwaldSum {
  readonly #model: SpinModel;
  readonly #alpha: number;
  readonly #realReach: readonly number[];
  readonly #reciprocalReach: readonly number[];
  readonly #realCut: number;
  readonly #reciprocalCut: number;

  constructor(model: SpinModel) {
    this.#model = model;
    const { lattice } = model;
    this.#alpha = Math.sqrt(Math.PI) / Math.cbrt(lattice.volume);
    // exp(-6.2^2) = 2e-17
    this.#realCut = 6.2 / this.#alpha;
    this.#reciprocalCut = 2 * this.#alpha * 6.2;
    this.#realReach = cellReach(lattice.reciprocal, this.#realCut).map((v) => v + 1);
    this.#reciprocalReach = cellReach(lattice.vectors, this.#reciprocalCut).map((v) => v + 1);
  }

  /** K_ij(q), nine real and nine imaginary parts; q in r.l.u. of the magnetic cell. */
  tensor(i: number, j: number, q: Vec3): { re: Mat3; im: Mat3 } {
    const model = this.#model;
    const { lattice, dipole } = model;
    const re = new Float64Array(9);
    const im = new Float64Array(9);
    const alpha = this.#alpha;
    const [nx, ny, nz] = this.#realReach as [number, number, number];
    for (let x = -nx; x <= nx; x++)
      for (let y = -ny; y <= ny; y++)
        for (let z = -nz; z <= nz; z++) {
          const r = separation(model, i, j, [x, y, z]);
          const d = Math.hypot(...r);
          if (d > this.#realCut || d < 1e-9) continue;
          const gauss = ((2 * alpha) / Math.sqrt(Math.PI)) * Math.exp(-((alpha * d) ** 2));
          const b = erfc(alpha * d) / d ** 3 + gauss / d ** 2;
          const c = (3 * b) / d ** 2 + (2 * alpha ** 2 * gauss) / d ** 2;
          const angle = 2 * Math.PI * (q[0] * x + q[1] * y + q[2] * z);
          addTensor(re, im, r, b, -c, Math.cos(angle), Math.sin(angle));
        }
    const [gx, gy, gz] = this.#reciprocalReach as [number, number, number];
    const q0 = q.map((v) => v - Math.round(v));
    const f = (4 * Math.PI) / lattice.volume;
    const offset = separation(model, i, j, [0, 0, 0]);
    for (let x = -gx; x <= gx; x++)
      for (let y = -gy; y <= gy; y++)
        for (let z = -gz; z <= gz; z++) {
          const h: Vec3 = [q0[0]! + x, q0[1]! + y, q0[2]! + z];
          const k = matVec(transpose(lattice.reciprocal), h);
          const k2 = k[0] ** 2 + k[1] ** 2 + k[2] ** 2;
          if (k2 < 1e-18) {
            const n = dipole?.demagnetisation;
            if (n) for (let a = 0; a < 9; a++) re[a] = re[a]! + f * n[a]!;
            continue;
          }
          if (k2 > this.#reciprocalCut ** 2) continue;
          const angle = -(k[0] * offset[0] + k[1] * offset[1] + k[2] * offset[2]);
          const weight = (f / k2) * Math.exp(-k2 / (4 * alpha ** 2));
          addTensor(re, im, k, 0, weight, Math.cos(angle), Math.sin(angle));
        }
    if (i === j) {
      const self = (4 * alpha ** 3) / (3 * Math.sqrt(Math.PI));
      for (let a = 0; a < 9; a += 4) re[a] = re[a]! - self;
    }
    return {
      re: between(model, i, j, [...re] as unknown as Mat3),
      im: between(model, i, j, [...im] as unknown as Mat3),
    };
  }
}

/** (diagonal 1 + outer r r^T) (c + i s) added to a complex tensor. */
function addTensor(
  re: Float64Array,
  im: Float64Array,
  r: readonly number[],
  diagonal: number,
  outer: number,
  c: number,
  s: number,
): void {
  for (let a = 0; a < 3; a++)
    for (let b = 0; b < 3; b++) {
      const v = (a === b ? diagonal : 0) + outer * r[a]! * r[b]!;
      re[3 * a + b] = re[3 * a + b]! + v * c;
      im[3 * a + b] = im[3 * a + b]! + v * s;
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
