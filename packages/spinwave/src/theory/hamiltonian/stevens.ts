import type { Mat3, Vec3 } from '../../crystal/geometry.js';
import { SpinWaveError } from '../../errors.js';
import { derivative, evaluate, monomial, product, sum, type Polynomial } from './polynomial.js';

const X = monomial(1, 1, 0, 0);
const Y = monomial(1, 0, 1, 0);
const Z = monomial(1, 0, 0, 1);
const R2 = sum(product(X, X), product(Y, Y), product(Z, Z));

/**
 * Stevens operators O_kq in the classical limit: homogeneous polynomials of degree k in the spin
 * vector, with the usual normalisation (Hutchings, Solid State Phys. 16, 227; Stoll, EasySpin's
 * table). O_20 = 3z^2 - r^2, O_22 = x^2 - y^2, O_2-2 = 2xy, O_40 = 35z^4 - 30z^2 r^2 + 3r^4, ...
 * q < 0 has Im (x + iy)^|q| in place of Re. Throws for k other than 2, 4, 6 or |q| > k.
 */
export function stevensPolynomial(k: number, q: number): Polynomial {
  const m = Math.abs(q);
  const factors = AXIAL[k]?.[m];
  if (factors === undefined || !Number.isInteger(q)) {
    throw new SpinWaveError('BAD_STEVENS', {
      what: 'no such Stevens operator',
      got: `k = ${k}, q = ${q}`,
      expected: 'k = 2, 4 or 6 and |q| <= k',
      next: 'correct k and q of the term',
    });
  }
  // sum over j of factors[j] z^(k - m - 2j) r^(2j)
  const axial = sum(
    ...factors.map((f, j) => {
      let t = monomial(f, 0, 0, k - m - 2 * j);
      for (let i = 0; i < j; i++) t = product(t, R2);
      return t;
    }),
  );
  let re: Polynomial = monomial(1, 0, 0, 0);
  let im: Polynomial = monomial(0, 0, 0, 0);
  for (let i = 0; i < m; i++) {
    const next = sum(product(X, re), product(monomial(-1, 0, 1, 0), im));
    im = sum(product(X, im), product(Y, re));
    re = next;
  }
  return product(axial, q < 0 ? im : re);
}

/** Factors of z^(k-m) r^0, z^(k-m-2) r^2, ... by k and m = |q|. */
const AXIAL: Record<number, readonly (readonly number[])[]> = {
  2: [[3, -1], [1], [1]],
  4: [[35, -30, 3], [7, -3], [7, -1], [1], [1]],
  6: [[231, -315, 105, -5], [33, -30, 5], [33, -18, 1], [11, -3], [11, -1], [1], [1]],
};

/**
 * Coherent-state value of O_kq(S) over its classical value: 1 for 'classical'. Zero for 2S < k, where
 * the operator vanishes. From <S, n| O_k |S, n> = (2S)! / (2^k (2S - k)!) / S^k times the polynomial.
 */
export function stevensRenormalisation(k: number, spin: number): number {
  let f = 1;
  for (let i = 0; i < k; i++) f *= (2 * spin - i) / (2 * spin);
  return Math.abs(f) < 1e-12 ? 0 : f;
}

/** Value, gradient and Hessian of a polynomial at a point. */
export function expandPolynomial(
  p: Polynomial,
  at: Vec3,
): { value: number; gradient: Vec3; hessian: Mat3 } {
  const d = [0, 1, 2].map((a) => derivative(p, a));
  return {
    value: evaluate(p, at),
    gradient: d.map((f) => evaluate(f, at)) as unknown as Vec3,
    hessian: d.flatMap((f) =>
      [0, 1, 2].map((b) => evaluate(derivative(f, b), at)),
    ) as unknown as Mat3,
  };
}
