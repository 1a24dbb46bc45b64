import type { Mat3, Vec3 } from '../crystal/geometry.js';
import {
  IDENTITY,
  determinant,
  matDistance,
  matScale,
  matVec,
  transpose,
} from '../crystal/geometry.js';
import { stevensPolynomial } from '../theory/hamiltonian/stevens.js';

interface CompiledPolynomial {
  readonly coefficients: Float64Array;
  /** [terms, 3]: exponents of x, y, z. */
  readonly exponents: Int32Array;
}

const compiled = new Map<number, CompiledPolynomial>();

/** O_kq(n): the Stevens polynomial of theory/hamiltonian/stevens.ts, fast. k = 2, 4, 6, |q| <= k. */
export function stevensFunction(k: number, q: number, n: Vec3): number {
  const { coefficients, exponents } = compile(k, q);
  let sum = 0;
  for (let t = 0; t < coefficients.length; t++)
    sum +=
      coefficients[t]! *
      n[0] ** exponents[3 * t]! *
      n[1] ** exponents[3 * t + 1]! *
      n[2] ** exponents[3 * t + 2]!;
  return sum;
}

/** Gradient of O_kq by x, y, z. */
export function stevensGradient(k: number, q: number, n: Vec3): Vec3 {
  const { coefficients, exponents } = compile(k, q);
  const g: [number, number, number] = [0, 0, 0];
  for (let t = 0; t < coefficients.length; t++)
    for (let a = 0; a < 3; a++) {
      const order = exponents[3 * t + a]!;
      if (order === 0) continue;
      let term = coefficients[t]! * order;
      for (let b = 0; b < 3; b++) term *= n[b]! ** (exponents[3 * t + b]! - (a === b ? 1 : 0));
      g[a]! += term;
    }
  return g;
}

/**
 * Coefficients c[q' + k] with O_kq(R^T n) = sum over q' of c O_kq'(n): the operator that the crystal
 * rotation R (proper or improper: k is even) makes of O_kq. The same for operators as for functions,
 * because both are irreducible. Found by least squares on the sphere, exact to rounding.
 */
export function rotateStevens(k: number, q: number, rotation: Mat3): number[] {
  const size = 2 * k + 1;
  const proper = matScale(rotation, Math.sign(determinant(rotation)));
  if (matDistance(proper, IDENTITY) < 1e-12)
    return Array.from({ length: size }, (_, i) => (i === q + k ? 1 : 0));
  const back = transpose(rotation);
  return fit(
    Array.from({ length: size }, (_, i) => (n) => stevensFunction(k, i - k, n)),
    (n) => stevensFunction(k, q, matVec(back, n)),
  );
}

/** x^a y^b z^c of a unit vector as constant + sum of coefficient O_kq. */
export interface StevensSum {
  readonly constant: number;
  readonly terms: readonly {
    readonly k: number;
    readonly q: number;
    readonly coefficient: number;
  }[];
}

/**
 * The monomial x^a y^b z^c of a unit vector in Stevens functions, exact to rounding: its harmonic
 * parts of degree k = a + b + c, and below by twos. The degree must be 2, 4 or 6.
 */
export function monomialInStevens(powers: readonly [number, number, number]): StevensSum {
  const degree = powers[0] + powers[1] + powers[2];
  const basis: { k: number; q: number }[] = [];
  for (let k = 2; k <= degree; k += 2) for (let q = -k; q <= k; q++) basis.push({ k, q });
  const coefficients = fit(
    [
      () => 1,
      ...basis.map(
        ({ k, q }) =>
          (n: Vec3) =>
            stevensFunction(k, q, n),
      ),
    ],
    (n) => n[0] ** powers[0] * n[1] ** powers[1] * n[2] ** powers[2],
  );
  return {
    constant: coefficients[0]!,
    terms: basis
      .map(({ k, q }, i) => ({ k, q, coefficient: coefficients[i + 1]! }))
      .filter((t) => t.coefficient !== 0),
  };
}

/** Coefficients of functions on the sphere that make up another, by least squares. */
function fit(basis: readonly ((n: Vec3) => number)[], target: (n: Vec3) => number): number[] {
  const size = basis.length;
  const normal = Array.from({ length: size }, () => new Float64Array(size + 1));
  for (const n of sphere(4 * size + 20)) {
    const row = basis.map((f) => f(n));
    const value = target(n);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) normal[i]![j]! += row[i]! * row[j]!;
      normal[i]![size]! += row[i]! * value;
    }
  }
  return solve(normal).map((x) => (Math.abs(x) < 1e-10 ? 0 : x));
}

function compile(k: number, q: number): CompiledPolynomial {
  const key = k * 100 + q;
  let found = compiled.get(key);
  if (found === undefined) {
    const terms = [...stevensPolynomial(k, q)].filter(([, c]) => c !== 0);
    found = {
      coefficients: Float64Array.from(terms, ([, c]) => c),
      exponents: Int32Array.from(terms.flatMap(([e]) => e.split(',').map(Number))),
    };
    compiled.set(key, found);
  }
  return found;
}

/** Directions spread over the sphere (Fibonacci lattice). */
function sphere(count: number): Vec3[] {
  const golden = Math.PI * (3 - Math.sqrt(5));
  return Array.from({ length: count }, (_, i) => {
    const z = 1 - (2 * i + 1) / count;
    const r = Math.sqrt(1 - z * z);
    return [r * Math.cos(golden * i), r * Math.sin(golden * i), z];
  });
}

/** Gaussian elimination with pivoting on an n x (n + 1) system. */
function solve(a: Float64Array[]): number[] {
  const n = a.length;
  for (let i = 0; i < n; i++) {
    let p = i;
    for (let r = i + 1; r < n; r++) if (Math.abs(a[r]![i]!) > Math.abs(a[p]![i]!)) p = r;
    [a[i], a[p]] = [a[p]!, a[i]!];
    for (let r = 0; r < n; r++) {
      if (r === i) continue;
      const f = a[r]![i]! / a[i]![i]!;
      for (let c = i; c <= n; c++) a[r]![c]! -= f * a[i]![c]!;
    }
  }
  return a.map((row, i) => row[n]! / row[i]!);
}
