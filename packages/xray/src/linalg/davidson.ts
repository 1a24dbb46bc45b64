import { symmetricEigen } from './symmetricEigen.js';

/** Vectors to start from, and Ritz vectors improved in each step: several, for those of one symmetry stay in it. */
const starts = 8;
const improved = 3;
const tolerance = 1e-6;
const mostSteps = 60;

/**
 * Lowest eigenvalue of a symmetric matrix known by its products, to about the square of the residual
 * 1e-6; an upper bound in any case. Davidson's method (J. Comput. Phys. 17, 87 (1975)), in blocks.
 * Deterministic.
 * @param diagonal `[n]`, roughly that of the matrix
 * @param product writes the matrix times x into y, `[n]` both
 */
export function lowestEigenvalue(
  diagonal: Float64Array,
  product: (x: Float64Array, y: Float64Array) => void,
): number {
  const n = diagonal.length;
  const basis: Float64Array[] = [];
  const images: Float64Array[] = [];
  const add = (vector: Float64Array): boolean => {
    // Twice: once leaves rounding behind where little is left of the vector.
    for (let pass = 0; pass < 2; pass++) {
      const before = Math.sqrt(dot(vector, vector));
      for (const b of basis) addScaled(vector, b, -dot(vector, b));
      const norm = Math.sqrt(dot(vector, vector));
      if (!(norm > 1e-10 * before)) return false;
      for (let i = 0; i < n; i++) vector[i] = vector[i]! / norm;
    }
    const image = new Float64Array(n);
    product(vector, image);
    basis.push(vector);
    images.push(image);
    return true;
  };
  const order = Array.from(diagonal.keys()).sort((a, b) => diagonal[a]! - diagonal[b]!);
  for (const i of order.slice(0, starts)) {
    const unit = new Float64Array(n);
    unit[i] = 1;
    add(unit);
  }
  // A little of everything: no symmetry is left out.
  add(Float64Array.from({ length: n }, (_, i) => Math.sin(1 + 12.9898 * i)));
  for (let step = 0; ; step++) {
    const k = basis.length;
    const ritz = new Float64Array(k * k);
    for (let i = 0; i < k; i++) {
      for (let j = 0; j <= i; j++) ritz[i * k + j] = dot(basis[i]!, images[j]!);
    }
    const values = new Float64Array(k);
    symmetricEigen(ritz, values, k);
    if (k === n || step === mostSteps) return values[0]!;
    let settled = true;
    let grown = false;
    for (let root = 0; root < Math.min(improved, k); root++) {
      const residual = new Float64Array(n);
      for (let i = 0; i < k; i++) {
        const c = ritz[i * k + root]!;
        addScaled(residual, images[i]!, c);
        addScaled(residual, basis[i]!, -c * values[root]!);
      }
      // The others only have to show whether they belong below the first.
      const size = Math.sqrt(dot(residual, residual));
      if (size < (root === 0 ? tolerance : 0.5 * (values[root]! - values[0]!))) continue;
      settled = false;
      for (let i = 0; i < n; i++) {
        const below = diagonal[i]! - values[root]!;
        residual[i] = residual[i]! / (Math.abs(below) < 1e-3 ? 1e-3 : below);
      }
      grown = add(residual) || grown;
    }
    if (settled || !grown) return values[0]!;
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** a += s b */
function addScaled(a: Float64Array, b: Float64Array, s: number): void {
  for (let i = 0; i < a.length; i++) a[i] = a[i]! + s * b[i]!;
}
