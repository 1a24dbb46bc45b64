import { fwhmPerSigma } from '../constants.js';
import { finalWavevector, momentumTransfer } from '../kinematics.js';
import type { Instrument } from '../spectrometer/schema.js';
import { spectrometer, type InstrumentSettings } from '../spectrometer/spectrometer.js';
import { resolutionCovariance, type Contribution } from './covariance.js';
import type { ScatteringPoint } from './deviates.js';

const axes = ['Qx', 'Qy', 'Qz', 'E'] as const;

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
  readonly fwhm: Readonly<
    Record<(typeof axes)[number], Readonly<Record<'total' | Contribution, number>>>
  >;
  /** FWHM along Q and in E; the mismatch of the chopper. */
  readonly fwhmAlongQ: number;
  readonly chopperGamma: number;
}

/** @throws InstrumentError as `spectrometer` and `resolutionCovariance` do. */
export function resolutionReport(
  instrument: Instrument,
  settings: InstrumentSettings,
  point: ScatteringPoint,
): ResolutionReport {
  const s = spectrometer(instrument, settings);
  const c = resolutionCovariance(s, point);
  const q = momentumTransfer(s.eiMeV, point.energyMeV, point);
  const width = (m: Float64Array, n: number): number => fwhmPerSigma * Math.sqrt(m[5 * n]!);
  const fwhm = Object.fromEntries(
    axes.map((axis, n) => [
      axis,
      {
        total: width(c.matrix, n),
        ...Object.fromEntries(
          Object.entries(c.contributions).map(([name, m]) => [name, width(m, n)]),
        ),
      },
    ]),
  ) as ResolutionReport['fwhm'];
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
    covariance: axes.map((_, i) => axes.map((__, j) => c.matrix[4 * i + j]!)),
    fwhm,
    fwhmAlongQ: qLength > 0 ? (fwhmPerSigma * Math.sqrt(alongQ)) / qLength : 0,
    chopperGamma: s.chopper.gamma,
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
 * @param matrix n x n row-major; i and j its coordinates.
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
