import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fwhmPerSigma } from '../constants.js';
import { namedInstrument } from '../catalogue/catalogue.js';
import { InstrumentError } from '../errors.js';
import { momentumTransfer, type Vector3 } from '../kinematics.js';
import { spectrometer } from '../spectrometer/spectrometer.js';
import { energyWidths, resolutionCovariance } from './covariance.js';
import { deviateMatrix, deviateVariances } from './deviates.js';

const maps = namedInstrument('maps');

describe('covariance in spectrometer axes', () => {
  test("Horace's stored covariance of MAPS, package S, to 1e-7", () => {
    const s = spectrometer(maps, {
      eiMeV: 100,
      chopperHz: 250,
      chopperPackage: 'S',
      moderatorTauMicroseconds: 70 / Math.sqrt(90),
      energyBinMeV: 1,
      pixelLengthMm: 36.7,
      sample: { sizeMm: [20, 20, 20] },
    });
    const { matrix } = resolutionCovariance(s, { energyMeV: 13, twoThetaDeg: 30, azimuthDeg: 0 });
    const expected: [number, number][] = [
      [0, 5.76906026e-3],
      [1, 1.42200561e-3],
      [5, 9.02739448e-4],
      [10, 4.33196892e-4],
      [3, 0.171432735],
      [7, 0.0447397411],
      [15, 5.11895878],
    ];
    for (const [index, value] of expected) {
      expect(Math.abs(matrix[index]! / value - 1)).toBeLessThan(1e-7);
    }
    for (const index of [2, 6, 11]) expect(Math.abs(matrix[index]!)).toBeLessThan(1e-12);
  });

  test('FWHM at Q = 0 of the PCSMO settings, at the energies of the tables nearest 0.4 Ei', () => {
    for (const [eiMeV, chopperHz, energyMeV, fwhm] of [
      [25, 300, 10, 0.787],
      [70, 250, 29.5, 2.645],
    ] as const) {
      const sample = { sizeMm: [10, 50, 10] } as const;
      const s = spectrometer(maps, { eiMeV, chopperHz, chopperPackage: 'S', sample });
      const at = { energyMeV, twoThetaDeg: 0, azimuthDeg: 0 };
      expect(energyWidths(resolutionCovariance(s, at)).totalFwhmMeV).toBeCloseTo(fwhm, 3);
    }
  });

  /**
   * CHOP and PyChop work with time: a neutron that leaves the moderator dt late, or passes the
   * chopper dt late, is assigned an energy transfer off by m (vi^3/x0 + vf^3 x1/(x0 x2)) dt or
   * m (vi^3/x0 + vf^3 (x0 + x1)/(x0 x2)) dt (Windsor 1981). No deviate matrix in it.
   */
  test.each([
    ['maps', 'S', 25, 300, 10],
    ['maps', 'A', 500, 500, 100],
    ['maps', 'B', 120, 300, 0],
    ['maps-upgraded', 'S', 70, 250, 30],
    ['merlin', 'S', 18, 200, 5],
    ['merlin', 'S', 100, 300, 90],
    ['merlin', 'G', 50, 250, 20],
  ])('time-of-flight widths: %s, package %s, %d meV at %d Hz, E = %d', (name, pack, ei, hz, e) => {
    const s = spectrometer(namedInstrument(name), {
      eiMeV: ei,
      chopperHz: hz,
      chopperPackage: pack,
    });
    const { x0, x1, x2 } = s;
    // m in meV (s/m)^2: neutron mass over elementary charge.
    const m = (1.67492749804e-27 / 1.602176634e-19) * 1000;
    const vi = Math.sqrt((2 * ei) / m);
    const vf = Math.sqrt((2 * (ei - e)) / m);
    const common = vi ** 3 / x0;
    const moderator = m * (common + (vf ** 3 * x1) / (x0 * x2)) * Math.sqrt(3) * s.tauS;
    // Delta and gamma of the chopper from lengths and speeds, as PyChop writes them.
    const { curvatureM: rho, slitMm, radiusMm } = namedInstrument(name).chopper.packages[pack]!;
    const [w, r] = [2 * Math.PI * hz, (radiusMm ?? namedInstrument(name).chopper.radiusMm) * 1e-3];
    const dt = (slitMm * 1e-3) / (2 * r * w);
    const g = ((2 * r) / dt) * Math.abs(1 / vi - 1 / (2 * w * rho));
    const root = Math.sqrt(g);
    const variance =
      g < 1
        ? ((dt * dt) / 6) * ((1 - g ** 4 / 10) / (1 - (g * g) / 6))
        : (((dt * dt) / 6) * 0.6 * g * ((root - 2) ** 2 * (root + 8))) / (root + 4);
    const chopper = m * (common + (vf ** 3 * (x0 + x1)) / (x0 * x2)) * Math.sqrt(variance);
    for (const azimuthDeg of [0, 77, -140]) {
      const c = resolutionCovariance(s, { energyMeV: e, twoThetaDeg: 25, azimuthDeg });
      const widths = energyWidths(c);
      expect(widths.moderator / (fwhmPerSigma * moderator)).toBeCloseTo(1, 5);
      expect(widths.chopper / (fwhmPerSigma * chopper)).toBeCloseTo(1, 4);
    }
  });

  test('moderator and chopper carry over 95 % of the energy variance', () => {
    const s = spectrometer(maps, { eiMeV: 70, chopperHz: 250, sample: { sizeMm: [10, 50, 10] } });
    const c = resolutionCovariance(s, { energyMeV: 30, twoThetaDeg: 20, azimuthDeg: 70 });
    const part = c.contributions.moderator[15]! + c.contributions.chopper[15]!;
    expect(part / c.matrix[15]!).toBeGreaterThan(0.95);
    const widths = energyWidths(c);
    const squares = Object.entries(widths)
      .filter(([name]) => name !== 'totalFwhmMeV')
      .reduce((sum, [, w]) => sum + w * w, 0);
    expect(Math.sqrt(squares)).toBeCloseTo(widths.totalFwhmMeV, 12);
  });

  test('symmetric, positive semi-definite, and the sum of its parts, anywhere', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 25, max: 200, noNaN: true }),
        fc.double({ min: 0, max: 0.95, noNaN: true }),
        fc.double({ min: 0, max: 150, noNaN: true }),
        fc.double({ min: -180, max: 180, noNaN: true }),
        (eiMeV, fraction, twoThetaDeg, azimuthDeg) => {
          const s = spectrometer(maps, {
            eiMeV,
            chopperHz: 250,
            chopperPackage: 'S',
            sample: { sizeMm: [10, 50, 10] },
            mosaicFwhmDeg: 1,
            energyBinMeV: 0.01 * eiMeV,
          });
          const c = resolutionCovariance(s, {
            energyMeV: fraction * eiMeV,
            twoThetaDeg,
            azimuthDeg,
          });
          const m = c.matrix;
          for (let i = 0; i < 4; i++) {
            for (let j = 0; j < 4; j++) {
              const parts = Object.values(c.contributions).reduce((t, p) => t + p[4 * i + j]!, 0);
              const scale = Math.sqrt(m[5 * i]! * m[5 * j]!);
              expect(Math.abs(parts - m[4 * i + j]!)).toBeLessThan(1e-12 * scale + 1e-300);
              expect(Math.abs(m[4 * i + j]! - m[4 * j + i]!)).toBeLessThan(1e-12 * scale + 1e-300);
              expect(Math.abs(m[4 * i + j]!)).toBeLessThanOrEqual(scale * (1 + 1e-12));
            }
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  test('reflection in the horizontal plane: azimuth -> -azimuth turns the sign of z', () => {
    const s = spectrometer(maps, { eiMeV: 50, chopperHz: 200, sample: { sizeMm: [10, 20, 30] } });
    const up = resolutionCovariance(s, { energyMeV: 20, twoThetaDeg: 15, azimuthDeg: 60 }).matrix;
    const down = resolutionCovariance(s, {
      energyMeV: 20,
      twoThetaDeg: 15,
      azimuthDeg: -60,
    }).matrix;
    const sign = [1, 1, -1, 1];
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j < 4; j++) {
        expect(down[4 * i + j]! * sign[i]! * sign[j]!).toBeCloseTo(up[4 * i + j]!, 12);
      }
    }
  });

  test('T agrees with finite differences of the exact kinematics for the detector position', () => {
    const s = spectrometer(maps, { eiMeV: 60, chopperHz: 250 });
    const point = { energyMeV: 25, twoThetaDeg: 33, azimuthDeg: 40 };
    const t = deviateMatrix(s, point);
    // A detector displaced by `step` along the radial direction is one at a larger 2 theta.
    const step = 1e-6;
    const q = (twoThetaDeg: number): Vector3 => momentumTransfer(60, 25, { ...point, twoThetaDeg });
    const dTheta = ((step / s.x2) * 180) / Math.PI;
    const plus = q(33 + dTheta);
    const minus = q(33 - dTheta);
    for (let i = 0; i < 3; i++) {
      expect(t[11 * i + 8]!).toBeCloseTo((plus[i]! - minus[i]!) / (2 * step), 5);
    }
    expect(t[33 + 8]!).toBeCloseTo(0, 10);
  });

  test('mosaic widens Q across, not along', () => {
    const settings = { eiMeV: 60, chopperHz: 250 };
    const point = { energyMeV: 10, twoThetaDeg: 50, azimuthDeg: 20 };
    const c = resolutionCovariance(spectrometer(maps, { ...settings, mosaicFwhmDeg: 2 }), point);
    const q = momentumTransfer(60, 10, point);
    const m = c.contributions.mosaic;
    for (let i = 0; i < 3; i++) {
      expect(m[4 * i]! * q[0] + m[4 * i + 1]! * q[1] + m[4 * i + 2]! * q[2]).toBeCloseTo(0, 12);
    }
    const sigma = (2 * Math.PI) / 180 / fwhmPerSigma;
    expect(m[0]! + m[5]! + m[10]!).toBeCloseTo(
      2 * sigma * sigma * (q[0] ** 2 + q[1] ** 2 + q[2] ** 2),
      12,
    );
  });
});

describe('bad input', () => {
  test('energy at or above Ei', () => {
    const s = spectrometer(maps, { eiMeV: 25, chopperHz: 300 });
    for (const energyMeV of [25, 30]) {
      expect(() => resolutionCovariance(s, { energyMeV, twoThetaDeg: 10, azimuthDeg: 0 })).toThrow(
        InstrumentError,
      );
    }
    expect(() => deviateVariances(s, 26)).toThrow(/at or above the incident energy/);
  });
});
