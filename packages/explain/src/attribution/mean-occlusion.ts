import type { Network, Preprocessing } from '@spectraloom/models';
import { ExplainError } from '../errors.js';
import { type Cover, occlusion } from './occlusion.js';

export interface MeanOcclusionOptions {
  network: Network;
  preprocessing: Preprocessing;
  /** Raw images [rows * cols]. */
  images: readonly Float32Array[];
  /** Class of each, by name or index: the score that is looked at. */
  targets: readonly (string | number)[];
  /** `tile-mean` if not given; `input-mean`: see `occlusion`. */
  cover?: Cover | 'input-mean';
  /** Size of a tile of the image in pixels; 40 x 40 if not given. */
  tile?: [number, number];
  onImage?: (done: number) => void;
}

export interface MeanOcclusion {
  images: number;
  /** Tiles along rows and columns. */
  grid: [number, number];
  /** [tiles]: mean over the images of how far the score moves, up or down. */
  size: Float64Array;
  /** [tiles]: mean fall of the score of the image's own class; negative where the tile misleads. */
  towards: Float64Array;
}

/**
 * Occlusion of many images: which tiles a network goes by in general, and not in one image. It is what
 * a discrimination of two models over their draws can be compared with; the map of one image tells of
 * that image. Throws `IMAGES` where there is not one class for each of at least one image, and what
 * `occlusion` throws.
 */
export async function meanOcclusion(options: MeanOcclusionOptions): Promise<MeanOcclusion> {
  const { images, targets, onImage, ...common } = options;
  if (images.length === 0 || images.length !== targets.length) {
    throw new ExplainError({
      code: 'IMAGES',
      what: 'a mean needs images, and the class of each',
      where: 'meanOcclusion',
      got: `${images.length} images, ${targets.length} classes`,
      expected: 'as many, at least 1',
    });
  }
  let size: Float64Array | undefined;
  let towards: Float64Array | undefined;
  let grid: [number, number] = [0, 0];
  for (const [i, image] of images.entries()) {
    const found = await occlusion({ ...common, image, target: targets[i]! });
    grid = found.grid;
    size ??= new Float64Array(found.drops.length);
    towards ??= new Float64Array(found.drops.length);
    for (const [t, drop] of found.drops.entries()) {
      size[t]! += Math.abs(drop) / images.length;
      towards[t]! += drop / images.length;
    }
    onImage?.(i + 1);
  }
  return { images: images.length, grid, size: size!, towards: towards! };
}
