import { convolveTwin, type PlaneSetup } from '../convolution/planeConvolution.js';
import type { ImageLayout } from '../spec/layout.js';
import { planeGrid, twinPoints, type TwinTransform } from '../spectra/planeGrid.js';
import { siteGroups } from '../spectra/siteGroups.js';
import type { PathInput } from './input.js';
import type { ImagePath } from './path.js';

/** The path for models whose energies do not depend on the momentum along the beam. */
export function planePath(
  input: PathInput,
  flat: number,
  twins: readonly TwinTransform[],
  { h, k }: ImageLayout,
): ImagePath {
  const { model, frame, margin, spec } = input;
  const setup: Omit<PlaneSetup, 'grid'> = {
    frame,
    groups: siteGroups(model, flat, spec.formFactor, input.qMax),
    nModes: input.nModes,
    nSites: model.sites.length,
    zeroAlongBeam: spec.alongBeam === 'zero',
    intrinsicVariance: input.intrinsicVariance,
    thermalEnergyMeV: input.thermalEnergyMeV,
  };
  return (offset, finer) => {
    const density = spec.pointsPerPixel * finer;
    const grid = planeGrid(model, frame, twins, flat, { h, k }, density, offset);
    const sets = twins.map((twin) => twinPoints(model, frame, twin, grid, { h, k }, margin));
    return {
      q: grid.q,
      convolve(modes, blocks) {
        for (const points of sets) {
          const [[h1, k1], [h2, k2]] = [points.step1, points.step2];
          const cell = (points.weight * Math.abs(h1 * k2 - k1 * h2)) / (h.width * k.width);
          convolveTwin({ ...setup, grid }, points, modes, blocks, cell);
        }
      },
    };
  };
}
