import { describe, expect, test } from 'vitest';
import { namedInstrument } from '../catalogue/catalogue.js';
import { chopperHalfBase, chopperTransmission, fermiChopper } from '../chopper/fermi.js';
import { pulseCumulative } from '../moderator/pulse.js';
import { chopperQuantile, normalQuantile, pulseQuantile } from '../sampling/inverse.js';
import { latticeDimensions, latticePoint, latticeShifts } from '../sampling/lattice.js';
import { spectrometer } from '../spectrometer/spectrometer.js';
import { resolutionCovariance } from './covariance.js';
import { drawVariables, monteCarloDeviations, sampledVariables } from './monteCarlo.js';

const maps = namedInstrument('maps');

/** Kolmogorov-Smirnov statistic times sqrt(n); 1.95 is exceeded once in a thousand. */
function kolmogorov(sample: Float64Array, cumulative: (x: number) => number): number {
  const x = Float64Array.from(sample).sort();
  let d = 0;
  x.forEach((v, i) => {
    const c = cumulative(v);
    d = Math.max(d, Math.abs(c - i / x.length), Math.abs(c - (i + 1) / x.length));
  });
  return d * Math.sqrt(x.length);
}

describe('sampled distributions', () => {
  const n = 4096;
  const s = spectrometer(maps, { eiMeV: 70, chopperHz: 250, energyBinMeV: 1, mosaicFwhmDeg: 1 });
  const columns = Array.from({ length: sampledVariables }, () => new Float64Array(n));
  const shifts = latticeShifts(5, sampledVariables);
  const u = new Float64Array(sampledVariables);
  const y = new Float64Array(sampledVariables);
  for (let i = 0; i < n; i++) {
    latticePoint(i, shifts, u);
    drawVariables(s, 20, u, y);
    columns.forEach((c, v) => (c[i] = y[v]!));
  }

  test('moderator: Kolmogorov-Smirnov against its density', () => {
    expect(kolmogorov(columns[0]!, (t) => pulseCumulative(t + 3 * s.tauS, s.tauS))).toBeLessThan(
      1.95,
    );
  });

  test.each([
    ['gamma < 1', 70, 250],
    ['gamma > 1', 25, 300],
  ])('chopper, %s: Kolmogorov-Smirnov against its density', (_, eiMeV, frequencyHz) => {
    const chopper = fermiChopper({
      eiMeV,
      frequencyHz,
      radiusM: 0.049,
      curvatureM: 1.3,
      slitM: 0.002899,
    });
    expect(chopper.gamma < 1).toBe(eiMeV === 70);
    const end = chopperHalfBase(chopper);
    const cells = 4000;
    const table = new Float64Array(cells + 1);
    for (let i = 0; i < cells; i++) {
      table[i + 1] = table[i]! + chopperTransmission(chopper, -end + ((i + 0.5) * 2 * end) / cells);
    }
    const cumulative = (t: number): number => {
      const at = Math.min(Math.max(((t + end) / (2 * end)) * cells, 0), cells - 1e-9);
      const i = Math.floor(at);
      return (table[i]! + (at - i) * (table[i + 1]! - table[i]!)) / table[cells]!;
    };
    const sample = Float64Array.from({ length: n }, (__, i) => {
      latticePoint(i, shifts, u);
      return chopperQuantile(u[3]!, chopper);
    });
    expect(kolmogorov(sample, cumulative)).toBeLessThan(1.95);
  });

  test('quantiles invert their cumulative functions', () => {
    for (const p of [1e-9, 0.01, 0.3, 0.5, 0.77, 0.999, 1 - 1e-9]) {
      expect(pulseCumulative(pulseQuantile(p, 2e-6), 2e-6)).toBeCloseTo(p, 10);
    }
    expect(normalQuantile(0.5)).toBeCloseTo(0, 12);
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 10);
    expect(normalQuantile(1e-10)).toBeCloseTo(-6.361340902404056, 8);
    expect(normalQuantile(0.2)).toBeCloseTo(-normalQuantile(0.8), 12);
  });

  test('variables are independent: no two of them correlate', () => {
    for (let a = 0; a < sampledVariables; a++) {
      for (let b = 0; b < a; b++) {
        const x = columns[a]!;
        const z = columns[b]!;
        const mx = x.reduce((t, v) => t + v, 0) / n;
        const mz = z.reduce((t, v) => t + v, 0) / n;
        let xx = 0;
        let zz = 0;
        let xz = 0;
        for (let i = 0; i < n; i++) {
          xx += (x[i]! - mx) ** 2;
          zz += (z[i]! - mz) ** 2;
          xz += (x[i]! - mx) * (z[i]! - mz);
        }
        // Sample axes and all others have extent here except the point-like sample.
        if (xx === 0 || zz === 0) continue;
        expect(Math.abs(xz) / Math.sqrt(xx * zz)).toBeLessThan(0.02);
      }
    }
  });

  test('the sequence: in [0, 1), better than random, another for another seed', () => {
    const point = new Float64Array(latticeDimensions);
    const mean = (seed: number, count: number): number => {
      const shift = latticeShifts(seed, latticeDimensions);
      let sum = 0;
      for (let i = 0; i < count; i++) {
        latticePoint(i, shift, point);
        let product = 1;
        for (let d = 0; d < 8; d++) product *= 1 + 0.5 * (point[d]! - 0.5);
        sum += product;
        for (const v of point) if (!(v >= 0 && v < 1)) throw new Error(`${v}`);
      }
      return sum / count;
    };
    const random = Math.sqrt(((1 + 1 / 48) ** 8 - 1) / 4096);
    for (const seed of [1, 2, 3]) expect(Math.abs(mean(seed, 4096) - 1)).toBeLessThan(random / 4);
    expect(mean(1, 64)).not.toBe(mean(2, 64));
  });
});

