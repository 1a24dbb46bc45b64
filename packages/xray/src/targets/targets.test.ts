import { describe, expect, it } from 'vitest';
import { linearGrid } from '../spectra/broaden.js';
import {
  cutRegion,
  makeTargets,
  peakMoments,
  regionsOfInterest,
  resampleSpectrum,
} from './targets.js';

describe('targets', () => {
  const grid = linearGrid(500, 540, 801);
  const gauss = (m: number, s: number, a: number) =>
    grid.map((x) => (a / (s * Math.sqrt(2 * Math.PI))) * Math.exp(-0.5 * ((x - m) / s) ** 2));
  it('moments of a Gaussian are its own', () => {
    const m = peakMoments(grid, gauss(521, 1.3, 2.5), { name: 'peak', from: 505, to: 537 });
    expect(m.area).toBeCloseTo(2.5, 8);
    expect(m.mean).toBeCloseTo(521, 8);
    expect(m.width).toBeCloseTo(1.3, 8);
    expect(m.skewness).toBeCloseTo(0, 8);
    expect(m.kurtosis).toBeCloseTo(0, 6);
  });
  it('regions, whole spectra, and the names of all', () => {
    const spectra = [gauss(510, 1, 1), gauss(530, 1, 3)];
    const regions = [
      { name: 'low', from: 500, to: 520 },
      { name: 'high', from: 520, to: 540 },
    ];
    const r = makeTargets(grid, spectra, { kind: 'regions', regions });
    [1, 0, 0, 3].forEach((x, i) => expect(r.values[i]).toBeCloseTo(x, 8));
    const whole = makeTargets(grid, spectra, { kind: 'spectrum', from: 509.98, to: 511.02 });
    expect(whole.names.length).toBe(21);
    expect(whole.values[0]).toBe(spectra[0]![200]);
    const moments = makeTargets(grid, [gauss(510, 1, 1)], {
      kind: 'moments',
      regions: regions.slice(0, 1),
    });
    expect(moments.names).toEqual(['low mean', 'low width', 'low skewness']);
    expect(moments.values[0]).toBeCloseTo(510, 6);
  });
  it('refuses different grids, and brings a spectrum onto another', () => {
    expect(() => makeTargets(grid, [new Float64Array(5)], { kind: 'spectrum' })).toThrow(/row 0/);
    expect(() => regionsOfInterest(grid, grid, [{ name: 'x', from: 600, to: 610 }])).toThrow(/x/);
    expect(() =>
      peakMoments(grid, new Float64Array(801), { name: 'p', from: 505, to: 530 }),
    ).toThrow(/area/);
    const onto = linearGrid(505, 535, 77);
    const line = resampleSpectrum(
      grid,
      grid.map((x) => 2 * x - 1),
      onto,
    );
    line.forEach((y, i) => expect(y).toBeCloseTo(2 * onto[i]! - 1, 8));
    expect(() => resampleSpectrum(grid, grid, linearGrid(400, 500, 3))).toThrow(/outside/);
  });
  it('a region alone is the points inside it, both ends among them', () => {
    const peak = gauss(510, 1, 1);
    const cut = cutRegion(grid, peak, { name: 'low', from: 509.98, to: 511.02 });
    expect([...cut.grid]).toEqual([...grid.slice(200, 221)]);
    expect([...cut.spectrum]).toEqual([...peak.slice(200, 221)]);
    expect(() => cutRegion(grid, peak, { name: 'thin', from: 510.01, to: 510.04 })).toThrow(
      expect.objectContaining({ code: 'GRID_MISMATCH' }),
    );
  });
});
