import { fwhmPerSigma } from '../constants.js';
import { covarianceInRlu, orientCrystal, type CrystalOrientation } from '../crystal.js';
import { finalWavevector, momentumTransfer } from '../kinematics.js';
import type { Instrument } from '../spectrometer/schema.js';
import { spectrometer, type InstrumentSettings } from '../spectrometer/spectrometer.js';
import {
  resolutionCovariance,
  type Contribution,
  type ResolutionCovariance,
} from './covariance.js';
import type { ScatteringPoint } from './deviates.js';

const axes = ['Qx', 'Qy', 'Qz', 'E'] as const;
const rluAxes = ['h', 'k', 'l', 'E'] as const;

/** FWHM by axis: whole, and by contribution. */
type Widths<Axis extends string> = Readonly<
  Record<Axis, Readonly<Record<'total' | Contribution, number>>>
>;

/** All of the resolution at one point as plain JSON. Wavevectors in Å^-1, energies in meV. */
export interface ResolutionReport {
  readonly instrument: string;
  readonly chopperPackage: string;
  readonly settings: InstrumentSettings;
  readonly point: ScatteringPoint;
  readonly ki: number;
  readonly kf: number;
  /** Spectrometer axes: x along ki, z up. */
  readonly q: readonly number[];
  readonly qLength: number;
  readonly axes: typeof axes;
  /** 4 x 4 over `axes`. */
  readonly covariance: readonly (readonly number[])[];
  /** FWHM of each axis, whole and by contribution. */
  readonly fwhm: Widths<(typeof axes)[number]>;
  /** FWHM along Q and in E; the mismatch of the chopper. */
  readonly fwhmAlongQ: number;
  readonly chopperGamma: number;
  /** The same in r.l.u. (and meV) of a crystal, where one was given. */
  readonly rlu?: {
    readonly crystal: CrystalOrientation;
    readonly hkl: readonly number[];
    readonly axes: typeof rluAxes;
    /** 4 x 4 over `axes`. */
    readonly covariance: readonly (readonly number[])[];
    readonly fwhm: Widths<(typeof rluAxes)[number]>;
  };
}

const square = (m: Float64Array): number[][] =>
  [0, 1, 2, 3].map((i) => [...m.subarray(4 * i, 4 * i + 4)]);

function widthsOf<Axis extends string>(
  names: readonly Axis[],
  matrix: Float64Array,
  contributions: readonly (readonly [string, Float64Array])[],
): Widths<Axis> {
  const width = (m: Float64Array, n: number): number => fwhmPerSigma * Math.sqrt(m[5 * n]!);
  return Object.fromEntries(
    names.map((axis, n) => [
      axis,
      {
        total: width(matrix, n),
        ...Object.fromEntries(contributions.map(([name, m]) => [name, width(m, n)])),
      },
    ]),
  ) as Widths<Axis>;
}

function inCrystal(
  c: ResolutionCovariance,
  q: readonly number[],
  crystal: CrystalOrientation,
): NonNullable<ResolutionReport['rlu']> {
  const { spectrometerToRlu: m } = orientCrystal(crystal);
  const matrix = covarianceInRlu(c.matrix, m);
  const parts = Object.entries(c.contributions).map(
    ([name, part]) => [name, covarianceInRlu(part, m)] as const,
  );
  return {
    crystal,
    hkl: [0, 3, 6].map((r) => m[r]! * q[0]! + m[r + 1]! * q[1]! + m[r + 2]! * q[2]!),
    axes: rluAxes,
    covariance: square(matrix),
    fwhm: widthsOf(rluAxes, matrix, parts),
  };
}

/**
 * The resolution at one point, in spectrometer axes and, with a crystal, in its r.l.u.
 * @throws InstrumentError as `spectrometer`, `resolutionCovariance` and `orientCrystal` do.
 */
export function resolutionReport(
  instrument: Instrument,
  settings: InstrumentSettings,
  point: ScatteringPoint,
  crystal?: CrystalOrientation,
): ResolutionReport {
  const s = spectrometer(instrument, settings);
  const c = resolutionCovariance(s, point);
  const q = momentumTransfer(s.eiMeV, point.energyMeV, point);
  const qLength = Math.hypot(...q);
  let alongQ = 0;
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) alongQ += q[i]! * c.matrix[4 * i + j]! * q[j]!;
  }
  return {
    instrument: instrument.name,
    chopperPackage: settings.chopperPackage ?? Object.keys(instrument.chopper.packages)[0]!,
    settings,
    point,
    ki: s.ki,
    kf: finalWavevector(s.eiMeV, point.energyMeV),
    q: [...q],
    qLength,
    axes,
    covariance: square(c.matrix),
    fwhm: widthsOf(axes, c.matrix, Object.entries(c.contributions)),
    fwhmAlongQ: qLength > 0 ? (fwhmPerSigma * Math.sqrt(alongQ)) / qLength : 0,
    chopperGamma: s.chopper.gamma,
    ...(crystal ? { rlu: inCrystal(c, q, crystal) } : {}),
  };
}

/** The half-maximum ellipse of a 2 x 2 covariance: semi-axes and direction of the longer one. */
export interface ResolutionEllipse {
  readonly semiMajor: number;
  readonly semiMinor: number;
  /** Unit vector of the longer axis. */
  readonly direction: readonly [number, number];
  /** Closed outline, [points, 2]. */
  readonly outline: Float64Array;
}

/**
 * Half-maximum ellipse of a covariance over two of its coordinates, the others integrated over.
 * @param matrix [n, n] row-major; i and j its coordinates.
 * @param points of the outline, [points, 2]
 */
export function halfMaximumEllipse(
  matrix: Float64Array,
  n: number,
  i: number,
  j: number,
  points = 64,
): ResolutionEllipse {
  const a = matrix[n * i + i]!;
  const b = matrix[n * i + j]!;
  const c = matrix[n * j + j]!;
  const half = Math.sqrt(2 * Math.LN2);
  const mean = (a + c) / 2;
  const spread = Math.hypot((a - c) / 2, b);
  const angle = Math.atan2(2 * b, a - c) / 2;
  const semiMajor = half * Math.sqrt(mean + spread);
  const semiMinor = half * Math.sqrt(Math.max(0, mean - spread));
  const outline = new Float64Array(2 * points);
  for (let p = 0; p < points; p++) {
    const t = (2 * Math.PI * p) / points;
    const u = semiMajor * Math.cos(t);
    const v = semiMinor * Math.sin(t);
    outline[2 * p] = u * Math.cos(angle) - v * Math.sin(angle);
    outline[2 * p + 1] = u * Math.sin(angle) + v * Math.cos(angle);
  }
  return { semiMajor, semiMinor, direction: [Math.cos(angle), Math.sin(angle)], outline };
}
