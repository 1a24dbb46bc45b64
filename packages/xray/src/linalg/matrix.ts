/** Dense products of row-major matrices; nothing allocates. */

/** c = a b with a `[m, k]`, b `[k, n]`, c `[m, n]`. */
export function multiply(
  a: Float64Array,
  b: Float64Array,
  c: Float64Array,
  m: number,
  k: number,
  n: number,
): void {
  for (let i = 0; i < m; i++) {
    const ci = i * n;
    for (let j = 0; j < n; j++) c[ci + j] = 0;
    for (let l = 0; l < k; l++) {
      const v = a[i * k + l]!;
      if (v === 0) continue;
      const bl = l * n;
      for (let j = 0; j < n; j++) c[ci + j] = c[ci + j]! + v * b[bl + j]!;
    }
  }
}

/** c = a^T b with a `[k, m]`, b `[k, n]`, c `[m, n]`. */
export function multiplyTransposed(
  a: Float64Array,
  b: Float64Array,
  c: Float64Array,
  m: number,
  k: number,
  n: number,
): void {
  c.fill(0, 0, m * n);
  for (let l = 0; l < k; l++) {
    const al = l * m;
    const bl = l * n;
    for (let i = 0; i < m; i++) {
      const v = a[al + i]!;
      const ci = i * n;
      for (let j = 0; j < n; j++) c[ci + j] = c[ci + j]! + v * b[bl + j]!;
    }
  }
}

/**
 * Solves a x = b by Gaussian elimination with partial pivoting, in place (a is spoilt, b becomes x).
 * @returns false where a pivot is not above `tiny` times the largest element
 */
export function solveInPlace(a: Float64Array, b: Float64Array, n: number, tiny = 1e-14): boolean {
  let largest = 0;
  for (let i = 0; i < n * n; i++) largest = Math.max(largest, Math.abs(a[i]!));
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) {
      if (Math.abs(a[i * n + k]!) > Math.abs(a[pivot * n + k]!)) pivot = i;
    }
    if (!(Math.abs(a[pivot * n + k]!) > tiny * largest)) return false;
    if (pivot !== k) {
      for (let j = 0; j < n; j++) {
        const v = a[k * n + j]!;
        a[k * n + j] = a[pivot * n + j]!;
        a[pivot * n + j] = v;
      }
      const v = b[k]!;
      b[k] = b[pivot]!;
      b[pivot] = v;
    }
    for (let i = k + 1; i < n; i++) {
      const f = a[i * n + k]! / a[k * n + k]!;
      if (f === 0) continue;
      for (let j = k; j < n; j++) a[i * n + j] = a[i * n + j]! - f * a[k * n + j]!;
      b[i] = b[i]! - f * b[k]!;
    }
  }
  for (let k = n - 1; k >= 0; k--) {
    let v = b[k]!;
    for (let j = k + 1; j < n; j++) v -= a[k * n + j]! * b[j]!;
    b[k] = v / a[k * n + k]!;
  }
  return true;
}
