import type { Mat3, Vec3 } from '../crystal/geometry.js';
import { matVec, transpose } from '../crystal/geometry.js';
import { stevensPolynomial } from '../theory/stevens.js';

interface CompiledPolynomial {
  readonly coefficients: Float64Array;
  /** [terms, 3]: exponents of x, y, z. */
  readonly exponents: Int32Array;
}

const compiled = new Map<number, CompiledPolynomial>();

/** O_kq(n): the Stevens polynomial of theory/stevens.ts, fast. k = 2, 4, 6, |q| <= k. */
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
 * because both are irreducible. Found by least squares on 60 directions, exact to rounding.
 */
export function rotateStevens(k: number, q: number, rotation: Mat3): number[] {
  const size = 2 * k + 1;
  const back = transpose(rotation);
  const normal = Array.from({ length: size }, () => new Float64Array(size + 1));
  for (const n of sphere(60)) {
    const row = Array.from({ length: size }, (_, i) => stevensFunction(k, i - k, n));
    const value = stevensFunction(k, q, matVec(back, n));
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
