import { input, layers, type LayersModel, model } from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { Stack } from '../layers/blocks.js';
import { StackTiles } from '../layers/tiles.js';
import type { NetworkDefinition } from '../network.js';
import { type CommonOptions, commonOptions } from '../options.js';
import { foldedPreprocessing } from './trunks.js';

interface SmallOptions extends CommonOptions {
  /** Tiles of the mosaic along rows and columns. */
  grid: [number, number];
  /** Filters of the two convolutions at full size, and of the two after a pooling each. */
  filters: [number, number];
}

const defaultGrid: [number, number] = [6, 10];
const filters = z.int().min(1).max(256);

const options: z.ZodType<SmallOptions, unknown> = z
  .strictObject({
    ...commonOptions,
    grid: z.tuple([z.int().min(1), z.int().min(1)]).default(defaultGrid),
    filters: z.tuple([filters, filters]).default([32, 48]),
  })
  .refine(
    ({ inputShape: [rows, cols], grid }) => rows % grid[0] === 0 && cols % grid[1] === 0,
    'the grid of tiles must divide the image',
  );

/**
 * The quick network. The image is a mosaic of tiles (rows: incident energies, columns: energy
 * slices) with the same axes h and k in each, so the tiles become the channels of one small image:
 * a convolution then sees the whole dispersion at a wavevector at once, and what energy a pixel
 * stands for is the channel it is in. Averaging over h and k at the end (GAP) costs nothing, while
 * on the mosaic itself it would throw the energies away.
 *
 * Convolutions, ReLU, max pooling and the average have no biases, so the outputs z grow in
 * proportion to the image (z(s x) - b = s (z(x) - b)) and, by Euler's theorem, the shares
 * x_p dz_c/dx_p of all pixels p of the mosaic add up to z_c - b_c exactly. They are the activation
 * map: exact, complete, and each in the tile it comes from. A tile's sum is the change of z_c when
 * that tile becomes brighter, d z_c / d ln(tile).
 */
export const cnnGapSmall: NetworkDefinition<SmallOptions> = {
  name: 'cnn-gap-small',
  options,
  head: 'softmax',
  mapLayer: 'mosaic',
  featureLayer: 'mean',
  tileLayers: ['stack', 'conv1', 'conv2', 'pool1', 'conv3', 'pool2', 'conv4'],
  parameters({ inputShape, filters: [f, g], grid, classes }) {
    const tiles = inputShape[2] * grid[0] * grid[1];
    return 9 * (tiles * f + f * f + f * g + g * g) + (g + 1) * classes.length;
  },
  build({ inputShape, filters: [f, g], grid, classes, seed }): LayersModel {
    const x = input({ shape: inputShape, name: 'image' });
    const pool = (name: string) => layers.maxPooling2d({ name, poolSize: 2, padding: 'same' });
    const stack = new Stack(x, seed)
      .add(layers.activation({ name: 'mosaic', activation: 'linear' }))
      .add(new StackTiles({ name: 'stack', grid }))
      .convWithoutBias('conv1', f)
      .convWithoutBias('conv2', f)
      .add(pool('pool1'))
      .convWithoutBias('conv3', g)
      .add(pool('pool2'))
      .convWithoutBias('conv4', g)
      .add(layers.globalAveragePooling2d({ name: 'mean' }))
      .dense('logits', classes.length, 'linear');
    return model({ inputs: x, outputs: stack.output, name: 'cnn-gap-small' });
  },
  preprocessing: foldedPreprocessing,
};
