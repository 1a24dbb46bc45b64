/** How far values are from the expected ones, and where. */
export interface Closeness {
  /** Largest deviation relative to the largest expected value; NaN where a value is none. */
  worst: number;
  /** Index of that value. */
  index: number;
  got: number;
  expected: number;
}

/** Compares relative to `scale`, by default the largest expected value (at least 1e-6). */
export function closeness(
  got: ArrayLike<number>,
  expected: ArrayLike<number>,
  scale?: number,
): Closeness {
  let largest = scale ?? 1e-6;
  if (scale === undefined) {
    for (let i = 0; i < expected.length; i++) largest = Math.max(largest, Math.abs(expected[i]!));
  }
  let worst = 0;
  let index = 0;
  if (got.length !== expected.length) {
    return { worst: Number.NaN, index, got: Number.NaN, expected: Number.NaN };
  }
  for (let i = 0; i < expected.length; i++) {
    const deviation = Math.abs(got[i]! - expected[i]!) / largest;
    if (!(deviation <= worst)) {
      worst = deviation;
      index = i;
      if (Number.isNaN(deviation)) break;
    }
  }
  return { worst, index, got: got[index]!, expected: expected[index]! };
}
