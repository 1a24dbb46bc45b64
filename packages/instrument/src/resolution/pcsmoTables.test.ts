import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { namedInstrument } from '../catalogue/catalogue.js';
import { forwardScattering } from '../kinematics.js';
import { sharedFile } from '../shared.fixture.js';
import { spectrometer } from '../spectrometer/spectrometer.js';
import { resolutionCovariance } from './covariance.js';

/**
 * The published tables were made with other lengths than the run: their three components of
 * Q width at E = 0, 10 and 20 meV (Ei 25) solve to a sample of 31.3 mm and a detector of 15.1 mm
 * both ways, on the lattice a = b = 5.408 Å. With these the formulas give the tables back. The
 * tables' (Q, E) elements have the sign of Q = kf - ki.
 */
describe.each([
  [25, 300, [0, 5, 10, 15]],
  [70, 250, [1.5, 12, 26, 40]],
] as const)('published covariance table, Ei = %i meV', (eiMeV, chopperHz, energies) => {
  const path = sharedFile(`data/pcsmo/PCSMO_ei${eiMeV}_resolution.txt.gz`);
  test.skipIf(!path)('is reproduced by the formulas', () => {
    const rows = gunzipSync(readFileSync(path!))
      .toString()
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/).map(Number));
    const instrument = structuredClone(namedInstrument('maps'));
    instrument.detectors.tubeDiameterMm = 15.1;
    const s = spectrometer(instrument, {
      eiMeV,
      chopperHz,
      chopperPackage: 'S',
      pixelLengthMm: 15.1,
      sample: { sizeMm: [0, 31.3, 31.3] },
    });
    const toRlu = 5.408 / (2 * Math.PI);
    const near = (x: number, y: number): boolean => Math.abs(x - y) < 1e-6;
    let compared = 0;
    for (const energyMeV of energies) {
      for (const h of [-0.5, 0, 0.5]) {
        for (const k of [-0.5, 0, 0.5]) {
          const row = rows.find((r) => near(r[0]!, h) && near(r[1]!, k) && near(r[2]!, energyMeV));
          expect(row).toBeDefined();
          const { direction } = forwardScattering(eiMeV, energyMeV, h / toRlu, k / toRlu);
          const { matrix } = resolutionCovariance(s, { energyMeV, ...direction });
          // Measured agreement: 2.5 % in Q widths squared, 6 % in energy width squared.
          expect(matrix[5]! * toRlu ** 2).toBeGreaterThan(0.96 * row![3]!);
          expect(matrix[5]! * toRlu ** 2).toBeLessThan(1.04 * row![3]!);
          expect(matrix[10]! * toRlu ** 2).toBeGreaterThan(0.96 * row![7]!);
          expect(matrix[10]! * toRlu ** 2).toBeLessThan(1.04 * row![7]!);
          expect(matrix[15]! / row![11]!).toBeGreaterThan(0.93);
          expect(matrix[15]! / row![11]!).toBeLessThan(1.01);
          const correlation = matrix[7]! / Math.sqrt(matrix[5]! * matrix[15]!);
          const published = -row![5]! / Math.sqrt(row![3]! * row![11]!);
          expect(Math.abs(correlation - published)).toBeLessThan(0.04);
          compared++;
        }
      }
    }
    expect(compared).toBe(36);
  });
});
