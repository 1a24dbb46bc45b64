/**
 * c[i, j] = sum_t a[i, t] * b[j, t]: A B^T, both read along their rows. Blocks of 2 x 4 results,
 * four terms at a time; the four lanes are added last.
 */

function lanes(v: v128): f32 {
  return (
    f32x4.extract_lane(v, 0) +
    f32x4.extract_lane(v, 1) +
    (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3))
  );
}

function fma(acc: v128, a: v128, b: v128): v128 {
  return f32x4.add(acc, f32x4.mul(a, b));
}

function dot(a: usize, b: usize, k: i32): f32 {
  let sum = f32x4.splat(0);
  let t = 0;
  for (; t + 4 <= k; t += 4) {
    const o = (<usize>t) << 2;
    sum = fma(sum, v128.load(a + o), v128.load(b + o));
  }
  let s = lanes(sum);
  for (; t < k; t++) {
    const o = (<usize>t) << 2;
    s += load<f32>(a + o) * load<f32>(b + o);
  }
  return s;
}

function block2x4(a: usize, b: usize, c: usize, k: i32, cStep: usize): void {
  const step: usize = (<usize>k) << 2;
  const a1 = a + step,
    b1 = b + step,
    b2 = b1 + step,
    b3 = b2 + step;
  let c00 = f32x4.splat(0),
    c01 = f32x4.splat(0),
    c02 = f32x4.splat(0),
    c03 = f32x4.splat(0);
  let c10 = f32x4.splat(0),
    c11 = f32x4.splat(0),
    c12 = f32x4.splat(0),
    c13 = f32x4.splat(0);
  let t = 0;
  for (; t + 4 <= k; t += 4) {
    const o = (<usize>t) << 2;
    const x = v128.load(a + o),
      y = v128.load(a1 + o);
    let v = v128.load(b + o);
    c00 = fma(c00, x, v);
    c10 = fma(c10, y, v);
    v = v128.load(b1 + o);
    c01 = fma(c01, x, v);
    c11 = fma(c11, y, v);
    v = v128.load(b2 + o);
    c02 = fma(c02, x, v);
    c12 = fma(c12, y, v);
    v = v128.load(b3 + o);
    c03 = fma(c03, x, v);
    c13 = fma(c13, y, v);
  }
  let s00 = lanes(c00),
    s01 = lanes(c01),
    s02 = lanes(c02),
    s03 = lanes(c03);
  let s10 = lanes(c10),
    s11 = lanes(c11),
    s12 = lanes(c12),
    s13 = lanes(c13);
  for (; t < k; t++) {
    const o = (<usize>t) << 2;
    const x = load<f32>(a + o),
      y = load<f32>(a1 + o);
    s00 += x * load<f32>(b + o);
    s01 += x * load<f32>(b1 + o);
    s02 += x * load<f32>(b2 + o);
    s03 += x * load<f32>(b3 + o);
    s10 += y * load<f32>(b + o);
    s11 += y * load<f32>(b1 + o);
    s12 += y * load<f32>(b2 + o);
    s13 += y * load<f32>(b3 + o);
  }
  store<f32>(c, s00);
  store<f32>(c + 4, s01);
  store<f32>(c + 8, s02);
  store<f32>(c + 12, s03);
  c += cStep;
  store<f32>(c, s10);
  store<f32>(c + 4, s11);
  store<f32>(c + 8, s12);
  store<f32>(c + 12, s13);
}

/** c[m, n] = a b^T with a [m, k] and b [n, k]; four rows of b meet every row of a in turn. */
export function matMulTransposedB(a: usize, b: usize, c: usize, m: i32, n: i32, k: i32): void {
  const step: usize = (<usize>k) << 2,
    cs: usize = (<usize>n) << 2;
  let j = 0;
  for (; j + 4 <= n; j += 4) {
    const bj = b + <usize>j * step,
      cj = c + ((<usize>j) << 2);
    let i = 0;
    for (; i + 2 <= m; i += 2) block2x4(a + <usize>i * step, bj, cj + <usize>i * cs, k, cs);
    for (; i < m; i++) {
      for (let l = 0; l < 4; l++) {
        store<f32>(
          cj + <usize>i * cs + ((<usize>l) << 2),
          dot(a + <usize>i * step, bj + <usize>l * step, k),
        );
      }
    }
  }
  for (; j < n; j++) {
    for (let i = 0; i < m; i++) {
      store<f32>(
        c + <usize>i * cs + ((<usize>j) << 2),
        dot(a + <usize>i * step, b + <usize>j * step, k),
      );
    }
  }
}
