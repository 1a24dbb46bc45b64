import { describe, expect, it } from 'vitest';
import { broaden, faddeevaReal, linearGrid } from './broaden.js';

const lines = (e: number[], s: number[]) => ({
  energiesEv: Float64Array.from(e),
  strengths: Float64Array.from(s),
});
const area = (grid: Float64Array, y: Float64Array) =>
  y.reduce((sum, v) => sum + v, 0) * (grid[1]! - grid[0]!);

describe('broadening', () => {
  const grid = linearGrid(500, 560, 6001);

  it('a Gaussian has the area, centre and full width at half maximum asked for', () => {
    const y = broaden(lines([530], [3]), grid, 1.2);
    expect(area(grid, y)).toBeCloseTo(3, 10);
    const top = Math.max(...y);
    const above = grid.filter((_, i) => y[i]! >= top / 2);
    expect(above[above.length - 1]! - above[0]!).toBeCloseTo(1.2, 1);
    expect(grid[y.indexOf(top)]).toBeCloseTo(530, 6);
  });

  it('a Voigt profile is the convolution of its Gaussian and its Lorentzian', () => {
    const y = broaden(lines([530], [1]), grid, { fwhmEv: 0.9, lorentzianFwhmEv: 0.6 });
    const sigma = 0.9 / Math.sqrt(8 * Math.LN2);
    const gamma = 0.3;
    for (const e of [530, 530.37, 531.2, 533, 541]) {
      let sum = 0;
      const h = 0.002;
      for (let t = -6 * sigma; t <= 6 * sigma; t += h) {
        const g = Math.exp(-0.5 * (t / sigma) ** 2) / (sigma * Math.sqrt(2 * Math.PI));
        sum += (g * h * gamma) / Math.PI / ((e - 530 - t) ** 2 + gamma ** 2);
      }
      const i = Math.round((e - 500) / 0.01);
      expect(Math.abs(y[i]! / sum - 1)).toBeLessThan(1e-6);
    }
  });

  it('the complex error function meets known values', () => {
    // mpmath: exp(-z^2) erfc(-iz), real part
    for (const [x, y, w] of [
      [0, 0.5, 0.61569034419292588],
      [1.3, 0.01, 0.18737400218780588],
      [4, 1, 0.036281456489988641],
    ] as const) {
      expect(Math.abs(faddeevaReal(x, y) / w - 1)).toBeLessThan(1e-9);
    }
  });

  it('adds lines, and says what is wrong with grids and widths', () => {
    const both = broaden(lines([520, 540], [1, 2]), grid, 1);
    expect(area(grid, both)).toBeCloseTo(3, 9);
    expect(() => broaden(lines([520], [1]), grid, 0)).toThrow(/above 0/);
    expect(() => broaden(lines([520], [1]), Float64Array.of(2, 1), 1)).toThrow(/ascending/);
    expect(() => linearGrid(5, 4, 10)).toThrow(/5 to 4/);
  });
});
