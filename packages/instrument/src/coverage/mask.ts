import { InstrumentError } from '../errors.js';
import { finalWavevector, wavevectorOf } from '../kinematics.js';
import type { DetectorPixels } from './detectors.js';

/** One tile of an image: bins in two in-plane coordinates, at one Ei and one range of energies. */
export interface TileBins {
  readonly eiMeV: number;
  readonly energyRangeMeV: readonly [number, number];
  /** Bins of the two coordinates: lowest edge, width and number. */
  readonly first: { readonly low: number; readonly width: number; readonly count: number };
  readonly second: { readonly low: number; readonly width: number; readonly count: number };
}

/**
 * Which bins no detector pixel reaches. Every pixel is followed through the energy range in steps
 * of `energyStepMeV` (the bins of the data), and the bin it falls in is counted as covered.
 * @param projection 2 x 3 row-major: takes Q in spectrometer axes (Å^-1) to the coordinates.
 * @returns Uint8Array [first.count, second.count], 1 = masked.
 * @throws InstrumentError BAD_MASK for an empty energy range or step
 */
export function coverageMask(
  pixels: DetectorPixels,
  projection: Float64Array,
  tile: TileBins,
  energyStepMeV: number,
): Uint8Array {
  const { first, second, eiMeV } = tile;
  const [low, high] = tile.energyRangeMeV;
  if (!(energyStepMeV > 0) || !(high > low)) {
    throw new InstrumentError('BAD_MASK', {
      what: 'the energy range of a tile or its step is empty',
      got: `${low} to ${high} meV in steps of ${energyStepMeV} meV`,
      expected: 'a range and a positive step',
      next: 'mend the slices',
    });
  }
  const mask = new Uint8Array(first.count * second.count).fill(1);
  const ki = wavevectorOf(eiMeV);
  const steps = Math.max(1, Math.round((high - low) / energyStepMeV));
  const { directions, count } = pixels;
  const p = projection;
  for (let step = 0; step < steps; step++) {
    const kf = finalWavevector(eiMeV, low + ((step + 0.5) * (high - low)) / steps);
    for (let n = 0; n < count; n++) {
      const qx = ki - kf * directions[3 * n]!;
      const qy = -kf * directions[3 * n + 1]!;
      const qz = -kf * directions[3 * n + 2]!;
      const i = Math.floor((p[0]! * qx + p[1]! * qy + p[2]! * qz - first.low) / first.width);
      const j = Math.floor((p[3]! * qx + p[4]! * qy + p[5]! * qz - second.low) / second.width);
      if (i >= 0 && i < first.count && j >= 0 && j < second.count) mask[i * second.count + j] = 0;
    }
  }
  return mask;
}
