import { energyPerWavevectorSquared, speedPerWavevector } from '../constants.js';
import { finalWavevector, type ScatteringDirection } from '../kinematics.js';
import { chopperVariance } from '../chopper/fermi.js';
import type { Spectrometer } from '../spectrometer/spectrometer.js';

/** The eleven random variables, in the column order of `deviateMatrix`. Times in s, lengths in m. */
export const deviateNames = [
  'moderatorTime',
  'apertureY',
  'apertureZ',
  'chopperTime',
  'sampleX',
  'sampleY',
  'sampleZ',
  'detectorDepth',
  'detectorWidth',
  'detectorHeight',
  'detectionTime',
] as const;

/** Which columns belong to which part of the instrument. */
export const deviateGroups = {
  moderator: [0],
  aperture: [1, 2],
  chopper: [3],
  sample: [4, 5, 6],
  detector: [7, 8, 9],
  timeBin: [10],
} as const;

/** A point of (Q, E) space as the spectrometer reaches it. */
export interface ScatteringPoint extends ScatteringDirection {
  readonly energyMeV: number;
  /**
   * Orientation of the detector's (depth, width, height) axes in the secondary frame, 3 x 3
   * row-major; default identity: depth along kf, width radial, height along the Debye-Scherrer
   * ring.
   */
  readonly detectorAxes?: readonly number[];
}

const identity = [1, 0, 0, 0, 1, 0, 0, 0, 1];

/**
 * T, [4, 11] row-major: deviations of (Qx, Qy, Qz in Å^-1, E in meV) in spectrometer axes from a
 * unit of each random variable (Å^-1 or meV per s or per m). Perring (1991), as in Tobyfit.
 * @throws InstrumentError ENERGY_ABOVE_EI.
 */
export function deviateMatrix(s: Spectrometer, point: ScatteringPoint): Float64Array {
  const { ki, vi, x0, xa, x1, x2, omega } = s;
  const kf = finalWavevector(s.eiMeV, point.energyMeV);
  const vf = speedPerWavevector * kf;
  const ti = x0 / vi;
  const tf = x2 / vf;
  const tilt = (omega * Math.tan(s.faceAngleRad)) / vi;
  const g1 = 1 - tilt * (x0 + x1);
  const g2 = 1 - tilt * (x0 - xa);
  const f1 = 1 + (x1 / x0) * g1;
  const f2 = 1 + (x1 / x0) * g2;
  const d = omega * (xa + x1);

  const p = (point.twoThetaDeg * Math.PI) / 180;
  const b = (point.azimuthDeg * Math.PI) / 180;
  // Lab -> secondary frame: rows along kf, radial, along the ring.
  const frame = [
    Math.cos(p),
    Math.cos(b) * Math.sin(p),
    Math.sin(b) * Math.sin(p),
    -Math.sin(p),
    Math.cos(b) * Math.cos(p),
    Math.sin(b) * Math.cos(p),
    0,
    -Math.sin(b),
    Math.cos(b),
  ];
  const g = point.detectorAxes ?? identity;
  const axes = s.sampleAxes;

  // Deviations of the incident and final wavevectors, each in its own frame, [3, 11].
  const dki = new Float64Array(33);
  const dkf = new Float64Array(33);
  const i0 = ki / ti;
  const iPerp = ki / (xa + x1);
  dki[0] = i0;
  dki[1] = (-i0 * g1) / d;
  dki[3] = -i0;
  dki[11 + 1] = -iPerp;
  dki[22 + 2] = -iPerp;
  const f0 = kf / tf;
  dkf[0] = (-f0 * x1) / x0;
  dkf[1] = (f0 * f1) / d;
  dkf[3] = (f0 * (x0 + x1)) / x0;
  dkf[10] = -f0;
  for (let column = 0; column < 3; column++) {
    // A unit along the sample's edge `column`, in the lab and in the secondary frame.
    const lx = axes[3 * column]!;
    const ly = axes[3 * column + 1]!;
    const lz = axes[3 * column + 2]!;
    const fx = frame[0]! * lx + frame[1]! * ly + frame[2]! * lz;
    const fy = frame[3]! * lx + frame[4]! * ly + frame[5]! * lz;
    const fz = frame[6]! * lx + frame[7]! * ly + frame[8]! * lz;
    dki[4 + column] = (i0 * g2 * ly) / d;
    dki[11 + 4 + column] = iPerp * ly;
    dki[22 + 4 + column] = iPerp * lz;
    dkf[4 + column] = f0 * (lx / vi - fx / vf - (f2 * ly) / d);
    dkf[11 + 4 + column] = (-kf / x2) * fy;
    dkf[22 + 4 + column] = (-kf / x2) * fz;
    // A unit along the detector's axis `column`.
    dkf[7 + column] = (f0 * g[column]!) / vf;
    dkf[11 + 7 + column] = (kf / x2) * g[3 + column]!;
    dkf[22 + 7 + column] = (kf / x2) * g[6 + column]!;
  }
  const t = new Float64Array(44);
  for (let c = 0; c < 11; c++) {
    for (let r = 0; r < 3; r++) {
      t[11 * r + c] =
        dki[11 * r + c]! -
        (frame[r]! * dkf[c]! + frame[3 + r]! * dkf[11 + c]! + frame[6 + r]! * dkf[22 + c]!);
    }
    t[33 + c] = 2 * energyPerWavevectorSquared * (ki * dki[c]! - kf * dkf[c]!);
  }
  return t;
}

/** Width in time of an energy bin at the detector, s: x2 dE / (2 * 2.0721247 * 629.6224 kf^3). */
export function timeBinWidth(s: Spectrometer, energyMeV: number): number {
  const kf = finalWavevector(s.eiMeV, energyMeV);
  return (s.x2 * s.energyBinMeV) / (2 * energyPerWavevectorSquared * speedPerWavevector * kf ** 3);
}

/** Variances of the eleven variables, [11], s^2 and m^2. */
export function deviateVariances(s: Spectrometer, energyMeV: number): Float64Array {
  const uniform = (width: number): number => (width * width) / 12;
  return Float64Array.of(
    3 * s.tauS * s.tauS,
    uniform(s.apertureWidthM),
    uniform(s.apertureHeightM),
    chopperVariance(s.chopper),
    uniform(s.sampleSizeM[0]),
    uniform(s.sampleSizeM[1]),
    uniform(s.sampleSizeM[2]),
    uniform(s.detectorDepthM),
    uniform(s.detectorWidthM),
    uniform(s.detectorHeightM),
    uniform(timeBinWidth(s, energyMeV)),
  );
}
