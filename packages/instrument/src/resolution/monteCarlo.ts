import { fwhmPerSigma } from '../constants.js';
import { InstrumentError } from '../errors.js';
import { momentumTransfer } from '../kinematics.js';
import { chopperQuantile, normalQuantile, pulseQuantile } from '../sampling/inverse.js';
import { latticePoint, latticeShifts } from '../sampling/lattice.js';
import type { Spectrometer } from '../spectrometer/spectrometer.js';
import { deviateMatrix, timeBinWidth, type ScatteringPoint } from './deviates.js';

/** Random variables of a sample: the eleven of the deviate matrix and three of the mosaic. */
export const sampledVariables = 14;

/**
 * The variables y at uniform numbers u (both [14]), by their true distributions: the skewed
 * moderator pulse less its mean, the chopper's transmission, uniform aperture, sample, detector
 * and time bin, and the mosaic rotation vector in radians. Times in s, lengths in m.
 */
export function drawVariables(
  s: Spectrometer,
  energyMeV: number,
  u: Float64Array,
  y: Float64Array,
): void {
  const uniform = (n: number, width: number): number => (u[n]! - 0.5) * width;
  y[0] = pulseQuantile(Math.min(Math.max(u[0]!, 1e-15), 1 - 1e-15), s.tauS) - 3 * s.tauS;
  y[1] = uniform(1, s.apertureWidthM);
  y[2] = uniform(2, s.apertureHeightM);
  y[3] = chopperQuantile(Math.min(Math.max(u[3]!, 1e-15), 1 - 1e-15), s.chopper);
  for (let n = 0; n < 3; n++) y[4 + n] = uniform(4 + n, s.sampleSizeM[n]!);
  y[7] = uniform(7, s.detectorDepthM);
  y[8] = uniform(8, s.detectorWidthM);
  y[9] = uniform(9, s.detectorHeightM);
  y[10] = uniform(10, timeBinWidth(s, energyMeV));
  const sigma = (s.mosaicFwhmDeg * Math.PI) / 180 / fwhmPerSigma;
  for (let n = 11; n < sampledVariables; n++) {
    y[n] = sigma > 0 ? sigma * normalQuantile(Math.min(Math.max(u[n]!, 1e-15), 1 - 1e-15)) : 0;
  }
}

/**
 * Deviations of (Qx, Qy, Qz, E) about a point, [count, 4], Å^-1 and meV, from a low-discrepancy
 * sequence shifted by the seed. The same seed gives the same numbers.
 * @throws InstrumentError BAD_SETTINGS for a count that is no positive integer, ENERGY_ABOVE_EI.
 */
export function monteCarloDeviations(
  s: Spectrometer,
  point: ScatteringPoint,
  count: number,
  options: { seed?: number } = {},
): Float64Array {
  if (!(Number.isInteger(count) && count > 0)) {
    throw new InstrumentError('BAD_SETTINGS', {
      what: 'the number of Monte-Carlo samples is not a positive integer',
      got: String(count),
      expected: 'at least 1; powers of two are best',
      next: 'set the sample count',
    });
  }
  const t = deviateMatrix(s, point);
  const q = momentumTransfer(s.eiMeV, point.energyMeV, point);
  const shifts = latticeShifts(options.seed ?? 0, sampledVariables);
  const u = new Float64Array(sampledVariables);
  const y = new Float64Array(sampledVariables);
  const out = new Float64Array(4 * count);
  for (let n = 0; n < count; n++) {
    latticePoint(n, shifts, u);
    drawVariables(s, point.energyMeV, u, y);
    for (let r = 0; r < 4; r++) {
      let sum = 0;
      for (let c = 0; c < 11; c++) sum += t[11 * r + c]! * y[c]!;
      out[4 * n + r] = sum;
    }
    // The crystal turned by eta sees Q turned: dQ = eta x Q.
    out[4 * n] = out[4 * n]! + y[12]! * q[2] - y[13]! * q[1];
    out[4 * n + 1] = out[4 * n + 1]! + y[13]! * q[0] - y[11]! * q[2];
    out[4 * n + 2] = out[4 * n + 2]! + y[11]! * q[1] - y[12]! * q[0];
  }
  return out;
}
