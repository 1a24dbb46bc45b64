import { input, layers, type LayersModel, model } from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { Stack } from '../layers/blocks.js';
import { JoinTiles, SplitTiles } from '../layers/tiles.js';
import type { NetworkDefinition } from '../network.js';
import { type CommonOptions, commonOptions } from '../options.js';

interface SmallOptions extends CommonOptions {
  /** Tiles of the mosaic along rows and columns. */
  grid: [number, number];
  /** Filters of the first and the second pair of convolutions. */
  filters: [number, number];
}

const options: z.ZodType<SmallOptions, unknown> = z
  .strictObject({
    ...commonOptions,
    grid: z.tuple([z.int().min(1), z.int().min(1)]).default([6, 10]),
    filters: z.tuple([z.int().min(1).max(256), z.int().min(1).max(256)]).default([16, 32]),
  })
  .refine(
    ({ inputShape: [rows, cols], grid }) => rows % grid[0] === 0 && cols % grid[1] === 0,
    'the grid of tiles must divide the image',
  );

/**
 * The quick network. The image is a mosaic of tiles (rows: incident energies, columns: energy
 * slices), and what a pixel means depends on its tile. So the same small convolutions look at each
 * tile by itself, the features are averaged over each tile, and the last layer has a weight for
 * every (tile, feature):
 *
 *   z_c = b_c + sum_tile sum_k W[c, tile, k] mean_{p in tile} A_k(p)
 *
 * A plain global average would throw away which slice a feature was seen in. This one keeps it and
 * stays linear after the last convolution, so the class-activation map is no approximation: a
 * pixel's share of z_c is sum_k W[c, tile(p), k] A_k(p) / (pixels a tile), and the shares of all
 * pixels add up to z_c - b_c.
 */
export const cnnGapSmall: NetworkDefinition<SmallOptions> = {
  name: 'cnn-gap-small',
  options,
  head: 'softmax',
  mapLayer: 'mosaic',
  parameters({ inputShape, filters: [f, g], grid, classes }) {
    const convs = (9 * inputShape[2] + 1) * f + (9 * f + 1) * g;
    return convs + (grid[0] * grid[1] * g + 1) * classes.length;
  },
  build({ inputShape, filters: [f, g], grid, classes, seed }): LayersModel {
    const x = input({ shape: inputShape, name: 'image' });
    const stack = new Stack(x, seed)
      .add(new SplitTiles({ name: 'tiles', grid }))
      .conv('conv1', f, [3, 3], 'same')
      .add(layers.averagePooling2d({ name: 'pool', poolSize: 2, strides: 2, padding: 'same' }))
      .conv('conv2', g, [3, 3], 'same')
      .add(new JoinTiles({ name: 'mosaic', grid }));
    const [, rows, cols] = stack.output.shape as [null, number, number, number];
    const poolSize: [number, number] = [rows / grid[0], cols / grid[1]];
    stack
      .add(layers.averagePooling2d({ name: 'tile_means', poolSize, strides: poolSize }))
      .add(layers.flatten({ name: 'flatten' }))
      .dense('logits', classes.length, 'linear');
    return model({ inputs: x, outputs: stack.output, name: 'cnn-gap-small' });
  },
  preprocessing: (imageShape) => ({
    imageShape,
    steps: [
      { step: 'clip', min: 0, max: 120 },
      { step: 'downsample', rows: 4, cols: 4 },
      { step: 'min-max' },
    ],
  }),
};
