import { symmetricEigen } from '../linalg/symmetricEigen.js';

/** Eigenvalues of the overlap below this are linear dependence. */
const dependent = 1e-7;

/**
 * X with X^T S X = 1: S^-1/2 (Löwdin), or, where the basis is nearly dependent, the columns that are not
 * (canonical orthogonalisation).
 * @param overlap S, `[n, n]`
 * @returns X `[n, m]`, m <= n
 */
export function orthogonaliser(overlap: Float64Array, n: number): { x: Float64Array; m: number } {
  const vectors = overlap.slice();
  const values = new Float64Array(n);
  symmetricEigen(vectors, values, n);
  let dropped = 0;
  while (dropped < n && values[dropped]! < dependent) dropped++;
  const m = n - dropped;
  const x = new Float64Array(n * m);
  if (dropped > 0) {
    for (let i = 0; i < n; i++) {
      for (let k = 0; k < m; k++) {
        x[i * m + k] = vectors[i * n + dropped + k]! / Math.sqrt(values[dropped + k]!);
      }
    }
    return { x, m };
  }
  const scaled = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < n; k++) scaled[i * n + k] = vectors[i * n + k]! / values[k]! ** 0.25;
  }
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += scaled[i * n + k]! * scaled[j * n + k]!;
      x[i * n + j] = sum;
      x[j * n + i] = sum;
    }
  }
  return { x, m };
}
