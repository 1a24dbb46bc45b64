/**
 * Eigenvalues and eigenvectors of a real symmetric matrix: Householder's tridiagonal form, then
 * implicit QL (Bowdler, Martin, Reinsch, Wilkinson, Numer. Math. 11, 293 (1968)).
 *
 * @param a `[n, n]`, row-major; only the lower triangle is read. On return column k is the
 *   eigenvector of eigenvalue k, orthonormal.
 * @param values `[n]`: eigenvalues, ascending
 * @param scratch `[n]`
 */
export function symmetricEigen(
  a: Float64Array,
  values: Float64Array,
  n: number,
  scratch: Float64Array = new Float64Array(n),
): void {
  if (n === 0) return;
  tridiagonalise(a, values, scratch, n);
  implicitQl(a, values, scratch, n);
  sortAscending(a, values, n);
}

/** a becomes the accumulated transformation, d the diagonal, e the subdiagonal (e[0] = 0). */
function tridiagonalise(a: Float64Array, d: Float64Array, e: Float64Array, n: number): void {
  for (let j = 0; j < n; j++) d[j] = a[(n - 1) * n + j]!;
  for (let i = n - 1; i > 0; i--) {
    let scale = 0;
    let h = 0;
    for (let k = 0; k < i; k++) scale += Math.abs(d[k]!);
    if (scale === 0) {
      e[i] = d[i - 1]!;
      for (let j = 0; j < i; j++) {
        d[j] = a[(i - 1) * n + j]!;
        a[i * n + j] = 0;
        a[j * n + i] = 0;
      }
    } else {
      for (let k = 0; k < i; k++) {
        const v = d[k]! / scale;
        d[k] = v;
        h += v * v;
      }
      let f = d[i - 1]!;
      let g = f > 0 ? -Math.sqrt(h) : Math.sqrt(h);
      e[i] = scale * g;
      h -= f * g;
      d[i - 1] = f - g;
      for (let j = 0; j < i; j++) e[j] = 0;
      for (let j = 0; j < i; j++) {
        f = d[j]!;
        a[j * n + i] = f;
        g = e[j]! + a[j * n + j]! * f;
        for (let k = j + 1; k < i; k++) {
          const v = a[k * n + j]!;
          g += v * d[k]!;
          e[k] = e[k]! + v * f;
        }
        e[j] = g;
      }
      f = 0;
      for (let j = 0; j < i; j++) {
        const v = e[j]! / h;
        e[j] = v;
        f += v * d[j]!;
      }
      const hh = f / (h + h);
      for (let j = 0; j < i; j++) e[j] = e[j]! - hh * d[j]!;
      for (let j = 0; j < i; j++) {
        f = d[j]!;
        g = e[j]!;
        for (let k = j; k < i; k++) a[k * n + j] = a[k * n + j]! - (f * e[k]! + g * d[k]!);
        d[j] = a[(i - 1) * n + j]!;
        a[i * n + j] = 0;
      }
    }
    d[i] = h;
  }
  for (let i = 0; i < n - 1; i++) {
    a[(n - 1) * n + i] = a[i * n + i]!;
    a[i * n + i] = 1;
    const h = d[i + 1]!;
    if (h !== 0) {
      for (let k = 0; k <= i; k++) d[k] = a[k * n + i + 1]! / h;
      for (let j = 0; j <= i; j++) {
        let g = 0;
        for (let k = 0; k <= i; k++) g += a[k * n + i + 1]! * a[k * n + j]!;
        for (let k = 0; k <= i; k++) a[k * n + j] = a[k * n + j]! - g * d[k]!;
      }
    }
    for (let k = 0; k <= i; k++) a[k * n + i + 1] = 0;
  }
  for (let j = 0; j < n; j++) {
    d[j] = a[(n - 1) * n + j]!;
    a[(n - 1) * n + j] = 0;
  }
  a[(n - 1) * n + n - 1] = 1;
  e[0] = 0;
}

function implicitQl(a: Float64Array, d: Float64Array, e: Float64Array, n: number): void {
  for (let i = 1; i < n; i++) e[i - 1] = e[i]!;
  e[n - 1] = 0;
  let shift = 0;
  let largest = 0;
  for (let l = 0; l < n; l++) {
    largest = Math.max(largest, Math.abs(d[l]!) + Math.abs(e[l]!));
    let m = l;
    while (m < n - 1 && Math.abs(e[m]!) > Number.EPSILON * largest) m++;
    if (m > l) {
      do {
        let g = d[l]!;
        let p = (d[l + 1]! - g) / (2 * e[l]!);
        let r = Math.sqrt(p * p + 1);
        if (p < 0) r = -r;
        d[l] = e[l]! / (p + r);
        d[l + 1] = e[l]! * (p + r);
        const dl1 = d[l + 1]!;
        let h = g - d[l]!;
        for (let i = l + 2; i < n; i++) d[i] = d[i]! - h;
        shift += h;
        p = d[m]!;
        let c = 1;
        let c2 = 1;
        let c3 = 1;
        const el1 = e[l + 1]!;
        let s = 0;
        let s2 = 0;
        for (let i = m - 1; i >= l; i--) {
          c3 = c2;
          c2 = c;
          s2 = s;
          g = c * e[i]!;
          h = c * p;
          r = Math.sqrt(p * p + e[i]! * e[i]!);
          e[i + 1] = s * r;
          s = e[i]! / r;
          c = p / r;
          p = c * d[i]! - s * g;
          d[i + 1] = h + s * (c * g + s * d[i]!);
          for (let k = 0, at = i; k < n; k++, at += n) {
            h = a[at + 1]!;
            const v = a[at]!;
            a[at + 1] = s * v + c * h;
            a[at] = c * v - s * h;
          }
        }
        p = (-s * s2 * c3 * el1 * e[l]!) / dl1;
        e[l] = s * p;
        d[l] = c * p;
      } while (Math.abs(e[l]!) > Number.EPSILON * largest);
    }
    d[l] = d[l]! + shift;
    e[l] = 0;
  }
}

function sortAscending(a: Float64Array, d: Float64Array, n: number): void {
  for (let i = 0; i < n - 1; i++) {
    let k = i;
    for (let j = i + 1; j < n; j++) if (d[j]! < d[k]!) k = j;
    if (k === i) continue;
    const v = d[k]!;
    d[k] = d[i]!;
    d[i] = v;
    for (let j = 0, at = 0; j < n; j++, at += n) {
      const w = a[at + i]!;
      a[at + i] = a[at + k]!;
      a[at + k] = w;
    }
  }
}
