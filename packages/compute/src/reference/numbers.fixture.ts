import { expect } from 'vitest';

/** Seeded numbers in [-1, 1), rounded to single precision (mulberry32). */
export function numbers(count: number, seed = 1): Float32Array {
  let state = seed >>> 0;
  return Float32Array.from({ length: count }, () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * 2 - 1;
  });
}

/** Largest difference relative to the largest expected value; fails above `tolerance`. */
export function expectClose(
  got: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
) {
  expect(got.length).toBe(expected.length);
  let scale = 1e-30;
  for (let i = 0; i < expected.length; i++) scale = Math.max(scale, Math.abs(expected[i]!));
  let worst = 0;
  let place = -1;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(got[i]! - expected[i]!) / scale;
    if (!(difference <= worst)) {
      worst = difference;
      place = i;
    }
  }
  expect(worst, `index ${place}: ${got[place]} instead of ${expected[place]}`).toBeLessThanOrEqual(
    tolerance,
  );
}
