import { describe, expect, test } from 'vitest';
import { InstrumentError } from './errors.js';
import {
  directionOf,
  energyOf,
  forwardScattering,
  momentumTransfer,
  unitVector,
  wavevectorOf,
} from './kinematics.js';

describe('kinematics', () => {
  test('elastic scattering: |Q| = 2 k sin(theta)', () => {
    const q = momentumTransfer(50, 0, { twoThetaDeg: 40, azimuthDeg: 30 });
    const expected = 2 * wavevectorOf(50) * Math.sin((20 * Math.PI) / 180);
    expect(Math.hypot(...q)).toBeCloseTo(expected, 12);
    expect(energyOf(wavevectorOf(50))).toBeCloseTo(50, 12);
  });

  test('forwardScattering inverts momentumTransfer', () => {
    for (const [twoThetaDeg, azimuthDeg] of [
      [0, 0],
      [12, 45],
      [30, -120],
      [80, 179],
    ] as const) {
      const q = momentumTransfer(70, 30, { twoThetaDeg, azimuthDeg });
      const back = forwardScattering(70, 30, q[1], q[2]);
      expect(back.q[0]).toBeCloseTo(q[0], 10);
      expect(back.direction.twoThetaDeg).toBeCloseTo(twoThetaDeg, 8);
      if (twoThetaDeg > 0) expect(back.direction.azimuthDeg).toBeCloseTo(azimuthDeg, 8);
      const n = unitVector(back.direction);
      expect(directionOf(n).twoThetaDeg).toBeCloseTo(twoThetaDeg, 8);
    }
  });

  test('what no neutron can do is an error with a code', () => {
    const code = (f: () => unknown): string | undefined => {
      try {
        f();
      } catch (e) {
        return e instanceof InstrumentError ? e.code : undefined;
      }
      return undefined;
    };
    expect(code(() => forwardScattering(25, 24.9, 1, 0))).toBe('KINEMATICALLY_CLOSED');
    expect(code(() => momentumTransfer(25, 25, { twoThetaDeg: 0, azimuthDeg: 0 }))).toBe(
      'ENERGY_ABOVE_EI',
    );
  });
});
