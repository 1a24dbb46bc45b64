/**
 * Sums of outer products, the inner loop of a filter gradient and of A^T B.
 *
 *   c[i, j] += sum_t a[t * aStep + i] * b[t * cols + j]      i < rows, j < cols, t < terms
 *
 * `aStep` is in floats and may be smaller than `rows`: the sliding windows of a convolution
 * overlap. Blocks of 4 x 8 results stay in registers over the whole sum. All pointers are byte
 * offsets into the memory of the tensor backend; nothing here allocates.
 */

function splat(p: usize): v128 {
  return v128.load32_splat(p);
}

function fma(acc: v128, a: v128, b: v128): v128 {
  return f32x4.add(acc, f32x4.mul(a, b));
}

function accumulate(p: usize, v: v128): void {
  v128.store(p, f32x4.add(v128.load(p), v));
}

function block4x8(
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  terms: i32,
  c: usize,
  cStep: usize,
): void {
  let c00 = f32x4.splat(0),
    c01 = f32x4.splat(0),
    c10 = f32x4.splat(0),
    c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0),
    c21 = f32x4.splat(0),
    c30 = f32x4.splat(0),
    c31 = f32x4.splat(0);
  for (let t = 0; t < terms; t++) {
    const b0 = v128.load(b),
      b1 = v128.load(b, 16);
    let s = splat(a);
    c00 = fma(c00, s, b0);
    c01 = fma(c01, s, b1);
    s = v128.load32_splat(a, 4);
    c10 = fma(c10, s, b0);
    c11 = fma(c11, s, b1);
    s = v128.load32_splat(a, 8);
    c20 = fma(c20, s, b0);
    c21 = fma(c21, s, b1);
    s = v128.load32_splat(a, 12);
    c30 = fma(c30, s, b0);
    c31 = fma(c31, s, b1);
    a += aStep;
    b += bStep;
  }
  accumulate(c, c00);
  accumulate(c + 16, c01);
  c += cStep;
  accumulate(c, c10);
  accumulate(c + 16, c11);
  c += cStep;
  accumulate(c, c20);
  accumulate(c + 16, c21);
  c += cStep;
  accumulate(c, c30);
  accumulate(c + 16, c31);
}

function block1x8(a: usize, aStep: usize, b: usize, bStep: usize, terms: i32, c: usize): void {
  let c0 = f32x4.splat(0),
    c1 = f32x4.splat(0);
  for (let t = 0; t < terms; t++) {
    const s = splat(a);
    c0 = fma(c0, s, v128.load(b));
    c1 = fma(c1, s, v128.load(b, 16));
    a += aStep;
    b += bStep;
  }
  accumulate(c, c0);
  accumulate(c + 16, c1);
}

function block4x4(
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  terms: i32,
  c: usize,
  cStep: usize,
): void {
  let c0 = f32x4.splat(0),
    c1 = f32x4.splat(0),
    c2 = f32x4.splat(0),
    c3 = f32x4.splat(0);
  for (let t = 0; t < terms; t++) {
    const b0 = v128.load(b);
    c0 = fma(c0, splat(a), b0);
    c1 = fma(c1, v128.load32_splat(a, 4), b0);
    c2 = fma(c2, v128.load32_splat(a, 8), b0);
    c3 = fma(c3, v128.load32_splat(a, 12), b0);
    a += aStep;
    b += bStep;
  }
  accumulate(c, c0);
  accumulate(c + cStep, c1);
  accumulate(c + 2 * cStep, c2);
  accumulate(c + 3 * cStep, c3);
}

function block1x4(a: usize, aStep: usize, b: usize, bStep: usize, terms: i32, c: usize): void {
  let c0 = f32x4.splat(0);
  for (let t = 0; t < terms; t++) {
    c0 = fma(c0, splat(a), v128.load(b));
    a += aStep;
    b += bStep;
  }
  accumulate(c, c0);
}

