import type { Mat3, Vec3 } from '../crystal/geometry.js';
import { matVec, transpose } from '../crystal/geometry.js';

/**
 * Classical Stevens functions O_kq(n) of a unit vector, k = 2, 4, 6, q = -k..k: the harmonic
 * polynomials that the operators O_kq become for large S, divided by S^k. q > 0 goes with
 * Re (x + i y)^q, q < 0 with Im (x + i y)^|q| (as in EasySpin and Sunny). Gradients on the unit
 * sphere continue them as homogeneous polynomials of degree k.
 */
export function stevensFunction(k: number, q: number, n: Vec3): number {
  const [x, y, z] = n;
  const r2 = x * x + y * y + z * z;
  return axialPart(k, Math.abs(q), z, r2) * planarPart(x, y, q);
}

/** Gradient of `stevensFunction` as a homogeneous polynomial of x, y, z. */
export function stevensGradient(k: number, q: number, n: Vec3): Vec3 {
  const [x, y, z] = n;
  const r2 = x * x + y * y + z * z;
  const m = Math.abs(q);
  const f = axialPart(k, m, z, r2);
  const g = planarPart(x, y, q);
  const { dz, dr2 } = axialGradient(k, m, z, r2);
  // d(x + i y)^m = m (x + i y)^(m-1) (dx + i dy)
  const lower = m === 0 ? 0 : m * planarPart(x, y, m - 1, 're');
  const lowerIm = m === 0 ? 0 : m * planarPart(x, y, m - 1, 'im');
  const gx = q >= 0 ? lower : lowerIm;
  const gy = q >= 0 ? -lowerIm : lower;
  return [f * gx + g * dr2 * 2 * x, f * gy + g * dr2 * 2 * y, g * (dz + dr2 * 2 * z)];
}

/** Terms of the axial factor: coefficient * z^i * r2^j, by k and |q|. */
const axialTerms: Readonly<Record<string, readonly (readonly [number, number, number])[]>> = {
  '2,0': [
    [3, 2, 0],
    [-1, 0, 1],
  ],
  '2,1': [[1, 1, 0]],
  '2,2': [[1, 0, 0]],
  '4,0': [
    [35, 4, 0],
    [-30, 2, 1],
    [3, 0, 2],
  ],
  '4,1': [
    [7, 3, 0],
    [-3, 1, 1],
  ],
  '4,2': [
    [7, 2, 0],
    [-1, 0, 1],
  ],
  '4,3': [[1, 1, 0]],
  '4,4': [[1, 0, 0]],
  '6,0': [
    [231, 6, 0],
    [-315, 4, 1],
    [105, 2, 2],
    [-5, 0, 3],
  ],
  '6,1': [
    [33, 5, 0],
    [-30, 3, 1],
    [5, 1, 2],
  ],
  '6,2': [
    [33, 4, 0],
    [-18, 2, 1],
    [1, 0, 2],
  ],
  '6,3': [
    [11, 3, 0],
    [-3, 1, 1],
  ],
  '6,4': [
    [11, 2, 0],
    [-1, 0, 1],
  ],
  '6,5': [[1, 1, 0]],
  '6,6': [[1, 0, 0]],
};

function axialPart(k: number, m: number, z: number, r2: number): number {
  return axialTerms[`${k},${m}`]!.reduce((s, [c, i, j]) => s + c * z ** i * r2 ** j, 0);
}

function axialGradient(k: number, m: number, z: number, r2: number): { dz: number; dr2: number } {
  let dz = 0;
  let dr2 = 0;
  for (const [c, i, j] of axialTerms[`${k},${m}`]!) {
    if (i > 0) dz += c * i * z ** (i - 1) * r2 ** j;
    if (j > 0) dr2 += c * j * z ** i * r2 ** (j - 1);
  }
  return { dz, dr2 };
}

/** Re or Im of (x + i y)^|q|; by default Re for q >= 0 and Im for q < 0. */
function planarPart(x: number, y: number, q: number, part: 're' | 'im' = q >= 0 ? 're' : 'im') {
  let re = 1;
  let im = 0;
  for (let i = 0; i < Math.abs(q); i++) [re, im] = [re * x - im * y, re * y + im * x];
  return part === 're' ? re : im;
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
  return solve(normal).map((x) => (Math.abs(x) < 1e-12 ? 0 : x));
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
