import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scaledDifference } from './difference.js';
import { quantile, sortedUnmasked } from './unmasked.js';
import { wilsonInterval } from './wilson.js';

describe('wilsonInterval', () => {
  it('solves (p - p0)^2 = z^2 p0 (1 - p0) / n at both ends', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.nat(500), (n, k) => {
        const successes = Math.min(k, n);
        const [low, high] = wilsonInterval(successes, n);
        const p = successes / n;
        for (const end of [low, high]) {
          expect((p - end) ** 2).toBeCloseTo((1.959964 ** 2 * end * (1 - end)) / n, 10);
        }
        expect(low).toBeLessThanOrEqual(p + 1e-12);
        expect(high).toBeGreaterThanOrEqual(p - 1e-12);
      }),
    );
    expect(wilsonInterval(0, 0)).toEqual([0, 1]);
  });
});

describe('quantile', () => {
  it('interpolates between neighbours', () => {
    const sorted = sortedUnmasked({
      values: Float32Array.from([30, 10, 99, 20]),
      mask: Uint8Array.from([0, 0, 1, 0]),
    });
    expect([...sorted]).toEqual([10, 20, 30]);
    expect(quantile(sorted, 0)).toBe(10);
    expect(quantile(sorted, 0.25)).toBe(15);
    expect(quantile(sorted, 1)).toBe(30);
    expect(quantile(new Float32Array(0), 0.5)).toBe(0);
  });
});

describe('scaledDifference', () => {
  const simulated = {
    values: Float32Array.from([1, 2, 3, 4]),
    mask: Uint8Array.from([0, 0, 0, 1]),
  };

  it('finds the factor between proportional images, over the pixels that both have', () => {
    const measured = {
      values: Float32Array.from([500, 5, 7.5, 7]),
      mask: Uint8Array.from([1, 0, 0, 0]),
    };
    const { image, scale, rms, pixels } = scaledDifference(measured, simulated);
    expect(scale).toBeCloseTo(2.5, 6);
    expect(rms).toBeCloseTo(0, 6);
    expect(pixels).toBe(2);
    expect([...image.mask!]).toEqual([1, 0, 0, 1]);
  });

  it('leaves a remainder orthogonal to the simulation', () => {
    const measured = { values: Float32Array.from([3, -1, 4, 1]) };
    const { image } = scaledDifference(measured, simulated);
    const dot = [0, 1, 2].reduce((sum, i) => sum + image.values[i] * simulated.values[i], 0);
    expect(dot).toBeCloseTo(0, 5);
  });

  it('takes a given factor, and bears an empty simulation', () => {
    const measured = { values: Float32Array.from([3, 1, 4, 1]) };
    expect(scaledDifference(measured, simulated, 2).image.values[0]).toBe(1);
    const empty = scaledDifference(measured, { values: new Float32Array(4) });
    expect(empty.scale).toBe(0);
    expect(empty.rms).toBeCloseTo(Math.sqrt(27 / 4), 6);
  });
});
