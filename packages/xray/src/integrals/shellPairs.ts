import type { MolecularBasis, Shell } from '../basis/basis.js';

/** What a pair of shells is made of: s s; sp s (the sp shell first); sp sp. */
export const SS = 0;
export const LS = 1;
export const LL = 2;

/** Number of Hermite Gaussians a pair of this kind expands in: 1; x, y, z; xx, yy, zz, xy, xz, yz. */
export const hermites = [1, 4, 10] as const;
/** Number of function products of a pair of this kind. */
export const products = [1, 4, 16] as const;

/** Primitive pairs whose weights are all below this are left out. */
const negligible = 1e-15;
/** sqrt(2) pi^(5/4): two of them, over p q, make the prefactor of a repulsion integral. */
export const repulsionFactor = Math.SQRT2 * Math.PI ** 1.25;

/**
 * All pairs of shells of a molecule and their Gaussian products, in flat arrays, so that the integral
 * loops allocate nothing. Made once a molecule; `update` refills it for new positions.
 *
 * A primitive pair with exponents a, b has p = a + b, its centre P, half = 1/2p and four weights
 * (coefficients times exp(-ab/p AB^2) times sqrt(2) pi^(5/4) / p): for the products s s, p s, s p and
 * p p. Products of functions, with the Hermite Gaussian L_t at P: s s = L_0; (x - A_x) L_t = half
 * L_{t+1} + (P - A)_x L_t + t L_{t-1}.
 */
export class ShellPairs {
  readonly count: number;
  readonly kind: Uint8Array;
  /** `[count]`: shell indices; in a pair of kind LS the first is the sp shell. */
  readonly first: Int32Array;
  readonly second: Int32Array;
  /** `[count]`: where the primitive pairs of a pair start, and behind the last one in use. */
  readonly start: Int32Array;
  readonly end: Int32Array;
  /** `[count, 16]`: index of the pair of functions (a >= b: a (a + 1) / 2 + b), -1 for none. */
  readonly functionPair: Int32Array;
  /** Of each primitive pair: exponents, their sum, the centre. */
  readonly ea: Float64Array;
  readonly eb: Float64Array;
  readonly p: Float64Array;
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly z: Float64Array;
  readonly half: Float64Array;
  /** P - A and P - B. */
  readonly ax: Float64Array;
  readonly ay: Float64Array;
  readonly az: Float64Array;
  readonly bx: Float64Array;
  readonly by: Float64Array;
  readonly bz: Float64Array;
  readonly wss: Float64Array;
  readonly wps: Float64Array;
  readonly wsp: Float64Array;
  readonly wpp: Float64Array;

  constructor(readonly basis: MolecularBasis) {
    const { shells } = basis;
    const n = shells.length;
    this.count = (n * (n + 1)) / 2;
    this.kind = new Uint8Array(this.count);
    this.first = new Int32Array(this.count);
    this.second = new Int32Array(this.count);
    this.start = new Int32Array(this.count);
    this.end = new Int32Array(this.count);
    this.functionPair = new Int32Array(16 * this.count).fill(-1);
    let at = 0;
    let total = 0;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) {
        const swap = shells[j]!.hasP && !shells[i]!.hasP;
        const a = shells[swap ? j : i]!;
        const b = shells[swap ? i : j]!;
        this.first[at] = swap ? j : i;
        this.second[at] = swap ? i : j;
        this.kind[at] = a.hasP ? (b.hasP ? LL : LS) : SS;
        this.start[at] = total;
        total += a.exponents.length * b.exponents.length;
        this.indexFunctions(at, a, b);
        at++;
      }
    }
    const array = () => new Float64Array(total);
    this.ea = array();
    this.eb = array();
    this.p = array();
    this.x = array();
    this.y = array();
    this.z = array();
    this.half = array();
    this.ax = array();
    this.ay = array();
    this.az = array();
    this.bx = array();
    this.by = array();
    this.bz = array();
    this.wss = array();
    this.wps = array();
    this.wsp = array();
    this.wpp = array();
  }

  private indexFunctions(at: number, a: Shell, b: Shell): void {
    const nb = b.hasP ? 4 : 1;
    const na = a.hasP ? 4 : 1;
    for (let k = 0; k < na; k++) {
      for (let l = 0; l < nb; l++) {
        const f = a.functions[k]!;
        const g = b.functions[l]!;
        if (f < 0 || g < 0) continue;
        const high = Math.max(f, g);
        this.functionPair[16 * at + k * nb + l] = (high * (high + 1)) / 2 + Math.min(f, g);
      }
    }
  }

  /** Fills the primitive pairs for these positions `[atoms, 3]`, bohr. */
  update(positions: Float64Array): void {
    const { shells } = this.basis;
    for (let ij = 0; ij < this.count; ij++) {
      const i = this.first[ij]!;
      const j = this.second[ij]!;
      const a = shells[i]!;
      const b = shells[j]!;
      const A = 3 * a.atom;
      const B = 3 * b.atom;
      const dx = positions[A]! - positions[B]!;
      const dy = positions[A + 1]! - positions[B + 1]!;
      const dz = positions[A + 2]! - positions[B + 2]!;
      const r2 = dx * dx + dy * dy + dz * dz;
      let k = this.start[ij]!;
      for (let m = 0; m < a.exponents.length; m++) {
        const ea = a.exponents[m]!;
        // Of a shell with itself, each unordered pair of primitives once, with both orders' weight.
        const stop = i === j ? m + 1 : b.exponents.length;
        for (let l = 0; l < stop; l++) {
          const eb = b.exponents[l]!;
          const p = ea + eb;
          const both = i === j && l < m;
          const f = (repulsionFactor / p) * Math.exp(((-ea * eb) / p) * r2);
          let ss = a.s[m]! * b.s[l]! * f;
          let ps = a.p[m]! * b.s[l]! * f;
          let sp = a.s[m]! * b.p[l]! * f;
          let pp = a.p[m]! * b.p[l]! * f;
          if (both) {
            const sum = ps + sp;
            ss *= 2;
            ps = sum;
            sp = sum;
            pp *= 2;
          }
          const size = Math.abs(ss) + Math.abs(ps) + Math.abs(sp) + Math.abs(pp);
          if (size < negligible) continue;
          const ta = ea / p;
          const tb = eb / p;
          this.ea[k] = ea;
          this.eb[k] = eb;
          this.p[k] = p;
          this.half[k] = 0.5 / p;
          this.x[k] = ta * positions[A]! + tb * positions[B]!;
          this.y[k] = ta * positions[A + 1]! + tb * positions[B + 1]!;
          this.z[k] = ta * positions[A + 2]! + tb * positions[B + 2]!;
          this.ax[k] = -tb * dx;
          this.ay[k] = -tb * dy;
          this.az[k] = -tb * dz;
          this.bx[k] = ta * dx;
          this.by[k] = ta * dy;
          this.bz[k] = ta * dz;
          this.wss[k] = ss;
          this.wps[k] = ps;
          this.wsp[k] = sp;
          this.wpp[k] = pp;
          k++;
        }
      }
      this.end[ij] = k;
    }
  }
}
