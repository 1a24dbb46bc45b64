import type { SpinModel } from '@spectraloom/spinwave';
import { convolveVolumeTwin, type VolumeSetup } from '../convolution/volumeConvolution.js';
import { ImagingError } from '../errors.js';
import type { ImageFrame } from '../geometry/frame.js';
import type { ImageLayout } from '../spec/layout.js';
import type { TwinTransform } from '../spectra/planeGrid.js';
import { siteGroups } from '../spectra/siteGroups.js';
import { volumeGrid } from '../spectra/volumeGrid.js';
import type { PathInput } from './input.js';
import type { ImagePath } from './path.js';

/** Steps of the grid across a magnetic zone along the beam, at least. */
export const stepsAlongBeam = 24;

/** Largest component of a reciprocal vector of the magnetic cell along the beam, Å^-1. */
export function starAlongBeam({ lattice }: SpinModel, { c }: ImageFrame): number {
  const r = lattice.reciprocal;
  return Math.max(
    ...[0, 1, 2].map((axis) =>
      Math.abs(r[3 * axis]! * c[0] + r[3 * axis + 1]! * c[1] + r[3 * axis + 2]! * c[2]),
    ),
  );
}

/**
 * The path for models that disperse along the beam: the zone grid has a third axis, and modes are
 * followed along it to where they meet the kinematics.
 * @param reach lowest and highest t of the kinematics, Å^-1.
 * @throws ImagingError FRAME for `twins: published`, which has no meaning here.
 */
export function volumePath(
  input: PathInput,
  twins: readonly TwinTransform[],
  { h, k }: ImageLayout,
  reach: readonly [number, number],
): ImagePath {
  const { model, frame, margin, spec } = input;
  if (spec.twins === 'published') {
    throw new ImagingError('FRAME', {
      what: 'twins: published needs a model without dispersion along the beam',
      where: `model ${model.name}`,
      expected: 'twins: proper',
      next: 'leave the published defect to the models it was made with',
    });
  }
  if (spec.alongBeam === 'zero') {
    throw new ImagingError('FRAME', {
      what: 'alongBeam: zero needs a model without dispersion along the beam',
      where: `model ${model.name}`,
      expected: 'alongBeam: kinematics',
      next: 'leave it to models whose energies do not depend on it',
    });
  }
  const star = starAlongBeam(model, frame);
  const setup: Omit<VolumeSetup, 'grid'> = {
    model,
    frame,
    groups: siteGroups(model, undefined, spec.formFactor, input.qMax),
    nModes: input.nModes,
    intrinsicVariance: input.intrinsicVariance,
    thermalEnergyMeV: input.thermalEnergyMeV,
    h,
    k,
    margin,
    reach,
  };
  return (offset, finer) => {
    const grid = volumeGrid(
      model,
      frame,
      twins,
      { h, k },
      spec.pointsPerPixel * finer,
      star / (stepsAlongBeam * finer),
      [offset[0], offset[1], offset[0]],
    );
    return {
      q: grid.q,
      convolve(modes, blocks) {
        for (const twin of twins) convolveVolumeTwin({ ...setup, grid }, twin, modes, blocks);
      },
    };
  };
}
