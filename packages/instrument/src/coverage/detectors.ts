import type { Vector3 } from '../kinematics.js';
import type { Instrument, TubeBank } from '../spectrometer/schema.js';

/** Unit vectors from the sample to the detector pixels, spectrometer axes, [n, 3] row-major. */
export interface DetectorPixels {
  readonly count: number;
  readonly directions: Float64Array;
}

const radians = Math.PI / 180;

function bankPixels(bank: TubeBank, radiusM: number, pixelM: number, out: number[]): void {
  const cosYaw = Math.cos(bank.yawDeg * radians);
  const sinYaw = Math.sin(bank.yawDeg * radians);
  const perTube = Math.max(1, Math.round((2 * bank.halfLengthM) / pixelM));
  for (const [startDeg, count] of bank.packs) {
    for (let tube = 0; tube < count; tube++) {
      const angle = bank.side * (startDeg + tube * bank.pitchDeg) * radians;
      for (let pixel = 0; pixel < perTube; pixel++) {
        const along = bank.shiftM + ((pixel + 0.5) / perTube - 0.5) * 2 * bank.halfLengthM;
        const forward = radiusM * Math.cos(angle);
        const across = radiusM * Math.sin(angle);
        const x = forward;
        const y = bank.tubes === 'vertical' ? across : along;
        const z = bank.tubes === 'vertical' ? along : across;
        const norm = Math.hypot(x, y, z);
        out.push((x * cosYaw - y * sinYaw) / norm, (x * sinYaw + y * cosYaw) / norm, z / norm);
      }
    }
  }
}

/** Points on rings of 2 theta, at the spacing of a tube diameter and a pixel length. */
function ringPixels(instrument: Instrument, out: number[]): void {
  const { detectors } = instrument;
  const polar = (detectors.tubeDiameterMm * 1e-3) / detectors.distanceM / radians;
  const ring = (detectors.pixelLengthMm * 1e-3) / detectors.distanceM;
  const azimuths = detectors.azimuthRangesDeg ?? [[-180, 180] as const];
  for (const [low, high] of detectors.twoThetaRangesDeg) {
    const steps = Math.max(1, Math.round((high - low) / polar));
    for (let i = 0; i < steps; i++) {
      const p = (low + ((i + 0.5) * (high - low)) / steps) * radians;
      for (const [from, to] of azimuths) {
        const around = Math.max(1, Math.round(((to - from) * radians * Math.sin(p)) / ring));
        for (let j = 0; j < around; j++) {
          const b = (from + ((j + 0.5) * (to - from)) / around) * radians;
          out.push(Math.cos(p), Math.cos(b) * Math.sin(p), Math.sin(b) * Math.sin(p));
        }
      }
    }
  }
}

/** Every detector pixel of an instrument: its tube banks, or its 2 theta rings where it has none. */
export function detectorPixels(instrument: Instrument): DetectorPixels {
  const out: number[] = [];
  const { banks, distanceM, pixelLengthMm } = instrument.detectors;
  for (const bank of banks) bankPixels(bank, distanceM, pixelLengthMm * 1e-3, out);
  if (banks.length === 0) ringPixels(instrument, out);
  return { count: out.length / 3, directions: Float64Array.from(out) };
}

/** Whether a direction lies in one of the 2 theta (and azimuth) ranges of the instrument file. */
export function insideTwoThetaRanges(instrument: Instrument, direction: Vector3): boolean {
  const { twoThetaRangesDeg, azimuthRangesDeg } = instrument.detectors;
  const perpendicular = Math.hypot(direction[1], direction[2]);
  const twoTheta = Math.atan2(perpendicular, direction[0]) / radians;
  const azimuth = Math.atan2(direction[2], direction[1]) / radians;
  const inside = (value: number, ranges: readonly (readonly [number, number])[]): boolean =>
    ranges.some(([low, high]) => value >= low && value <= high);
  return (
    inside(twoTheta, twoThetaRangesDeg) && (!azimuthRangesDeg || inside(azimuth, azimuthRangesDeg))
  );
}
