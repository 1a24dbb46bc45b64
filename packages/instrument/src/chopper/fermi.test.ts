import { describe, expect, test } from 'vitest';
import { energyPerWavevectorSquared, speedPerWavevector } from '../constants.js';
import {
  chopperArea,
  chopperHalfBase,
  chopperTransmission,
  chopperVariance,
  fermiChopper,
  type FermiChopper,
} from './fermi.js';

/** A chopper of given gamma; only gamma and the opening time matter here. */
const withGamma = (gamma: number): FermiChopper => ({
  eiMeV: 50,
  frequencyHz: 200,
  radiusM: 0.049,
  curvatureM: 1.3,
  slitM: 0.0029,
  openingTimeS: 2.5e-5,
  gamma,
});

describe('Fermi chopper', () => {
  test.each([0.01, 0.5, 0.999, 1, 1.5, 2.5, 3.9])(
    'area and variance are those of the transmission at gamma = %f',
    (gamma) => {
      const chopper = withGamma(gamma);
      const end = chopperHalfBase(chopper);
      const n = 20_000;
      let area = 0;
      let second = 0;
      let lowest = 0;
      for (let i = 0; i < n; i++) {
        const t = -end + ((i + 0.5) * 2 * end) / n;
        const weight = chopperTransmission(chopper, t);
        lowest = Math.min(lowest, weight);
        area += weight;
        second += weight * t * t;
      }
      expect(lowest).toBe(0);
      expect((area * 2 * end) / n / chopperArea(chopper)).toBeCloseTo(1, 6);
      expect(second / area / chopperVariance(chopper)).toBeCloseTo(1, 6);
      expect(chopperTransmission(chopper, 1.0001 * end)).toBe(0);
    },
  );

  test('the two regimes meet at gamma = 1', () => {
    for (const f of [chopperArea, chopperVariance, chopperHalfBase]) {
      expect(f(withGamma(1 - 1e-9)) / f(withGamma(1))).toBeCloseTo(1, 7);
    }
  });

  test('gamma vanishes at the best velocity v = 2 omega rho', () => {
    const speed = 2 * 2 * Math.PI * 250 * 1.3;
    const eiMeV = energyPerWavevectorSquared * (speed / speedPerWavevector) ** 2;
    const spec = { eiMeV, frequencyHz: 250, radiusM: 0.049, curvatureM: 1.3, slitM: 0.0029 };
    expect(fermiChopper(spec).gamma).toBeCloseTo(0, 10);
  });

  test('says so when nothing passes, with Ei and frequency', () => {
    const spec = { frequencyHz: 600, radiusM: 0.049, curvatureM: 1.3, slitM: 0.001087 };
    expect(() => fermiChopper({ ...spec, eiMeV: 5 })).toThrow(
      /transmits nothing.*Ei = 5 meV at 600 Hz/,
    );
  });
});
