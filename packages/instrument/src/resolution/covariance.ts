import { fwhmPerSigma } from '../constants.js';
import { momentumTransfer } from '../kinematics.js';
import type { Spectrometer } from '../spectrometer/spectrometer.js';
import {
  deviateGroups,
  deviateMatrix,
  deviateVariances,
  type ScatteringPoint,
} from './deviates.js';

/** Parts of the instrument that widen a measurement; `mosaic` is the sample's. */
export type Contribution = keyof typeof deviateGroups | 'mosaic';

/** Gaussian resolution at one point, and what contributes to it. */
export interface ResolutionCovariance {
  /** [4, 4] row-major over (Qx, Qy, Qz in Å^-1, E in meV), spectrometer axes. */
  readonly matrix: Float64Array;
  /** The same, part by part; their sum is `matrix`. */
  readonly contributions: Readonly<Record<Contribution, Float64Array>>;
}

function addOuter(
  target: Float64Array,
  t: Float64Array,
  variances: Float64Array,
  columns: readonly number[],
): void {
  for (const c of columns) {
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j < 4; j++) {
        target[4 * i + j] = target[4 * i + j]! + t[11 * i + c]! * variances[c]! * t[11 * j + c]!;
      }
    }
  }
}

/** sigma^2 (|Q|^2 1 - Q Q^T) for an isotropic Gaussian rotation vector of that FWHM per axis. */
function mosaicCovariance(s: Spectrometer, point: ScatteringPoint): Float64Array {
  const out = new Float64Array(16);
  if (s.mosaicFwhmDeg === 0) return out;
  const q = momentumTransfer(s.eiMeV, point.energyMeV, point);
  const sigma = (s.mosaicFwhmDeg * Math.PI) / 180 / fwhmPerSigma;
  const q2 = q[0] ** 2 + q[1] ** 2 + q[2] ** 2;
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) {
      out[4 * i + j] = sigma * sigma * ((i === j ? q2 : 0) - q[i]! * q[j]!);
    }
  }
  return out;
}

/**
 * Covariance of (Q, E) about a nominal point: T diag(variances) T^T, plus the mosaic.
 * @throws InstrumentError ENERGY_ABOVE_EI.
 */
export function resolutionCovariance(
  s: Spectrometer,
  point: ScatteringPoint,
): ResolutionCovariance {
  const t = deviateMatrix(s, point);
  const variances = deviateVariances(s, point.energyMeV);
  const contributions = { mosaic: mosaicCovariance(s, point) } as Record<
    Contribution,
    Float64Array
  >;
  const matrix = Float64Array.from(contributions.mosaic);
  for (const [name, columns] of Object.entries(deviateGroups)) {
    const part = new Float64Array(16);
    addOuter(part, t, variances, columns);
    contributions[name as Contribution] = part;
    for (let i = 0; i < 16; i++) matrix[i] = matrix[i]! + part[i]!;
  }
  return { matrix, contributions };
}

/** FWHM in energy, meV, whole and by contribution: sqrt(8 ln 2) times the standard deviation. */
export function energyWidths(
  covariance: ResolutionCovariance,
): { totalFwhmMeV: number } & { readonly [C in Contribution]: number } {
  const width = (m: Float64Array): number => fwhmPerSigma * Math.sqrt(m[15]!);
  const parts = Object.fromEntries(
    Object.entries(covariance.contributions).map(([name, m]) => [name, width(m)]),
  ) as Record<Contribution, number>;
  return { totalFwhmMeV: width(covariance.matrix), ...parts };
}
