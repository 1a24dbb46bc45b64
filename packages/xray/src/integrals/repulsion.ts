import { boys, boys0 } from './boys.js';
import {
  addProductsLL,
  addProductsLS,
  columnTables,
  hermiteCoulomb,
  hermiteSum,
} from './hermite.js';
import { LL, LS, products, SS, type ShellPairs } from './shellPairs.js';

/** Quartets of shells whose Schwarz bound is below this are left out, hartree. */
const negligible = 1e-13;

/** Packed position of (pq|rs), p q and r s being indices of function pairs. */
export function packed(pq: number, rs: number): number {
  return pq >= rs ? (pq * (pq + 1)) / 2 + rs : (rs * (rs + 1)) / 2 + pq;
}

/**
 * Electron repulsion integrals (pq|rs) over s and sp shells, by McMurchie and Davidson's scheme: for
 * each primitive pair of the bra the ket is contracted into Hermite integrals first, then the bra's
 * Hermite Gaussians become functions. Eightfold symmetry; Schwarz screening. One object holds the
 * scratch memory, so that nothing is allocated in a loop.
 */
export class Repulsion {
  private readonly f = new Float64Array(5);
  private readonly r = new Float64Array(35);
  private readonly hermite = new Float64Array(160);
  private readonly out = new Float64Array(256);
  private readonly bound: Float64Array;

  constructor(private readonly pairs: ShellPairs) {
    this.bound = new Float64Array(pairs.count);
  }

  /** Integrals of the positions `pairs` was last updated for, into `eri` (see `packed`). */
  compute(eri: Float64Array): void {
    const { pairs, bound, out } = this;
    for (let ij = 0; ij < pairs.count; ij++) {
      this.quartet(ij, ij);
      this.scatter(ij, ij, eri);
      const n = products[pairs.kind[ij]!]!;
      let largest = 0;
      for (let k = 0; k < n; k++) largest = Math.max(largest, Math.abs(out[k * n + k]!));
      bound[ij] = Math.sqrt(largest);
    }
    for (let ij = 0; ij < pairs.count; ij++) {
      for (let kl = 0; kl < ij; kl++) {
        // The kind with more functions is the bra: its transformation is run less often.
        const swap = pairs.kind[ij]! < pairs.kind[kl]!;
        const bra = swap ? kl : ij;
        const ket = swap ? ij : kl;
        if (bound[ij]! * bound[kl]! < negligible) {
          out.fill(0);
        } else {
          this.quartet(bra, ket);
        }
        this.scatter(bra, ket, eri);
      }
    }
  }

  private scatter(bra: number, ket: number, eri: Float64Array): void {
    const { out, pairs } = this;
    const nb = products[pairs.kind[bra]!]!;
    const nk = products[pairs.kind[ket]!]!;
    const at = pairs.functionPair;
    for (let i = 0; i < nb; i++) {
      const pq = at[16 * bra + i]!;
      if (pq < 0) continue;
      for (let k = 0; k < nk; k++) {
        const rs = at[16 * ket + k]!;
        if (rs >= 0) eri[packed(pq, rs)] = out[i * nk + k]!;
      }
    }
  }

  /** All products of a bra pair times all of a ket pair into `out` `[bra products, ket products]`. */
  private quartet(bra: number, ket: number): void {
    const bk = this.pairs.kind[bra]!;
    const kk = this.pairs.kind[ket]!;
    if (kk === SS) {
      if (bk === SS) this.ssss(bra, ket);
      else if (bk === LS) this.lsss(bra, ket);
      else this.llss(bra, ket);
    } else this.general(bra, ket, bk, kk);
  }

  private ssss(bra: number, ket: number): void {
    const { p, x, y, z, wss, start, end } = this.pairs;
    const from = start[ket]!;
    const to = end[ket]!;
    let sum = 0;
    for (let i = start[bra]!; i < end[bra]!; i++) {
      const pi = p[i]!;
      const xi = x[i]!;
      const yi = y[i]!;
      const zi = z[i]!;
      let h = 0;
      for (let k = from; k < to; k++) {
        const pk = p[k]!;
        const inverse = 1 / (pi + pk);
        const dx = xi - x[k]!;
        const dy = yi - y[k]!;
        const dz = zi - z[k]!;
        const T = pi * pk * inverse * (dx * dx + dy * dy + dz * dz);
        h += wss[k]! * Math.sqrt(inverse) * boys0(T);
      }
      sum += wss[i]! * h;
    }
    this.out[0] = sum;
  }

