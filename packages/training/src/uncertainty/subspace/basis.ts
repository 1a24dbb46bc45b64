import { Random } from '../../random.js';

/**
 * Orthonormal directions [count][width] that span, nearly, the `count` directions of the largest
 * variance of centred rows [n, width]: randomised subspace iteration (Halko, Martinsson and Tropp,
 * SIAM Review 53, 2011), X^T X applied `iterations` times to random directions. Only the space that
 * they span has a meaning.
 */
export function principalSubspace(
  rows: Float32Array,
  width: number,
  count: number,
  seed: number,
  iterations = 4,
): Float64Array[] {
  const random = new Random(seed, 77);
  let basis = Array.from({ length: count }, () =>
    Float64Array.from({ length: width }, () => random.normal()),
  );
  orthonormalise(basis);
  const n = rows.length / width;
  for (let i = 0; i < iterations; i++) {
    const next = basis.map(() => new Float64Array(width));
    // Some rows at a time: they stay in the cache while each direction passes once.
    for (let first = 0; first < n; first += 16) {
      const block = Array.from({ length: Math.min(16, n - first) }, (_, r) =>
        rows.subarray((first + r) * width, (first + r + 1) * width),
      );
      for (let k = 0; k < count; k++) {
        const [from, to] = [basis[k]!, next[k]!];
        for (const row of block) {
          const share = dot(row, from);
          for (let j = 0; j < width; j++) to[j]! += share * row[j]!;
        }
      }
    }
    basis = next;
    orthonormalise(basis);
  }
  return basis;
}

/** The sum of the products of two vectors. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [even, odd] = [0, 0];
  let j = 0;
  for (; j + 1 < a.length; j += 2) {
    even += a[j]! * b[j]!;
    odd += a[j + 1]! * b[j + 1]!;
  }
  return even + odd + (j < a.length ? a[j]! * b[j]! : 0);
}

/** Gram and Schmidt, twice, in place; a direction that the others have already becomes zero. */
function orthonormalise(vectors: Float64Array[]): void {
  vectors.forEach((v, k) => {
    const before = Math.sqrt(dot(v, v));
    for (let twice = 0; twice < 2; twice++) {
      for (let i = 0; i < k; i++) {
        const share = dot(v, vectors[i]!);
        for (let j = 0; j < v.length; j++) v[j]! -= share * vectors[i]![j]!;
      }
    }
    const length = Math.sqrt(dot(v, v));
    const gone = length <= 1e-9 * before || length === 0;
    for (let j = 0; j < v.length; j++) v[j] = gone ? 0 : v[j]! / length;
  });
}
