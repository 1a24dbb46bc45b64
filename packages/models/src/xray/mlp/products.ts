/**
 * Matrix products of Float64Arrays, row-major, in register tiles of 4 x 4: on nets of tens of units
 * this is faster than calling a tensor library (docs/adr/0016), and it is exact to double precision.
 * `add` keeps what is in `c`.
 */

/** c `[m, n]` = a `[m, k]` b `[k, n]` */
export function product(
  a: Float64Array,
  b: Float64Array,
  c: Float64Array,
  m: number,
  k: number,
  n: number,
): void {
  tiles(a, k, 1, b, n, 1, c, m, k, n);
}

/** c `[k, n]` = a^T b of a `[m, k]`, b `[m, n]` */
export function productTransposedA(
  a: Float64Array,
  b: Float64Array,
  c: Float64Array,
  m: number,
  k: number,
  n: number,
): void {
  tiles(a, 1, k, b, n, 1, c, k, m, n);
}

/** c `[m, k]` = a b^T of a `[m, n]`, b `[k, n]` */
export function productTransposedB(
  a: Float64Array,
  b: Float64Array,
  c: Float64Array,
  m: number,
  n: number,
  k: number,
): void {
  tiles(a, n, 1, b, 1, n, c, m, n, k);
}

/** c[i, j] = sum_p a[i * ai + p * ap] b[p * bp + j * bj] */
function tiles(
  a: Float64Array,
  ai: number,
  ap: number,
  b: Float64Array,
  bp: number,
  bj: number,
  c: Float64Array,
  m: number,
  k: number,
  n: number,
): void {
  const m4 = m - (m % 4);
  const n4 = n - (n % 4);
  const bj2 = 2 * bj;
  const bj3 = 3 * bj;
  for (let i = 0; i < m4; i += 4) {
    for (let j = 0; j < n4; j += 4) {
      let c00 = 0,
        c01 = 0,
        c02 = 0,
        c03 = 0;
      let c10 = 0,
        c11 = 0,
        c12 = 0,
        c13 = 0;
      let c20 = 0,
        c21 = 0,
        c22 = 0,
        c23 = 0;
      let c30 = 0,
        c31 = 0,
        c32 = 0,
        c33 = 0;
      let p0 = i * ai;
      let p1 = p0 + ai;
      let p2 = p1 + ai;
      let p3 = p2 + ai;
      let q = j * bj;
      for (let p = 0; p < k; p++) {
        const b0 = b[q];
        const b1 = b[q + bj];
        const b2 = b[q + bj2];
        const b3 = b[q + bj3];
        let x = a[p0];
        c00 += x * b0;
        c01 += x * b1;
        c02 += x * b2;
        c03 += x * b3;
        x = a[p1];
        c10 += x * b0;
        c11 += x * b1;
        c12 += x * b2;
        c13 += x * b3;
        x = a[p2];
        c20 += x * b0;
        c21 += x * b1;
        c22 += x * b2;
        c23 += x * b3;
        x = a[p3];
        c30 += x * b0;
        c31 += x * b1;
        c32 += x * b2;
        c33 += x * b3;
        p0 += ap;
        p1 += ap;
        p2 += ap;
        p3 += ap;
        q += bp;
      }
      let o = i * n + j;
      c[o] = c00;
      c[o + 1] = c01;
      c[o + 2] = c02;
      c[o + 3] = c03;
      o += n;
      c[o] = c10;
      c[o + 1] = c11;
      c[o + 2] = c12;
      c[o + 3] = c13;
      o += n;
      c[o] = c20;
      c[o + 1] = c21;
      c[o + 2] = c22;
      c[o + 3] = c23;
      o += n;
      c[o] = c30;
      c[o + 1] = c31;
      c[o + 2] = c32;
      c[o + 3] = c33;
    }
  }
  if (n4 < n) rest(a, ai, ap, b, bp, bj, c, 0, m, n4, n, k, n);
  if (m4 < m) rest(a, ai, ap, b, bp, bj, c, m4, m, 0, n4, k, n);
}

function rest(
  a: Float64Array,
  ai: number,
  ap: number,
  b: Float64Array,
  bp: number,
  bj: number,
  c: Float64Array,
  fromRow: number,
  toRow: number,
  fromColumn: number,
  toColumn: number,
  k: number,
  n: number,
): void {
  for (let i = fromRow; i < toRow; i++) {
    for (let j = fromColumn; j < toColumn; j++) {
      let sum = 0;
      for (let p = 0; p < k; p++) sum += a[i * ai + p * ap] * b[p * bp + j * bj];
      c[i * n + j] = sum;
    }
  }
}