  private lsss(bra: number, ket: number): void {
    const { f, out } = this;
    const { p, x, y, z, wss, wps, start, end, ax, ay, az, half } = this.pairs;
    const from = start[ket]!;
    const to = end[ket]!;
    let s = 0;
    let px = 0;
    let py = 0;
    let pz = 0;
    for (let i = start[bra]!; i < end[bra]!; i++) {
      const pi = p[i]!;
      const xi = x[i]!;
      const yi = y[i]!;
      const zi = z[i]!;
      let h0 = 0;
      let hx = 0;
      let hy = 0;
      let hz = 0;
      for (let k = from; k < to; k++) {
        const pk = p[k]!;
        const inverse = 1 / (pi + pk);
        const dx = xi - x[k]!;
        const dy = yi - y[k]!;
        const dz = zi - z[k]!;
        const alpha = pi * pk * inverse;
        boys(1, alpha * (dx * dx + dy * dy + dz * dz), f);
        const w = wss[k]! * Math.sqrt(inverse);
        h0 += w * f[0]!;
        const w1 = -2 * alpha * w * f[1]!;
        hx += w1 * dx;
        hy += w1 * dy;
        hz += w1 * dz;
      }
      const h = half[i]!;
      const wp = wps[i]!;
      s += wss[i]! * h0;
      px += wp * (ax[i]! * h0 + h * hx);
      py += wp * (ay[i]! * h0 + h * hy);
      pz += wp * (az[i]! * h0 + h * hz);
    }
    out[0] = s;
    out[1] = px;
    out[2] = py;
    out[3] = pz;
  }

  private llss(bra: number, ket: number): void {
    const { f, out, hermite, pairs } = this;
    const { p, x, y, z, wss, start, end } = pairs;
    const from = start[ket]!;
    const to = end[ket]!;
    out.fill(0, 0, 16);
    for (let i = start[bra]!; i < end[bra]!; i++) {
      const pi = p[i]!;
      const xi = x[i]!;
      const yi = y[i]!;
      const zi = z[i]!;
      hermite.fill(0, 0, 10);
      for (let k = from; k < to; k++) {
        const pk = p[k]!;
        const inverse = 1 / (pi + pk);
        const dx = xi - x[k]!;
        const dy = yi - y[k]!;
        const dz = zi - z[k]!;
        const alpha = pi * pk * inverse;
        boys(2, alpha * (dx * dx + dy * dy + dz * dz), f);
        const w = wss[k]! * Math.sqrt(inverse);
        const w1 = -2 * alpha * w * f[1]!;
        const w2 = 4 * alpha * alpha * w * f[2]!;
        hermite[0] = hermite[0]! + w * f[0]!;
        hermite[1] = hermite[1]! + w1 * dx;
        hermite[2] = hermite[2]! + w1 * dy;
        hermite[3] = hermite[3]! + w1 * dz;
        hermite[4] = hermite[4]! + w1 + w2 * dx * dx;
        hermite[5] = hermite[5]! + w1 + w2 * dy * dy;
        hermite[6] = hermite[6]! + w1 + w2 * dz * dz;
        hermite[7] = hermite[7]! + w2 * dx * dy;
        hermite[8] = hermite[8]! + w2 * dx * dz;
        hermite[9] = hermite[9]! + w2 * dy * dz;
      }
      addProductsLL(pairs, i, 1, hermite, columnTables[0]!, 0, 0, out, 0, 1);
    }
  }

  private general(bra: number, ket: number, bk: number, kk: number): void {
    const { f, r, out, hermite, pairs } = this;
    const { p, x, y, z, start, end } = pairs;
    const from = start[ket]!;
    const to = end[ket]!;
    const nk = kk === LL ? 16 : 4;
    const nh = bk === LL ? 10 : 4;
    const degree = bk + kk;
    const table = columnTables[kk]!;
    out.fill(0, 0, (bk === LL ? 16 : 4) * nk);
    for (let i = start[bra]!; i < end[bra]!; i++) {
      const pi = p[i]!;
      const xi = x[i]!;
      const yi = y[i]!;
      const zi = z[i]!;
      hermite.fill(0, 0, nh * nk);
      for (let k = from; k < to; k++) {
        const pk = p[k]!;
        const inverse = 1 / (pi + pk);
        const dx = xi - x[k]!;
        const dy = yi - y[k]!;
        const dz = zi - z[k]!;
        const alpha = pi * pk * inverse;
        boys(degree, alpha * (dx * dx + dy * dy + dz * dz), f);
        let w = Math.sqrt(inverse);
        for (let m = 0; m <= degree; m++) {
          f[m] = f[m]! * w;
          w *= -2 * alpha;
        }
        hermiteCoulomb(degree, f, dx, dy, dz, r);
        if (kk === LL) {
          for (let h = 0; h < nh; h++) {
            addProductsLL(pairs, k, -1, r, hermiteSum, 10 * h, 0, hermite, h * 16, 1);
          }
        } else {
          for (let h = 0; h < nh; h++) {
            addProductsLS(pairs, k, -1, r, hermiteSum, 10 * h, 0, hermite, h * 4, 1);
          }
        }
      }
      if (bk === LL) {
        for (let c = 0; c < nk; c++) {
          addProductsLL(pairs, i, 1, hermite, table, 0, c, out, c, nk);
        }
      } else {
        for (let c = 0; c < nk; c++) {
          addProductsLS(pairs, i, 1, hermite, table, 0, c, out, c, nk);
        }
      }
    }
  }
}
