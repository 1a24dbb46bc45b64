import { coverageMask, detectorPixels, type Instrument } from '@spectraloom/instrument';
import type { ImageFrame } from './geometry/frame.js';
import { imageLayout } from './spec/layout.js';
import type { ImageSpec } from './spec/schema.js';

/** The mask of an image from the detectors of the instrument, [rows * columns], 1 = masked. */
export function imageMask(instrument: Instrument, spec: ImageSpec, frame: ImageFrame): Uint8Array {
  const layout = imageLayout(spec);
  const mask = new Uint8Array(layout.shape[0] * layout.shape[1]);
  if (spec.mask === 'none') return mask;
  const pixels = detectorPixels(instrument);
  const projection = frame.spectrometerToImage.subarray(0, 6);
  const { h, k } = layout;
  for (const { block, slice, eiMeV, energyMeV } of layout.tiles) {
    const step = spec.energyBinFraction > 0 ? spec.energyBinFraction : 0.01;
    const tile = coverageMask(
      pixels,
      projection,
      { eiMeV, energyRangeMeV: energyMeV, first: h, second: k },
      step * eiMeV,
    );
    for (let i = 0; i < h.count; i++) {
      for (let j = 0; j < k.count; j++) {
        mask[layout.index(block, slice, i, j)] = tile[i * k.count + j]!;
      }
    }
  }
  return mask;
}
