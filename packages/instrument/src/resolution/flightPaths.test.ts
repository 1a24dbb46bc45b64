import { describe, expect, test } from 'vitest';
import { namedInstrument } from '../catalogue/catalogue.js';
import { energyPerWavevectorSquared, speedPerWavevector } from '../constants.js';
import type { Instrument } from '../spectrometer/schema.js';
import { spectrometer, type Spectrometer } from '../spectrometer/spectrometer.js';
import { deviateMatrix, deviateNames, type ScatteringPoint } from './deviates.js';

type Point = readonly [number, number, number];

const minus = (a: Point, b: Point): Point => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
const length = (a: Point): number => Math.hypot(...a);
const along = (direction: Point, size: number): Point => {
  const factor = size / length(direction);
  return [factor * direction[0], factor * direction[1], factor * direction[2]];
};

/**
 * True (Q, E) of a neutron that the spectrometer takes for one of the nominal (Q, E), by flight
 * paths and times and nothing linearised: it leaves the tilted face of the moderator at the time
 * `y[0]`, flies straight through the point `y[1..2]` of the aperture to the point `y[4..6]` of the
 * sample, passes the turning chopper when its slits point along the path (and `y[3]` later), and
 * reaches the point `y[7..9]` of the detector when the nominal neutron is expected (and `y[10]`
 * later).
 */
function flown(s: Spectrometer, at: ScatteringPoint, y: readonly number[]): number[] {
  const { x0, xa, x1, x2, vi } = s;
  const kf = Math.sqrt(s.ki ** 2 - at.energyMeV / energyPerWavevectorSquared);
  const vf = speedPerWavevector * kf;
  const p = (at.twoThetaDeg * Math.PI) / 180;
  const b = (at.azimuthDeg * Math.PI) / 180;
  const out: Point = [Math.cos(p), Math.cos(b) * Math.sin(p), Math.sin(b) * Math.sin(p)];
  const radial: Point = [-Math.sin(p), Math.cos(b) * Math.cos(p), Math.sin(b) * Math.cos(p)];
  const ring: Point = [0, -Math.sin(b), Math.cos(b)];

  const sample: Point = [y[4]!, y[5]!, y[6]!];
  const hole: Point = [-(xa + x1), y[1]!, y[2]!];
  const path = minus(sample, hole);
  const [slopeY, slopeZ] = [path[1] / path[0], path[2] / path[0]];
  /** The straight path at x. */
  const on = (x: number): Point => [
    x,
    hole[1] + slopeY * (x - hole[0]),
    hole[2] + slopeZ * (x - hole[0]),
  ];
  // The face: x = -(x0 + x1) - y tan(tilt). The path meets it where
  // x = -(x0 + x1) - (hole y + slope (x - hole x)) tan(tilt).
  const tilt = Math.tan(s.faceAngleRad);
  const born = on((-(x0 + x1) - (hole[1] - slopeY * hole[0]) * tilt) / (1 + slopeY * tilt));
  const passing = on(-x1);
  const passed = x0 / vi + y[3]! - slopeY / s.omega;
  const speed = length(minus(passing, born)) / (passed - y[0]!);
  const scattered = passed + length(minus(sample, passing)) / speed;
  const incident = along(path, speed / speedPerWavevector);

  const detector = [0, 1, 2].map(
    (n) => x2 * out[n]! + y[7]! * out[n]! + y[8]! * radial[n]! + y[9]! * ring[n]!,
  ) as unknown as Point;
  const detected = (x0 + x1) / vi + x2 / vf + y[10]!;
  const flight = minus(detector, sample);
  const final = along(flight, length(flight) / (detected - scattered) / speedPerWavevector);
  return [
    ...minus(incident, final),
    energyPerWavevectorSquared * (length(incident) ** 2 - length(final) ** 2),
  ];
}

/** A Fermi-chopper spectrometer with lengths and a tilt of its own. */
const other: Instrument = {
  ...namedInstrument('maps'),
  name: 'OTHER',
  moderator: { ...namedInstrument('maps').moderator, distanceM: 20.01, faceAngleDeg: -13.75 },
  aperture: { distanceM: 19, widthMm: 50, heightMm: 50 },
  chopper: {
    distanceM: 2,
    radiusMm: 50,
    packages: { fine: { curvatureM: 0.58, slitMm: 2.03 } },
  },
  detectors: { ...namedInstrument('maps').detectors, distanceM: 5.5 },
};

describe('the deviate matrix against flight paths and times, nothing linearised', () => {
  test.each([
    [namedInstrument('maps'), 100, 250, 13, 30, 0],
    [namedInstrument('maps'), 25, 300, 10, 15, 77],
    [namedInstrument('maps-upgraded'), 400, 400, 300, 45, -120],
    [namedInstrument('merlin'), 18, 200, -6, 100, 160],
    [other, 100, 480, 60, 20, -35],
  ])('$name, Ei %d meV', (instrument, eiMeV, chopperHz, energyMeV, twoThetaDeg, azimuthDeg) => {
    const s = spectrometer(instrument, { eiMeV, chopperHz });
    const point = { energyMeV, twoThetaDeg, azimuthDeg };
    const t = deviateMatrix(s, point);
    deviateNames.forEach((name, column) => {
      const step = /Time/.test(name) ? 1e-10 : 1e-7;
      const at = (size: number): number[] =>
        flown(
          s,
          point,
          Array.from(deviateNames, (_, n) => (n === column ? size : 0)),
        );
      const [up, down] = [at(step), at(-step)];
      const scale = Math.max(...[0, 1, 2, 3].map((r) => Math.abs(t[11 * r + column]!)));
      for (let r = 0; r < 4; r++) {
        const slope = (up[r]! - down[r]!) / (2 * step);
        expect(Math.abs(slope - t[11 * r + column]!) / scale, `${name}, row ${r}`).toBeLessThan(
          1e-5,
        );
      }
    });
  });
});
