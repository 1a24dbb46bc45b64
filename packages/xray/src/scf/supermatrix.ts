import { packed } from '../integrals/repulsion.js';

/**
 * The closed-shell supermatrix (Raffenetti, Chem. Phys. Lett. 20, 335 (1973)): P(pq, rs) = (pq|rs) -
 * (pr|qs)/4 - (ps|qr)/4, packed like the integrals, so that the two-electron part of the Fock matrix
 * is one symmetric matrix times the vector of the density.
 * @param size number of functions
 */
export function closedShellSupermatrix(eri: Float64Array, size: number, out: Float64Array): void {
  let at = 0;
  for (let p = 0; p < size; p++) {
    const pp = (p * (p + 1)) / 2;
    for (let q = 0; q <= p; q++) {
      const qq = (q * (q + 1)) / 2;
      const pq = pp + q;
      let rs = 0;
      for (let r = 0; r <= p; r++) {
        const rr = (r * (r + 1)) / 2;
        const pr = pp + r;
        const qr = q >= r ? qq + r : rr + q;
        for (let s = 0; s <= r && rs <= pq; s++, rs++) {
          const qs = q >= s ? qq + s : (s * (s + 1)) / 2 + q;
          const ps = pp + s;
          out[at] = eri[at]! - 0.25 * (eri[packed(pr, qs)]! + eri[packed(ps, qr)]!);
          at++;
        }
      }
    }
  }
}

/** y = M d for a packed symmetric matrix M over `n` pairs. */
export function packedTimesVector(
  matrix: Float64Array,
  d: Float64Array,
  y: Float64Array,
  n: number,
): void {
  let at = 0;
  for (let i = 0; i < n; i++) {
    const di = d[i]!;
    let sum = 0;
    for (let j = 0; j < i; j++) {
      const m = matrix[at++]!;
      sum += m * d[j]!;
      y[j] = y[j]! + m * di;
    }
    y[i] = sum + matrix[at++]! * di;
  }
}

/** The vector of a symmetric matrix `[n, n]` for `packedTimesVector`: off-diagonals count twice. */
export function densityVector(matrix: Float64Array, n: number, out: Float64Array): void {
  let at = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) out[at++] = 2 * matrix[i * n + j]!;
    out[at++] = matrix[i * n + i]!;
  }
}

/** The full matrix `[n, n]` of a packed triangle. */
export function unpack(triangle: Float64Array, n: number, out: Float64Array): void {
  let at = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const v = triangle[at++]!;
      out[i * n + j] = v;
      out[j * n + i] = v;
    }
  }
}
