import { describe, expect, test } from 'vitest';
import { Random } from '../random/xoshiro.js';
import { lineShapes, normalShape, shapeOffset } from './lineShape.js';
import { normalCumulative, normalDensity } from './normal.js';

describe('line shapes', () => {
  const random = new Random(2);
  const n = 40_000;
  // A uniform variable and a skewed one (exponential), far from mean 0 and variance 1.
  const uniform = Float64Array.from({ length: n }, (_, i) => 5 + (3 * (i + 0.5)) / n);
  const skewed = Float64Array.from({ length: n }, (_, i) => -2 * Math.log((i + 0.5) / n));
  const shapes = lineShapes([uniform, skewed], 10, 5);
  const at = (table: Float64Array, start: number, z: number): number =>
    table[start + Math.round((z + shapes.limit) * shapes.perUnit)]!;

  test('the sets are found by energy and share', () => {
    expect(shapeOffset(shapes, 9, 0)).toBe(0);
    expect(shapeOffset(shapes, 40, 1)).toBe((2 * shapes.levels - 1) * shapes.nodes);
    expect(shapeOffset(normalShape, 40, 0.3)).toBe(0);
  });

  test('cumulative of a uniform and of an exponential variable, standardised', () => {
    const u = shapeOffset(shapes, 10, 0);
    const e = shapeOffset(shapes, 15, 0);
    for (let z = -1.5; z <= 1.5; z += 0.125) {
      expect(at(shapes.F, u, z)).toBeCloseTo(0.5 + z / Math.sqrt(12), 2);
      expect(at(shapes.F, e, z)).toBeCloseTo(z < -1 ? 0 : 1 - Math.exp(-(z + 1)), 1);
    }
    expect(at(shapes.F, e, 0.5)).toBeCloseTo(1 - Math.exp(-1.5), 2);
  });

  test('every set has norm 1, mean 0 and variance 1; the last level is normal', () => {
    for (let set = 0; set < 2 * shapes.levels; set++) {
      const end = (set + 1) * shapes.nodes - 2;
      // exp(-7) of the exponential lies beyond the table; a moderator pulse leaves 1e-4 there.
      expect(Math.abs(shapes.F[end]! - 1)).toBeLessThan(1.1e-3);
      expect(Math.abs(shapes.G[end]!)).toBeLessThan(0.01);
      expect(Math.abs(shapes.H[end]! - 1)).toBeLessThan(0.06);
    }
    const last = shapeOffset(shapes, 15, 1);
    for (let z = -3; z <= 3; z += 0.25) {
      expect(at(shapes.F, last, z)).toBeCloseTo(normalCumulative(z), 3);
      expect(at(shapes.G, last, z)).toBeCloseTo(-normalDensity(z), 2);
      expect(at(shapes.H, last, z)).toBeCloseTo(normalCumulative(z) - z * normalDensity(z), 2);
    }
  });

  test('a middle level is the sum of the shape and a normal variable', () => {
    const start = shapeOffset(shapes, 15, 0.5);
    const sum = Float64Array.from(
      { length: n },
      (_, i) => Math.SQRT1_2 * (skewed[i]! / 2 - 1) + Math.SQRT1_2 * random.normal(),
    ).sort();
    for (const z of [-2, -1, -0.5, 0, 0.5, 1, 2]) {
      const share = sum.findIndex((v) => v > z) / n;
      expect(Math.abs(at(shapes.F, start, z) - share)).toBeLessThan(0.012);
    }
  });
});
