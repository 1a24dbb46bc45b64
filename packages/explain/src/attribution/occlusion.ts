import { type Network, type Preprocessing, preprocessImage } from '@spectraloom/models';
import { ExplainError } from '../errors.js';
import { scoresOfImages, scoresOfInputs } from '../maps/forward.js';
import { targetOf } from '../maps/target.js';

/**
 * What a covered pixel gets: 0 as where there is no detector, the mean of its tile (which takes the
 * pattern and leaves the intensity), or that of another image. Pixels that are exactly 0 (no
 * detector) stay 0 with `tile-mean`.
 */
export type Cover = 'zero' | 'tile-mean' | { image: Float32Array };

export interface OcclusionOptions {
  network: Network;
  preprocessing: Preprocessing;
  /** One raw image [rows * cols]. */
  image: Float32Array;
  /** Class by name or index. */
  target: string | number;
  /**
   * `tile-mean` if not given. `input-mean` covers the preprocessed image: every pixel of the tile that is
   * not 0 gets the mean that the network saw there. The mean of the raw tile is not that one: after a
   * clip and a square root the noise has moved it, and the score then answers to the tile's intensity.
   */
  cover?: Cover | 'input-mean';
  /** Size of a tile of the image in pixels; 40 x 40 if not given. */
  tile?: [number, number];
}

export interface Occlusion {
  target: { index: number; name: string };
  /** Explained score of the whole image. */
  score: number;
  /** Tiles along rows and columns. */
  grid: [number, number];
  /** [gridRows, gridCols]: by how much the score falls when the tile is covered. */
  drops: Float64Array;
  strongest: { row: number; col: number };
  warnings: string[];
}

/**
 * Covers one tile after the other and looks how far the explained score falls (Zeiler and Fergus,
 * ECCV 2014). Needs no gradient, sees saturated tiles too, and misses what two tiles say twice.
 * Throws `TARGET`, `TILE`, `COVER`.
 */
export async function occlusion(options: OcclusionOptions): Promise<Occlusion> {
  const { network, preprocessing, image, cover = 'tile-mean', tile = [40, 40] } = options;
  const target = targetOf(network, options.target);
  const [rows, cols] = preprocessing.imageShape;
  if (
    !tile.every((side) => Number.isInteger(side) && side > 0) ||
    rows % tile[0] ||
    cols % tile[1]
  ) {
    throw new ExplainError({
      code: 'TILE',
      what: 'the tiles do not divide the image',
      where: 'occlusion',
      got: `tiles of ${tile.join(' x ')}`,
      expected: `divisors of ${rows} x ${cols}`,
    });
  }
  const grid: [number, number] = [rows / tile[0], cols / tile[1]];
  const scores =
    cover === 'input-mean'
      ? await scoresOfCoveredInputs(
          network,
          preprocessImage(preprocessing, image),
          grid,
          target.index,
        )
      : await scoresOfCovered(options, grid, tile, cover, target.index);
  const drops = scores.subarray(1).map((s) => scores[0]! - s);
  const strongest = drops.indexOf(Math.max(...drops));
  const warnings = drops.every((d) => Math.abs(d) < 1e-6)
    ? [`the map is empty: no tile bears on ${target.name}`]
    : Math.max(...drops) <= 0
      ? [`the map is empty: covering any tile speaks for ${target.name}`]
      : [];
  return {
    ...{ target, grid, warnings, score: scores[0]!, drops: Float64Array.from(drops) },
    strongest: { row: Math.floor(strongest / grid[1]), col: strongest % grid[1] },
  };
}

/** Scores of the whole image and of it with each tile covered, [1 + tiles]. */
async function scoresOfCovered(
  { network, preprocessing, image }: OcclusionOptions,
  grid: readonly [number, number],
  tile: readonly [number, number],
  cover: Cover,
  target: number,
): Promise<Float64Array> {
  const [rows, cols] = preprocessing.imageShape;
  requireCover('occlusion', cover, rows * cols);
  const images = [image];
  for (let t = 0; t < grid[0] * grid[1]; t++) {
    images.push(covered(image, cols, tile, Math.floor(t / grid[1]), t % grid[1], cover));
  }
  return scoresOfImages(network, preprocessing, images, target);
}

/** The same, covered after the preprocessing; a channel of masks stays as it is. */
async function scoresOfCoveredInputs(
  network: Network,
  input: Float32Array,
  grid: readonly [number, number],
  target: number,
): Promise<Float64Array> {
  const [rows, cols, channels] = network.options.inputShape;
  const [height, width] = [rows / grid[0], cols / grid[1]];
  if (!Number.isInteger(height) || !Number.isInteger(width)) {
    throw new ExplainError({
      code: 'TILE',
      what: 'the tiles do not divide the preprocessed image',
      where: 'occlusion',
      got: `${grid.join(' x ')} tiles`,
      expected: `divisors of ${rows} x ${cols}`,
    });
  }
  const count = 1 + grid[0] * grid[1];
  const inputs = new Float32Array(count * input.length);
  for (let k = 0; k < count; k++) inputs.set(input, k * input.length);
  for (let t = 0; t < count - 1; t++) {
    const [top, left] = [Math.floor(t / grid[1]) * height, (t % grid[1]) * width];
    const places: number[] = [];
    let sum = 0;
    for (let y = top; y < top + height; y++) {
      for (let x = left; x < left + width; x++) {
        const at = (y * cols + x) * channels;
        if (input[at] === 0) continue;
        places.push(at);
        sum += input[at]!;
      }
    }
    for (const at of places) inputs[(t + 1) * input.length + at] = sum / places.length;
  }
  return scoresOfInputs(network, inputs, count, target);
}

/** An image that tiles are taken from must have as many pixels, all of them numbers. */
export function requireCover(where: string, cover: Cover, pixels: number): void {
  if (typeof cover === 'string') return;
  const { image } = cover;
  const bad = image.findIndex((v) => !Number.isFinite(v));
  if (image.length === pixels && bad < 0) return;
  throw new ExplainError({
    code: 'COVER',
    what: 'tiles cannot be covered by this image',
    where,
    got: bad < 0 ? `${image.length} pixels` : `${image[bad]} at pixel ${bad}`,
    expected: `${pixels} pixels, all of them numbers`,
  });
}

/** A copy of an image [rows, cols] with one tile covered. */
export function covered(
  image: Float32Array,
  cols: number,
  [height, width]: readonly [number, number],
  row: number,
  col: number,
  cover: Cover,
): Float32Array {
  const out = image.slice();
  const each = (visit: (at: number) => void) => {
    for (let y = row * height; y < (row + 1) * height; y++) {
      for (let x = col * width; x < (col + 1) * width; x++) visit(y * cols + x);
    }
  };
  if (cover === 'zero') each((at) => (out[at] = 0));
  else if (cover === 'tile-mean') {
    let sum = 0;
    let seen = 0;
    each((at) => {
      sum += image[at]!;
      seen += image[at] === 0 ? 0 : 1;
    });
    each((at) => (out[at] = image[at] === 0 ? 0 : sum / seen));
  } else each((at) => (out[at] = cover.image[at]!));
  return out;
}
