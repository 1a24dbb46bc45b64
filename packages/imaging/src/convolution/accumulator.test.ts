import { describe, expect, test } from 'vitest';
import { BlockAccumulator } from './accumulator.js';
import { normalCumulative, normalDensity, normalTable } from './normal.js';

describe('normal table', () => {
  test('is the cumulative normal to 5e-7', () => {
    // erf by its series, independent of the table.
    const exact = (x: number): number => {
      let term = x;
      let sum = x;
      for (let n = 1; n < 200; n++) {
        term *= (x * x) / (2 * n + 1);
        sum += term;
      }
      return 0.5 + sum * normalDensity(x);
    };
    for (let x = -5; x <= 5; x += 0.0371) {
      expect(Math.abs(normalCumulative(x) - exact(x))).toBeLessThan(5e-7);
    }
    expect(normalCumulative(-7)).toBe(0);
    expect(normalCumulative(7)).toBe(1);
    expect(normalTable[normalTable.length - 1]).toBeCloseTo(1, 8);
  });
});

describe('a peak over pixels', () => {
  const h = { low: -0.5, width: 0.05, count: 20 };
  const k = { low: -0.4, width: 0.04, count: 20 };
  const slices = { low: 2, width: 1.5, count: 10 };
  const make = (): BlockAccumulator => new BlockAccumulator(h, k, { slices, table: undefined });

  test('all of its intensity arrives, and its mean and covariance with it', () => {
    const c = [2e-4, 3e-5, 1.5e-4, 4e-3, -2e-3, 0.5] as const;
    const a = make();
    a.add(0.012, 0.023, 9, 3, ...c);
    let sum = 0;
    const mean = [0, 0, 0];
    const second = new Float64Array(9);
    const visit = (f: (x: number[], w: number) => void): void => {
      for (let i = 0; i < 20; i++) {
        for (let j = 0; j < 20; j++) {
          for (let s = 0; s < 10; s++) {
            const w = a.sum[(i * 20 + j) * 10 + s]!;
            f(
              [
                h.low + (i + 0.5) * h.width,
                k.low + (j + 0.5) * k.width,
                slices.low + (s + 0.5) * slices.width,
              ],
              w,
            );
          }
        }
      }
    };
    visit((x, w) => {
      sum += w;
      for (let n = 0; n < 3; n++) mean[n]! += (w * x[n]!) / 3;
    });
    visit((x, w) => {
      for (let n = 0; n < 3; n++) {
        for (let m = 0; m < 3; m++) {
          second[3 * n + m]! += (w * (x[n]! - mean[n]!) * (x[m]! - mean[m]!)) / 3;
        }
      }
    });
    expect(sum).toBeCloseTo(3, 3);
    expect(mean[2]).toBeCloseTo(9, 1);
    // Correlations survive the binning: within-bin deviations are uniform at most.
    expect(Math.sign(second[2]!)).toBe(1);
    expect(Math.sign(second[5]!)).toBe(-1);
    expect(second[8]! - slices.width ** 2 / 12).toBeCloseTo(0.5, 1);
  });

  test('agrees with direct integration of the correlated normal distribution', () => {
    const [xx, xy, yy, xe, ye, ee] = [4e-4, 6e-5, 3e-4, 8e-3, 5e-3, 0.6];
    const a = make();
    a.add(0.012, 0.023, 9, 1, xx, xy, yy, xe, ye, ee);
    // Conditional normals: x, y | x, e | x, y; midpoint rule in x and y, exact in e.
    const direct = (i: number, j: number, s: number): number => {
      const n = 24;
      let sum = 0;
      const det = xx * yy - xy * xy;
      const sx = (xe * yy - ye * xy) / det;
      const sy = (ye * xx - xe * xy) / det;
      const sd = Math.sqrt(ee - sx * xe - sy * ye);
      const vy = yy - (xy * xy) / xx;
      for (let u = 0; u < n; u++) {
        const x = h.low + (i + (u + 0.5) / n) * h.width - 0.012;
        const px = (normalDensity(x / Math.sqrt(xx)) / Math.sqrt(xx)) * (h.width / n);
        for (let v = 0; v < n; v++) {
          const y = k.low + (j + (v + 0.5) / n) * k.width - 0.023;
          const z = y - (xy / xx) * x;
          const py = (normalDensity(z / Math.sqrt(vy)) / Math.sqrt(vy)) * (k.width / n);
          const center = 9 + sx * x + sy * y;
          const low = slices.low + s * slices.width;
          sum +=
            px *
            py *
            (normalCumulative((low + slices.width - center) / sd) -
              normalCumulative((low - center) / sd));
        }
      }
      return sum;
    };
    let worst = 0;
    for (let i = 8; i < 12; i++) {
      for (let j = 8; j < 13; j++) {
        for (let s = 2; s < 7; s++) {
          worst = Math.max(worst, Math.abs(a.sum[(i * 20 + j) * 10 + s]! - direct(i, j, s)));
        }
      }
    }
    // The conditional energy in a pixel is taken as normal; 4e-4 of the peak in the worst pixel.

    expect(worst).toBeLessThan(1e-3);
  });

  test('a peak outside adds nothing', () => {
    const a = make();
    a.add(3, 0, 9, 1, 1e-4, 0, 1e-4, 0, 0, 0.1);
    a.add(0, 0, 40, 1, 1e-4, 0, 1e-4, 0, 0, 0.1);
    expect(a.sum.every((v) => v === 0)).toBe(true);
  });
});
