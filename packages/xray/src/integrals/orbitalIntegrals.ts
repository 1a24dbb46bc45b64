import { packed } from './repulsion.js';

/**
 * Repulsion integrals (pq|rs) over orbitals p in [r0, r1), q in [r2, r3), r in [r4, r5), s in [r6, r7),
 * transformed index by index.
 * @param eri packed, over functions
 * @param c `[n, m]`, column k is orbital k
 * @returns `[p, q, r, s]`, s fastest, hartree
 */
export function orbitalIntegrals(
  eri: Float64Array,
  c: Float64Array,
  n: number,
  m: number,
  r: readonly [number, number, number, number, number, number, number, number],
): Float64Array {
  const [np, nq, nr, ns] = [r[1] - r[0], r[3] - r[2], r[5] - r[4], r[7] - r[6]] as const;
  const count = (n * (n + 1)) / 2;
  /** [np nq, count]: first two indices done. */
  const half = new Float64Array(np * nq * count);
  const first = new Float64Array(np * n);
  for (let rs = 0; rs < count; rs++) {
    first.fill(0);
    for (let a = 0; a < n; a++) {
      for (let b = 0; b < n; b++) {
        const ab = a >= b ? (a * (a + 1)) / 2 + b : (b * (b + 1)) / 2 + a;
        const x = eri[packed(ab, rs)]!;
        for (let p = 0; p < np; p++)
          first[p * n + b] = first[p * n + b]! + c[a * m + r[0] + p]! * x;
      }
    }
    for (let p = 0; p < np; p++) {
      for (let q = 0; q < nq; q++) {
        let sum = 0;
        for (let b = 0; b < n; b++) sum += first[p * n + b]! * c[b * m + r[2] + q]!;
        half[(p * nq + q) * count + rs] = sum;
      }
    }
  }
  const out = new Float64Array(np * nq * nr * ns);
  const third = new Float64Array(nr * n);
  for (let pq = 0; pq < np * nq; pq++) {
    third.fill(0);
    for (let a = 0; a < n; a++) {
      for (let b = 0; b < n; b++) {
        const ab = a >= b ? (a * (a + 1)) / 2 + b : (b * (b + 1)) / 2 + a;
        const x = half[pq * count + ab]!;
        for (let k = 0; k < nr; k++)
          third[k * n + b] = third[k * n + b]! + c[a * m + r[4] + k]! * x;
      }
    }
    for (let k = 0; k < nr; k++) {
      for (let l = 0; l < ns; l++) {
        let sum = 0;
        for (let b = 0; b < n; b++) sum += third[k * n + b]! * c[b * m + r[6] + l]!;
        out[(pq * nr + k) * ns + l] = sum;
      }
    }
  }
  return out;
}