describe('low-discrepancy against plain numbers', () => {
  test('the error of the covariance falls faster than 1/sqrt(n), and lies below plain Monte Carlo', () => {
    const s = spectrometer(maps, { eiMeV: 70, chopperHz: 250, sample: { sizeMm: [10, 50, 10] } });
    const point = { energyMeV: 25, twoThetaDeg: 30, azimuthDeg: 50 };
    const exact = resolutionCovariance(s, point).matrix[15]!;
    // Plain numbers: the same generator without the lattice, a fresh shift for every sample.
    const variance = (n: number, draw: (i: number) => number): number => {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += draw(i) ** 2;
      return Math.abs(sum / n / exact - 1);
    };
    const seeds = [1, 2, 3, 4, 5, 6, 7, 8];
    const rms = (f: (seed: number) => number): number =>
      Math.sqrt(seeds.reduce((t, seed) => t + f(seed) ** 2, 0) / seeds.length);
    const lattice = (n: number): number =>
      rms((seed) => {
        const x = monteCarloDeviations(s, point, n, { seed });
        return variance(n, (i) => x[4 * i + 3]!);
      });
    const plain = (n: number): number =>
      rms((seed) =>
        variance(n, (i) => monteCarloDeviations(s, point, 1, { seed: seed * 100_003 + i })[3]!),
      );
    const [few, many] = [lattice(256), lattice(4096)];
    // 16 times the samples: plain numbers gain 4.
    expect(few / many).toBeGreaterThan(6);
    expect(many).toBeLessThan(plain(4096) / 4);
  });
});

describe('Monte-Carlo covariance', () => {
  test('converges to the analytic one, mosaic and sample orientation included', () => {
    const c = Math.cos(0.4);
    const d = Math.sin(0.4);
    const s = spectrometer(maps, {
      eiMeV: 70,
      chopperHz: 250,
      energyBinMeV: 0.7,
      mosaicFwhmDeg: 1.5,
      sample: { sizeMm: [10, 50, 20], axes: [c, d, 0, -d, c, 0, 0, 0, 1] },
    });
    const point = { energyMeV: 25, twoThetaDeg: 30, azimuthDeg: 50 };
    const exact = resolutionCovariance(s, point).matrix;
    const error = (count: number): number => {
      const x = monteCarloDeviations(s, point, count, { seed: 3 });
      let worst = 0;
      for (let i = 0; i < 4; i++) {
        for (let j = 0; j < 4; j++) {
          let sum = 0;
          for (let n = 0; n < count; n++) sum += x[4 * n + i]! * x[4 * n + j]!;
          const scale = Math.sqrt(exact[5 * i]! * exact[5 * j]!);
          worst = Math.max(worst, Math.abs(sum / count - exact[4 * i + j]!) / scale);
        }
      }
      return worst;
    };
    expect(error(16384)).toBeLessThan(0.01);
    expect(error(16384)).toBeLessThan(error(256));
  });

  test('the energy distribution keeps the skew of the moderator', () => {
    const s = spectrometer(maps, { eiMeV: 70, chopperHz: 250 });
    const x = monteCarloDeviations(s, { energyMeV: 50, twoThetaDeg: 10, azimuthDeg: 0 }, 8192);
    let m2 = 0;
    let m3 = 0;
    for (let n = 0; n < 8192; n++) {
      m2 += x[4 * n + 3]! ** 2 / 8192;
      m3 += x[4 * n + 3]! ** 3 / 8192;
    }
    expect(Math.abs(m3 / m2 ** 1.5)).toBeGreaterThan(0.1);
  });

  test('seeds: same numbers again, others otherwise; no samples is an error', () => {
    const s = spectrometer(maps, { eiMeV: 70, chopperHz: 250 });
    const point = { energyMeV: 50, twoThetaDeg: 10, azimuthDeg: 0 };
    const a = monteCarloDeviations(s, point, 64, { seed: 1 });
    expect(monteCarloDeviations(s, point, 64, { seed: 1 })).toEqual(a);
    expect(monteCarloDeviations(s, point, 64, { seed: 2 })).not.toEqual(a);
    expect(() => monteCarloDeviations(s, point, 0)).toThrow(/positive integer/);
  });
});
