import { boys } from './boys.js';
import { addProductsLL, addProductsLS, hermiteCoulomb } from './hermite.js';
import { LL, LS, products, repulsionFactor, type ShellPairs } from './shellPairs.js';

/** One-electron integrals, each `[pairs of functions]`: element (a, b), a >= b, at a (a + 1) / 2 + b. */
export interface OneElectron {
  readonly overlap: Float64Array;
  /** Kinetic energy, hartree. */
  readonly kinetic: Float64Array;
  /** Attraction by the nuclei, hartree (negative). */
  readonly attraction: Float64Array;
  /** Position x, y, z about the origin of the coordinates, bohr. */
  readonly position: readonly [Float64Array, Float64Array, Float64Array];
}

/** Memory for the integrals of a molecule of `size` functions. */
export function makeOneElectron(size: number): OneElectron {
  const array = () => new Float64Array((size * (size + 1)) / 2);
  return {
    overlap: array(),
    kinetic: array(),
    attraction: array(),
    position: [array(), array(), array()],
  };
}

const straight = Int32Array.from({ length: 10 }, (_, i) => i);

/** Overlap, kinetic energy, attraction and position integrals of the positions last given to `pairs`. */
export class OneElectronIntegrals {
  private readonly f = new Float64Array(3);
  private readonly r = new Float64Array(35);
  private readonly v = new Float64Array(10);
  private readonly sum = new Float64Array(16);
  private readonly product = new Float64Array(16);

  constructor(private readonly pairs: ShellPairs) {}

  /** @param positions `[atoms, 3]`, bohr; the nuclei, with `charges` `[atoms]` */
  compute(positions: Float64Array, charges: ArrayLike<number>, out: OneElectron): void {
    for (let ij = 0; ij < this.pairs.count; ij++) {
      this.moment(ij, -1, out.overlap);
      for (let axis = 0; axis < 3; axis++) this.moment(ij, axis, out.position[axis]!);
      this.attraction(ij, positions, charges, out.attraction);
      this.kinetic(ij, positions, out.kinetic);
    }
  }

  /** Overlap (axis -1), or position along an axis: the integral of x L_t is P_x for t = 0, 1 for t = 1. */
  private moment(ij: number, axis: number, out: Float64Array): void {
    const { pairs, v, sum } = this;
    const centre = axis === 0 ? pairs.x : axis === 1 ? pairs.y : pairs.z;
    sum.fill(0);
    for (let k = pairs.start[ij]!; k < pairs.end[ij]!; k++) {
      const p = pairs.p[k]!;
      const c = ((Math.PI / p) ** 1.5 * p) / repulsionFactor;
      v.fill(0);
      if (axis < 0) v[0] = c;
      else {
        v[0] = c * centre[k]!;
        v[1 + axis] = c;
      }
      this.addProducts(ij, k, v);
    }
    this.scatter(ij, sum, out);
  }

  private attraction(
    ij: number,
    positions: Float64Array,
    charges: ArrayLike<number>,
    out: Float64Array,
  ): void {
    const { pairs, f, r, sum } = this;
    const degree = pairs.kind[ij]!;
    sum.fill(0);
    for (let k = pairs.start[ij]!; k < pairs.end[ij]!; k++) {
      const p = pairs.p[k]!;
      for (let c = 0; c < charges.length; c++) {
        const dx = pairs.x[k]! - positions[3 * c]!;
        const dy = pairs.y[k]! - positions[3 * c + 1]!;
        const dz = pairs.z[k]! - positions[3 * c + 2]!;
        boys(degree, p * (dx * dx + dy * dy + dz * dz), f);
        let w = (-charges[c]! * 2 * Math.PI) / repulsionFactor;
        for (let m = 0; m <= degree; m++) {
          f[m] = f[m]! * w;
          w *= -2 * p;
        }
        hermiteCoulomb(degree, f, dx, dy, dz, r);
        this.addProducts(ij, k, r);
      }
    }
    this.scatter(ij, sum, out);
  }

  /**
   * Of s functions mu (3 - 2 mu D^2) times the overlap, with mu = ab/p and D = A - B; those of p
   * functions are its derivatives, since (x - A) exp(-a r_A^2) = (1/2a) d/dA exp(-a r_A^2).
   */
  private kinetic(ij: number, positions: Float64Array, out: Float64Array): void {
    const { pairs, product, sum } = this;
    const { shells } = pairs.basis;
    const kind = pairs.kind[ij]!;
    const A = 3 * shells[pairs.first[ij]!]!.atom;
    const B = 3 * shells[pairs.second[ij]!]!.atom;
    const d = [0, 1, 2].map((i) => positions[A + i]! - positions[B + i]!);
    const u = d[0]! * d[0]! + d[1]! * d[1]! + d[2]! * d[2]!;
    const nb = kind === LL ? 4 : 1;
    sum.fill(0);
    for (let k = pairs.start[ij]!; k < pairs.end[ij]!; k++) {
      const p = pairs.p[k]!;
      const a = pairs.ea[k]!;
      const b = pairs.eb[k]!;
      const mu = (a * b) / p;
      const c = ((Math.PI / p) ** 1.5 * p) / repulsionFactor;
      const g0 = c * mu * (3 - 2 * mu * u);
      const g1 = c * mu * mu * (2 * mu * u - 5);
      const g2 = c * mu ** 3 * (7 - 2 * mu * u);
      product[0] = pairs.wss[k]! * g0;
      for (let i = 0; i < 3; i++) {
        if (kind !== 0) product[(1 + i) * nb] = (pairs.wps[k]! * d[i]! * g1) / a;
        if (kind !== LL) continue;
        product[1 + i] = (-pairs.wsp[k]! * d[i]! * g1) / b;
        for (let j = 0; j < 3; j++) {
          const second = 4 * d[i]! * d[j]! * g2 + (i === j ? 2 * g1 : 0);
          product[(1 + i) * 4 + 1 + j] = (-pairs.wpp[k]! * second) / (4 * a * b);
        }
      }
      for (let m = 0; m < products[kind]!; m++) sum[m] = sum[m]! + product[m]!;
    }
    this.scatter(ij, sum, out);
  }

  private addProducts(ij: number, k: number, v: Float64Array): void {
    const { pairs, sum } = this;
    const kind = pairs.kind[ij]!;
    if (kind === LL) addProductsLL(pairs, k, 1, v, straight, 0, 0, sum, 0, 1);
    else if (kind === LS) addProductsLS(pairs, k, 1, v, straight, 0, 0, sum, 0, 1);
    else sum[0] = sum[0]! + pairs.wss[k]! * v[0]!;
  }

  private scatter(ij: number, from: Float64Array, out: Float64Array): void {
    const { pairs } = this;
    for (let m = 0; m < products[pairs.kind[ij]!]!; m++) {
      const at = pairs.functionPair[16 * ij + m]!;
      if (at >= 0) out[at] = from[m]!;
    }
  }
}