/** One column of results: vectors run over four rows of `a` instead. */
function block4x1(
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  terms: i32,
  c: usize,
  cStep: usize,
): void {
  let sum = f32x4.splat(0);
  for (let t = 0; t < terms; t++) {
    sum = fma(sum, v128.load(a), splat(b));
    a += aStep;
    b += bStep;
  }
  store<f32>(c, load<f32>(c) + f32x4.extract_lane(sum, 0));
  store<f32>(c + cStep, load<f32>(c + cStep) + f32x4.extract_lane(sum, 1));
  store<f32>(c + 2 * cStep, load<f32>(c + 2 * cStep) + f32x4.extract_lane(sum, 2));
  store<f32>(c + 3 * cStep, load<f32>(c + 3 * cStep) + f32x4.extract_lane(sum, 3));
}

function block1x1(a: usize, aStep: usize, b: usize, bStep: usize, terms: i32, c: usize): void {
  let sum: f32 = 0;
  for (let t = 0; t < terms; t++) {
    sum += load<f32>(a) * load<f32>(b);
    a += aStep;
    b += bStep;
  }
  store<f32>(c, load<f32>(c) + sum);
}

/** c[rows, cols] += sum over `terms` of a-row (outer) b-row. Steps in floats. */
export function outerProducts(
  a: usize,
  aStep: i32,
  b: usize,
  bStep: i32,
  c: usize,
  rows: i32,
  cols: i32,
  terms: i32,
): void {
  const as: usize = (<usize>aStep) << 2,
    bs: usize = (<usize>bStep) << 2,
    cs: usize = (<usize>cols) << 2;
  let j = 0;
  for (; j + 8 <= cols; j += 8) {
    const bj = b + ((<usize>j) << 2),
      cj = c + ((<usize>j) << 2);
    let i = 0;
    for (; i + 4 <= rows; i += 4)
      block4x8(a + ((<usize>i) << 2), as, bj, bs, terms, cj + <usize>i * cs, cs);
    for (; i < rows; i++) block1x8(a + ((<usize>i) << 2), as, bj, bs, terms, cj + <usize>i * cs);
  }
  for (; j + 4 <= cols; j += 4) {
    const bj = b + ((<usize>j) << 2),
      cj = c + ((<usize>j) << 2);
    let i = 0;
    for (; i + 4 <= rows; i += 4)
      block4x4(a + ((<usize>i) << 2), as, bj, bs, terms, cj + <usize>i * cs, cs);
    for (; i < rows; i++) block1x4(a + ((<usize>i) << 2), as, bj, bs, terms, cj + <usize>i * cs);
  }
  for (; j < cols; j++) {
    const bj = b + ((<usize>j) << 2),
      cj = c + ((<usize>j) << 2);
    let i = 0;
    for (; i + 4 <= rows; i += 4)
      block4x1(a + ((<usize>i) << 2), as, bj, bs, terms, cj + <usize>i * cs, cs);
    for (; i < rows; i++) block1x1(a + ((<usize>i) << 2), as, bj, bs, terms, cj + <usize>i * cs);
  }
}

/**
 * Gradient of a valid convolution with respect to its filter (cleared first):
 *
 *   dw[ky, kx, ci, co] = sum_{n, oy, ox} x[n, oy*sy + ky*dy, ox*sx + kx*dx, ci] * g[n, oy, ox, co]
 *
 * x is [batch, inH, inW, inC] (already padded), g [batch, outH, outW, outC]. Summed row of pixels
 * by row of pixels, so that a long sum in single precision is a sum of short ones.
 */
