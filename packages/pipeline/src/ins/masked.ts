import { imageFrame, imageMask } from '@spectraloom/imaging';
import { parseInstrument } from '@spectraloom/instrument';
import type { Experiment } from './experiment.js';

/** Zero where a simulated image has no detector, so that the network sees the mask it was trained with. */
export function masked(image: Float32Array, mask: Uint8Array): Float32Array {
  return image.map((v, i) => (mask[i] === 1 ? 0 : v));
}

/** 1 for pixels without a detector, as in the simulated images. */
export function detectorMask({ instrument, spec, classes }: Experiment): Uint8Array {
  const parsed = parseInstrument(instrument.text, { source: instrument.path });
  return imageMask(parsed, spec, imageFrame(spec, classes[0]!.model.chemicalLattice));
}
