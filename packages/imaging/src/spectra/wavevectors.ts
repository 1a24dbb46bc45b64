import type { PreparedModel } from '@spectraloom/spinwave';
import { imageFrame } from '../geometry/frame.js';
import { stepsAlongBeam, starAlongBeam } from '../paths/volume.js';
import { imageLayout } from '../spec/layout.js';
import type { ImageSpec } from '../spec/schema.js';
import { flatAxisAlongBeam, planeGrid, twinTransforms } from './planeGrid.js';
import { volumeGrid } from './volumeGrid.js';

/**
 * The wavevectors whose spin waves an image is made of: the grid of `createImager` without the
 * resolution. They follow from the model's lattice and twins, the image's axes, pixels,
 * misorientation and `pointsPerPixel`; not from the instrument, its resolution, the incident
 * energies, the mask or the scale, so that stored spin waves serve any of these.
 * @returns [nQ, 3], r.l.u. of the chemical lattice.
 * @throws ImagingError FRAME
 */
export function imageWavevectors(prepared: PreparedModel, spec: ImageSpec): Float64Array {
  const { model } = prepared;
  const { h, k } = imageLayout(spec);
  const frame = imageFrame(spec, model.chemicalLattice);
  const twins = twinTransforms(model.twins, spec.twins);
  const flat = flatAxisAlongBeam(prepared, frame, twins);
  if (flat !== undefined) {
    return planeGrid(model, frame, twins, flat, { h, k }, spec.pointsPerPixel).q;
  }
  const step = starAlongBeam(model, frame) / stepsAlongBeam;
  return volumeGrid(model, frame, twins, { h, k }, spec.pointsPerPixel, step).q;
}
