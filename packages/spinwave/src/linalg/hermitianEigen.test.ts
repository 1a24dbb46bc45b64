import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { choleskyInPlace, conjugateMetric, solveLowerAdjoint } from './cholesky.js';
import { HermitianEigen } from './hermitianEigen.js';
import { randomHermitian, seeded } from './random.fixture.js';

describe('HermitianEigen', () => {
  it('A v = lambda v, orthonormal, ascending, for random matrices of every small size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 24 }), fc.integer(), (n, seed) => {
        const { re, im } = randomHermitian(n, seeded(seed));
        const solver = new HermitianEigen(n);
        solver.solve(re.slice(), im.slice());
        checkEigen(solver, re, im);
      }),
      { numRuns: 60 },
    );
  });

  it('handles exact degeneracy, zero and diagonal matrices', () => {
    const n = 5;
    for (const diagonal of [
      [1, 1, 1, 2, 2],
      [0, 0, 0, 0, 0],
      [3, -1, 3, -1, 3],
    ]) {
      const re = new Float64Array(n * n);
      diagonal.forEach((v, i) => (re[i * n + i] = v));
      const solver = new HermitianEigen(n);
      solver.solve(re.slice(), new Float64Array(n * n));
      checkEigen(solver, re, new Float64Array(n * n));
      expect([...solver.values]).toEqual([...diagonal].sort((a, b) => a - b));
    }
  });

  it('entries whose squares underflow do no harm', () => {
    const n = 4;
    const re = new Float64Array(n * n);
    const im = new Float64Array(n * n);
    for (let i = 0; i < n; i++) re[i * n + i] = i + 1;
    for (let i = 1; i < n; i++) {
      im[i * n] = 1e-200;
      im[i] = -1e-200;
    }
    const solver = new HermitianEigen(n);
    solver.solve(re.slice(), im.slice());
    checkEigen(solver, re, im);
  });

  it('a degenerate matrix with mixed vectors (projector)', () => {
    const n = 6;
    const re = new Float64Array(n * n).fill(1);
    const solver = new HermitianEigen(n);
    solver.solve(re.slice(), new Float64Array(n * n));
    checkEigen(solver, re, new Float64Array(n * n));
    expect(solver.values[n - 1]).toBeCloseTo(6, 12);
  });
});

describe('cholesky', () => {
  it('A = L L^dagger, L^dagger g L and the adjoint solve agree with the definitions', () => {
    const n = 9;
    const { re, im } = randomHermitian(n, seeded(3));
    // A = H H + 1, positive definite
    const aRe = new Float64Array(n * n);
    const aIm = new Float64Array(n * n);
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) {
        let sr = i === j ? 1 : 0;
        let si = 0;
        for (let k = 0; k < n; k++) {
          sr += re[i * n + k]! * re[k * n + j]! - im[i * n + k]! * im[k * n + j]!;
          si += re[i * n + k]! * im[k * n + j]! + im[i * n + k]! * re[k * n + j]!;
        }
        aRe[i * n + j] = sr;
        aIm[i * n + j] = si;
      }
    const lRe = aRe.slice();
    const lIm = aIm.slice();
    expect(choleskyInPlace(lRe, lIm, n, 0)).toBe(-1);
    for (let i = 0; i < n; i++)
      for (let j = i + 1; j < n; j++) {
        lRe[i * n + j] = 0;
        lIm[i * n + j] = 0;
      }
    const wRe = new Float64Array(n * n);
    const wIm = new Float64Array(n * n);
    conjugateMetric(lRe, lIm, n, 4, wRe, wIm);
    for (let i = 0; i < n; i++)
      for (let j = 0; j <= i; j++) {
        let ar = 0;
        let ai = 0;
        let br = 0;
        let bi = 0;
        for (let k = 0; k < n; k++) {
          const g = k < 4 ? 1 : -1;
          ar += lRe[i * n + k]! * lRe[j * n + k]! + lIm[i * n + k]! * lIm[j * n + k]!;
          ai += lIm[i * n + k]! * lRe[j * n + k]! - lRe[i * n + k]! * lIm[j * n + k]!;
          br += g * (lRe[k * n + i]! * lRe[k * n + j]! + lIm[k * n + i]! * lIm[k * n + j]!);
          bi += g * (lRe[k * n + i]! * lIm[k * n + j]! - lIm[k * n + i]! * lRe[k * n + j]!);
        }
        expect(ar).toBeCloseTo(aRe[i * n + j]!, 9);
        expect(ai).toBeCloseTo(aIm[i * n + j]!, 9);
        expect(wRe[i * n + j]).toBeCloseTo(br, 9);
        expect(wIm[i * n + j]).toBeCloseTo(bi, 9);
      }
    const random = seeded(5);
    const uRe = Float64Array.from({ length: n }, () => random());
    const uIm = Float64Array.from({ length: n }, () => random());
    const tRe = uRe.slice();
    const tIm = uIm.slice();
    solveLowerAdjoint(lRe, lIm, n, tRe, tIm, 0);
    for (let i = 0; i < n; i++) {
      let sr = 0;
      let si = 0;
      for (let k = i; k < n; k++) {
        sr += lRe[k * n + i]! * tRe[k]! + lIm[k * n + i]! * tIm[k]!;
        si += lRe[k * n + i]! * tIm[k]! - lIm[k * n + i]! * tRe[k]!;
      }
      expect(sr).toBeCloseTo(uRe[i]!, 9);
      expect(si).toBeCloseTo(uIm[i]!, 9);
    }
  });

  it('names the pivot of a matrix that is not positive', () => {
    const re = Float64Array.from([1, 0, 0, 0, 1, 0, 0, 0, -1]);
    expect(choleskyInPlace(re, new Float64Array(9), 3, 0)).toBe(2);
  });
});

function checkEigen(solver: HermitianEigen, re: Float64Array, im: Float64Array): void {
  const n = solver.n;
  const { values, vectorRe: vr, vectorIm: vi } = solver;
  for (let m = 0; m < n; m++) {
    if (m > 0) expect(values[m]!).toBeGreaterThanOrEqual(values[m - 1]!);
    for (let i = 0; i < n; i++) {
      let sr = 0;
      let si = 0;
      for (let j = 0; j < n; j++) {
        sr += re[i * n + j]! * vr[m * n + j]! - im[i * n + j]! * vi[m * n + j]!;
        si += re[i * n + j]! * vi[m * n + j]! + im[i * n + j]! * vr[m * n + j]!;
      }
      expect(Math.abs(sr - values[m]! * vr[m * n + i]!)).toBeLessThan(1e-12 * n);
      expect(Math.abs(si - values[m]! * vi[m * n + i]!)).toBeLessThan(1e-12 * n);
    }
    for (let k = 0; k <= m; k++) {
      let sr = 0;
      let si = 0;
      for (let j = 0; j < n; j++) {
        sr += vr[k * n + j]! * vr[m * n + j]! + vi[k * n + j]! * vi[m * n + j]!;
        si += vr[k * n + j]! * vi[m * n + j]! - vi[k * n + j]! * vr[m * n + j]!;
      }
      expect(Math.abs(sr - (k === m ? 1 : 0))).toBeLessThan(1e-12 * n);
      expect(Math.abs(si)).toBeLessThan(1e-12 * n);
    }
  }
}
