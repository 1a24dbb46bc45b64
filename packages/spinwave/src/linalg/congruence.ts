/**
 * W = L^dagger M L (lower triangle) for Hermitian M (lower triangle given) and lower triangular L,
 * all [n, n] row-major with split real and imaginary parts; (tRe, tIm) is scratch.
 */
export function congruence(
  mRe: Float64Array,
  mIm: Float64Array,
  lRe: Float64Array,
  lIm: Float64Array,
  n: number,
  tRe: Float64Array,
  tIm: Float64Array,
  wRe: Float64Array,
  wIm: Float64Array,
): void {
  // T = M L, row by row; M_ab for b > a is conj(M_ba).
  for (let a = 0; a < n; a++) {
    const ra = a * n;
    for (let j = 0; j < n; j++) {
      tRe[ra + j] = 0;
      tIm[ra + j] = 0;
    }
    for (let b = 0; b < n; b++) {
      const rb = b * n;
      const at = b <= a ? ra + b : rb + a;
      const xr = mRe[at]!;
      const xi = b <= a ? mIm[at]! : -mIm[at]!;
      if (xr === 0 && xi === 0) continue;
      for (let j = 0; j <= b; j++) {
        const yr = lRe[rb + j]!;
        const yi = lIm[rb + j]!;
        tRe[ra + j] = tRe[ra + j]! + (xr * yr - xi * yi);
        tIm[ra + j] = tIm[ra + j]! + (xr * yi + xi * yr);
      }
    }
  }
  for (let i = 0; i < n; i++) {
    const ri = i * n;
    for (let j = 0; j <= i; j++) {
      wRe[ri + j] = 0;
      wIm[ri + j] = 0;
    }
    for (let a = i; a < n; a++) {
      const ra = a * n;
      const xr = lRe[ra + i]!;
      const xi = -lIm[ra + i]!;
      for (let j = 0; j <= i; j++) {
        const yr = tRe[ra + j]!;
        const yi = tIm[ra + j]!;
        wRe[ri + j] = wRe[ri + j]! + (xr * yr - xi * yi);
        wIm[ri + j] = wIm[ri + j]! + (xr * yi + xi * yr);
      }
    }
  }
}

/** out = factor L z for one vector z (from `from`), written from `to`. */
export function multiplyLower(
  lRe: Float64Array,
  lIm: Float64Array,
  n: number,
  zRe: Float64Array,
  zIm: Float64Array,
  from: number,
  factor: number,
  outRe: Float64Array,
  outIm: Float64Array,
  to: number,
): void {
  for (let i = 0; i < n; i++) {
    const ri = i * n;
    let sr = 0;
    let si = 0;
    for (let k = 0; k <= i; k++) {
      const ar = lRe[ri + k]!;
      const ai = lIm[ri + k]!;
      const br = zRe[from + k]!;
      const bi = zIm[from + k]!;
      sr += ar * br - ai * bi;
      si += ar * bi + ai * br;
    }
    outRe[to + i] = factor * sr;
    outIm[to + i] = factor * si;
  }
}