export function convFilterGradient(
  x: usize,
  g: usize,
  dw: usize,
  batch: i32,
  inH: i32,
  inW: i32,
  inC: i32,
  outH: i32,
  outW: i32,
  outC: i32,
  kH: i32,
  kW: i32,
  strideH: i32,
  strideW: i32,
  dilationH: i32,
  dilationW: i32,
): void {
  memory.fill(dw, 0, (<usize>(kH * kW * inC * outC)) << 2);
  const filterRow: usize = (<usize>(kW * inC * outC)) << 2;
  const fused = dilationW == 1;
  for (let n = 0; n < batch; n++) {
    for (let oy = 0; oy < outH; oy++) {
      const gRow = g + ((<usize>(n * outH + oy) * <usize>(outW * outC)) << 2);
      for (let ky = 0; ky < kH; ky++) {
        const iy = oy * strideH + ky * dilationH;
        const xRow = x + ((<usize>(n * inH + iy) * <usize>(inW * inC)) << 2);
        const target = dw + <usize>ky * filterRow;
        if (fused) {
          outerProducts(xRow, strideW * inC, gRow, outC, target, kW * inC, outC, outW);
        } else {
          for (let kx = 0; kx < kW; kx++) {
            outerProducts(
              xRow + ((<usize>(kx * dilationW * inC)) << 2),
              strideW * inC,
              gRow,
              outC,
              target + ((<usize>(kx * inC * outC)) << 2),
              inC,
              outC,
              outW,
            );
          }
        }
      }
    }
  }
}

/** c[m, n] = a^T b with a [k, m] and b [k, n], in chunks of 256 terms. */
export function matMulTransposedA(a: usize, b: usize, c: usize, m: i32, n: i32, k: i32): void {
  memory.fill(c, 0, (<usize>m * <usize>n) << 2);
  for (let t = 0; t < k; t += 256) {
    const terms = min(256, k - t);
    outerProducts(
      a + ((<usize>t * <usize>m) << 2),
      m,
      b + ((<usize>t * <usize>n) << 2),
      n,
      c,
      m,
      n,
      terms,
    );
  }
}

function rows4x8(
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  terms: i32,
  c: usize,
  cStep: usize,
): void {
  const a1 = a + aStep,
    a2 = a1 + aStep,
    a3 = a2 + aStep;
  let c00 = f32x4.splat(0),
    c01 = f32x4.splat(0),
    c10 = f32x4.splat(0),
    c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0),
    c21 = f32x4.splat(0),
    c30 = f32x4.splat(0),
    c31 = f32x4.splat(0);
  for (let t = 0; t < terms; t++) {
    const o = (<usize>t) << 2;
    const b0 = v128.load(b),
      b1 = v128.load(b, 16);
    let s = splat(a + o);
    c00 = fma(c00, s, b0);
    c01 = fma(c01, s, b1);
    s = splat(a1 + o);
    c10 = fma(c10, s, b0);
    c11 = fma(c11, s, b1);
    s = splat(a2 + o);
    c20 = fma(c20, s, b0);
    c21 = fma(c21, s, b1);
    s = splat(a3 + o);
    c30 = fma(c30, s, b0);
    c31 = fma(c31, s, b1);
    b += bStep;
  }
  accumulate(c, c00);
  accumulate(c + 16, c01);
  c += cStep;
  accumulate(c, c10);
  accumulate(c + 16, c11);
  c += cStep;
  accumulate(c, c20);
  accumulate(c + 16, c21);
  c += cStep;
  accumulate(c, c30);
  accumulate(c + 16, c31);
}

/**
 * c[m, n] = a b with a [m, k] and b [k, n], for n a multiple of 8: a weight matrix that is used
 * once is read as it lies, never packed. Chunks of 256 terms keep the strip of b in the cache.
 */
export function matMul(a: usize, b: usize, c: usize, m: i32, n: i32, k: i32): void {
  memory.fill(c, 0, (<usize>m * <usize>n) << 2);
  const as: usize = (<usize>k) << 2,
    bs: usize = (<usize>n) << 2;
  for (let t = 0; t < k; t += 256) {
    const terms = min(256, k - t);
    for (let j = 0; j < n; j += 8) {
      const bj = b + <usize>t * bs + ((<usize>j) << 2);
      const cj = c + ((<usize>j) << 2);
      let i = 0;
      for (; i + 4 <= m; i += 4) {
        rows4x8(a + <usize>i * as + ((<usize>t) << 2), as, bj, bs, terms, cj + <usize>i * bs, bs);
      }
      for (; i < m; i++) {
        block1x8(a + <usize>i * as + ((<usize>t) << 2), 4, bj, bs, terms, cj + <usize>i * bs);
      }
    }
  }
}
