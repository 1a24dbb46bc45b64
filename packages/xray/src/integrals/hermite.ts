import { hermites } from './shellPairs.js';
import type { ShellPairs } from './shellPairs.js';

/**
 * Order of the Hermite indices (t, u, v) in all arrays here: by degree; inside a degree pure powers
 * first (x, y, z), so that 0, x, y, z, xx, yy, zz, xy, xz, yz are the ten of degree two and below.
 */
const hermiteOrder: ReadonlyArray<readonly [number, number, number]> = [
  [0, 0, 0],
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
  [2, 0, 0],
  [0, 2, 0],
  [0, 0, 2],
  [1, 1, 0],
  [1, 0, 1],
  [0, 1, 1],
  [3, 0, 0],
  [0, 3, 0],
  [0, 0, 3],
  [2, 1, 0],
  [2, 0, 1],
  [1, 2, 0],
  [0, 2, 1],
  [1, 0, 2],
  [0, 1, 2],
  [1, 1, 1],
  [4, 0, 0],
  [0, 4, 0],
  [0, 0, 4],
  [3, 1, 0],
  [3, 0, 1],
  [1, 3, 0],
  [0, 3, 1],
  [1, 0, 3],
  [0, 1, 3],
  [2, 2, 0],
  [2, 0, 2],
  [0, 2, 2],
  [2, 1, 1],
  [1, 2, 1],
  [1, 1, 2],
];

const position = new Map(hermiteOrder.map((h, i) => [h.join(), i]));

/** `[10, 10]`: where the sum of two Hermite indices of degree two or below is found. */
export const hermiteSum: Int32Array = Int32Array.from({ length: 100 }, (_, i) => {
  const a = hermiteOrder[Math.floor(i / 10)]!;
  const b = hermiteOrder[i % 10]!;
  return position.get([a[0] + b[0], a[1] + b[1], a[2] + b[2]].join())!;
});

/**
 * Hermite Coulomb integrals R_tuv of degree 0 .. `degree` (at most 4), written out (McMurchie and
 * Davidson, J. Comput. Phys. 26, 218 (1978)).
 * @param f `[degree + 1]`: (-2 alpha)^n F_n(alpha |P - C|^2) times any factor
 * @param r `[35]`, in `hermiteOrder`
 */
export function hermiteCoulomb(
  degree: number,
  f: Float64Array,
  x: number,
  y: number,
  z: number,
  r: Float64Array,
): void {
  r[0] = f[0]!;
  if (degree === 0) return;
  const r1 = f[1]!;
  r[1] = x * r1;
  r[2] = y * r1;
  r[3] = z * r1;
  if (degree === 1) return;
  const r2 = f[2]!;
  const xx = x * x;
  const yy = y * y;
  const zz = z * z;
  const xy = x * y;
  const xz = x * z;
  const yz = y * z;
  r[4] = r1 + xx * r2;
  r[5] = r1 + yy * r2;
  r[6] = r1 + zz * r2;
  r[7] = xy * r2;
  r[8] = xz * r2;
  r[9] = yz * r2;
  if (degree === 2) return;
  const r3 = f[3]!;
  const ax = r2 + xx * r3;
  const ay = r2 + yy * r3;
  const az = r2 + zz * r3;
  r[10] = x * (2 * r2 + ax);
  r[11] = y * (2 * r2 + ay);
  r[12] = z * (2 * r2 + az);
  r[13] = y * ax;
  r[14] = z * ax;
  r[15] = x * ay;
  r[16] = z * ay;
  r[17] = x * az;
  r[18] = y * az;
  r[19] = xy * z * r3;
  if (degree === 3) return;
  const r4 = f[4]!;
  const bx = r3 + xx * r4;
  const by = r3 + yy * r4;
  const bz = r3 + zz * r4;
  r[20] = 3 * ax + xx * (2 * r3 + bx);
  r[21] = 3 * ay + yy * (2 * r3 + by);
  r[22] = 3 * az + zz * (2 * r3 + bz);
  const cx = 2 * r3 + bx;
  const cy = 2 * r3 + by;
  const cz = 2 * r3 + bz;
  r[23] = xy * cx;
  r[24] = xz * cx;
  r[25] = xy * cy;
  r[26] = yz * cy;
  r[27] = xz * cz;
  r[28] = yz * cz;
  r[29] = ax + yy * bx;
  r[30] = ax + zz * bx;
  r[31] = ay + zz * by;
  r[32] = yz * bx;
  r[33] = xz * by;
  r[34] = xy * bz;
}

