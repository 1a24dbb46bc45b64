import { expect } from 'vitest';
import { closeness } from './allclose.js';

declare module 'vitest' {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  interface Matchers<T = any> {
    /**
     * Every value within `tolerance` times the largest expected one; the same number of them.
     * The message names the place and both values.
     */
    toBeAllclose(expected: ArrayLike<number>, tolerance?: number): T;
  }
}

expect.extend({
  toBeAllclose(received: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-5) {
    const { worst, index, got, expected: wanted } = closeness(received, expected);
    const pass = worst <= tolerance;
    return {
      pass,
      message: () =>
        received.length === expected.length
          ? `value ${index} is ${got} instead of ${wanted}: ${worst.toExponential(1)} of the largest, ` +
            `${pass ? 'within' : 'above'} ${tolerance}`
          : `${received.length} values instead of ${expected.length}`,
    };
  },
});
