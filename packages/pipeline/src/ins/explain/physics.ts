import { discrimination, type Discrimination, PixelMoments } from '@spectraloom/explain';
import type { ImageLayout } from '@spectraloom/imaging';
import type { PipelineFile } from '../files.js';

/** Counts for an intensity of 1, as the pipeline's stand-in for a measurement has them; else 1. */
export function countsPerUnit({ standIn }: PipelineFile): number {
  const step = standIn.experiment.find((s) => s['model'] === 'counting-noise');
  const counts = step?.['countsPerUnit'];
  return typeof counts === 'number' ? counts : 1;
}

/**
 * Discrimination of two classes by physics alone, from the images of the data set. `counts`: of images as
 * simulated, the counts for an intensity of 1, whose noise is added; of images that hold their noise
 * already, Infinity.
 */
export function physicsAnswer(
  moments: PixelMoments | undefined,
  layout: ImageLayout,
  mask: Uint8Array,
  counts: number,
): Discrimination | undefined {
  if (!moments || Math.min(...moments.counts) < 2) return undefined;
  return discrimination({
    ...{ moments, mask },
    imageShape: [layout.shape[0], layout.shape[1]],
    tile: [layout.h.count, layout.k.count],
    noiseVariance: (intensity) => Math.max(0, intensity) / counts,
  });
}