/**
 * Adds to `out` the function products of primitive pair k of kind LL from ten Hermite values:
 * `value(h) = source[base + table[tableAt + h]]`. `sign` is +1 on the bra side and -1 on the ket side
 * (there each Hermite index brings a -1). Sixteen products, `stride` apart, first factor slow.
 */
export function addProductsLL(
  pairs: ShellPairs,
  k: number,
  sign: number,
  source: Float64Array,
  table: Int32Array,
  tableAt: number,
  base: number,
  out: Float64Array,
  at: number,
  stride: number,
): void {
  const h = pairs.half[k]!;
  const d = sign * h;
  const ax = pairs.ax[k]!;
  const ay = pairs.ay[k]!;
  const az = pairs.az[k]!;
  const bx = pairs.bx[k]!;
  const by = pairs.by[k]!;
  const bz = pairs.bz[k]!;
  const v0 = source[base + table[tableAt]!]!;
  const vx = source[base + table[tableAt + 1]!]!;
  const vy = source[base + table[tableAt + 2]!]!;
  const vz = source[base + table[tableAt + 3]!]!;
  const vxx = source[base + table[tableAt + 4]!]!;
  const vyy = source[base + table[tableAt + 5]!]!;
  const vzz = source[base + table[tableAt + 6]!]!;
  const vxy = source[base + table[tableAt + 7]!]!;
  const vxz = source[base + table[tableAt + 8]!]!;
  const vyz = source[base + table[tableAt + 9]!]!;
  const ss = pairs.wss[k]!;
  const ps = pairs.wps[k]!;
  const sp = pairs.wsp[k]!;
  const pp = pairs.wpp[k]!;
  // (x - A) alone, and then times (x - B)
  const dx = d * vx;
  const dy = d * vy;
  const dz = d * vz;
  const px = ax * v0 + dx;
  const py = ay * v0 + dy;
  const pz = az * v0 + dz;
  const h0 = h * v0;
  let o = at;
  out[o] = out[o]! + ss * v0;
  o += stride;
  out[o] = out[o]! + sp * (bx * v0 + dx);
  o += stride;
  out[o] = out[o]! + sp * (by * v0 + dy);
  o += stride;
  out[o] = out[o]! + sp * (bz * v0 + dz);
  o += stride;
  out[o] = out[o]! + ps * px;
  o += stride;
  out[o] = out[o]! + pp * (bx * px + d * (ax * vx + d * vxx) + h0);
  o += stride;
  out[o] = out[o]! + pp * (by * px + d * (ax * vy + d * vxy));
  o += stride;
  out[o] = out[o]! + pp * (bz * px + d * (ax * vz + d * vxz));
  o += stride;
  out[o] = out[o]! + ps * py;
  o += stride;
  out[o] = out[o]! + pp * (bx * py + d * (ay * vx + d * vxy));
  o += stride;
  out[o] = out[o]! + pp * (by * py + d * (ay * vy + d * vyy) + h0);
  o += stride;
  out[o] = out[o]! + pp * (bz * py + d * (ay * vz + d * vyz));
  o += stride;
  out[o] = out[o]! + ps * pz;
  o += stride;
  out[o] = out[o]! + pp * (bx * pz + d * (az * vx + d * vxz));
  o += stride;
  out[o] = out[o]! + pp * (by * pz + d * (az * vy + d * vyz));
  o += stride;
  out[o] = out[o]! + pp * (bz * pz + d * (az * vz + d * vzz) + h0);
}

/** The same of kind LS: four products from four Hermite values. */
export function addProductsLS(
  pairs: ShellPairs,
  k: number,
  sign: number,
  source: Float64Array,
  table: Int32Array,
  tableAt: number,
  base: number,
  out: Float64Array,
  at: number,
  stride: number,
): void {
  const d = sign * pairs.half[k]!;
  const v0 = source[base + table[tableAt]!]!;
  const ps = pairs.wps[k]!;
  out[at] = out[at]! + pairs.wss[k]! * v0;
  const o = at + stride;
  out[o] = out[o]! + ps * (pairs.ax[k]! * v0 + d * source[base + table[tableAt + 1]!]!);
  const q = o + stride;
  out[q] = out[q]! + ps * (pairs.ay[k]! * v0 + d * source[base + table[tableAt + 2]!]!);
  const s = q + stride;
  out[s] = out[s]! + ps * (pairs.az[k]! * v0 + d * source[base + table[tableAt + 3]!]!);
}

/** `hermites` of a bra times the number of ket products: positions of one ket product's column. */
export const columnTables: readonly Int32Array[] = [1, 4, 16].map((n) =>
  Int32Array.from({ length: hermites[2] }, (_, h) => h * n),
);
