/**
 * Complex Cholesky and the triangular operations of Colpa's method.
 *
 * Matrices are split into real and imaginary parts, [n, n] row-major; of a Hermitian matrix only the
 * lower triangle is read. All loops run along rows, so that memory is read in order. No allocation.
 */

/**
 * A = L L^dagger in place (lower triangle of A becomes L; the diagonal is real). Returns -1, or the
 * index of the first pivot that is not above `minPivot` (then the content of A is spoilt).
 */
export function choleskyInPlace(
  re: Float64Array,
  im: Float64Array,
  n: number,
  minPivot: number,
): number {
  for (let i = 0; i < n; i++) {
    const ri = i * n;
    for (let j = 0; j < i; j++) {
      const rj = j * n;
      let sr = re[ri + j]!;
      let si = im[ri + j]!;
      for (let k = 0; k < j; k++) {
        const ar = re[ri + k]!;
        const ai = im[ri + k]!;
        const br = re[rj + k]!;
        const bi = im[rj + k]!;
        sr -= ar * br + ai * bi;
        si -= ai * br - ar * bi;
      }
      const inverse = 1 / re[rj + j]!;
      re[ri + j] = sr * inverse;
      im[ri + j] = si * inverse;
    }
    let d = re[ri + i]!;
    for (let k = 0; k < i; k++) {
      const ar = re[ri + k]!;
      const ai = im[ri + k]!;
      d -= ar * ar + ai * ai;
    }
    if (!(d > minPivot)) return i;
    re[ri + i] = Math.sqrt(d);
    im[ri + i] = 0;
  }
  return -1;
}

/**
 * W = L^dagger g L (lower triangle), g diagonal with +1 in its first `nPlus` places and -1 after:
 * the Hermitian matrix whose eigenvalues are the boson energies.
 */
export function conjugateMetric(
  lRe: Float64Array,
  lIm: Float64Array,
  n: number,
  nPlus: number,
  wRe: Float64Array,
  wIm: Float64Array,
): void {
  wRe.fill(0, 0, n * n);
  wIm.fill(0, 0, n * n);
  for (let k = 0; k < n; k++) {
    const rk = k * n;
    const g = k < nPlus ? 1 : -1;
    for (let i = 0; i <= k; i++) {
      const ar = g * lRe[rk + i]!;
      const ai = g * lIm[rk + i]!;
      const ri = i * n;
      for (let j = 0; j <= i; j++) {
        const br = lRe[rk + j]!;
        const bi = lIm[rk + j]!;
        wRe[ri + j] = wRe[ri + j]! + (ar * br + ai * bi);
        wIm[ri + j] = wIm[ri + j]! + (ar * bi - ai * br);
      }
    }
  }
}

/** Solves L^dagger t = u in place; the vector starts at `at` of (xRe, xIm). */
export function solveLowerAdjoint(
  lRe: Float64Array,
  lIm: Float64Array,
  n: number,
  xRe: Float64Array,
  xIm: Float64Array,
  at: number,
): void {
  for (let k = n - 1; k >= 0; k--) {
    const rk = k * n;
    const inverse = 1 / lRe[rk + k]!;
    const tr = xRe[at + k]! * inverse;
    const ti = xIm[at + k]! * inverse;
    xRe[at + k] = tr;
    xIm[at + k] = ti;
    for (let i = 0; i < k; i++) {
      const ar = lRe[rk + i]!;
      const ai = lIm[rk + i]!;
      // conj(L_ki) t_k
      xRe[at + i] = xRe[at + i]! - (ar * tr + ai * ti);
      xIm[at + i] = xIm[at + i]! - (ar * ti - ai * tr);
    }
  }
}
