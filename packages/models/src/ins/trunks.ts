import { input, layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { Stack } from '../layers/blocks.js';
import { maxBlurPool, maxPool, relu, Residual } from '../layers/residual.js';
import { StackTiles } from '../layers/tiles.js';

/** [rows, cols, channels] of an image, and what decides the layers that make features of it. */
export interface TrunkOptions {
  inputShape: [number, number, number];
  seed: number;
  /** Tiles of the mosaic along rows and columns. */
  grid: [number, number];
  /** Filters before, between and after the two poolings. */
  filters: [number, number, number];
  /** 'max-blur' (anti-aliased) or 'max', which keeps more of patterns a few pixels wide. */
  pool: 'max-blur' | 'max';
  /** Bound of the singular values of each linear map; none if not given. */
  spectralNorm?: number | undefined;
}

const filters = z.int().min(1).max(1024);

/** Options of the residual trunk, for the schemas of the networks that have it. */
export const trunkOptions = {
  grid: z.tuple([z.int().min(1), z.int().min(1)]).default([6, 10]),
  filters: z.tuple([filters, filters, filters]).default([32, 64, 96]),
  pool: z.enum(['max-blur', 'max']).default('max'),
  spectralNorm: z.number().min(0.1).max(100).optional(),
};

/**
 * A mosaic to features [n, filters[2]]: tiles as channels, three residual blocks without norms, a
 * pool between them, ReLU, mean over what is left of h and k. The pool is not anti-aliased by default:
 * dispersions are one or two pixels wide in a tile of 10 x 10, and a blur between the blocks costs 4 %
 * of the images (docs/networks.md).
 */
export function residualTrunk(o: TrunkOptions): { x: SymbolicTensor; features: SymbolicTensor } {
  const make = new Residual(o.seed, o.spectralNorm);
  const x = input({ shape: o.inputShape, name: 'image' });
  let y = new StackTiles({ name: 'stack', grid: o.grid }).apply(x) as SymbolicTensor;
  const pool = o.pool === 'max' ? maxPool : maxBlurPool;
  o.filters.forEach((count, i) => {
    if (i > 0) y = pool(relu(y, `relu${i}`), `down${i}`);
    y = make.conv(y, `widen${i + 1}`, count);
    y = make.block(y, `block${i + 1}`, (t, name) => make.conv(t, name, count));
  });
  y = relu(y, 'map');
  const features = layers.globalAveragePooling2d({ name: 'mean' }).apply(y) as SymbolicTensor;
  return { x, features };
}

/** Weights of the trunk, those of power iterations included. */
export function residualTrunkParameters(o: TrunkOptions): number {
  let [h, w] = [o.inputShape[0] / o.grid[0], o.inputShape[1] / o.grid[1]];
  let channels = o.inputShape[2] * o.grid[0] * o.grid[1];
  let sum = 0;
  o.filters.forEach((count, i) => {
    if (i > 0) [h, w] = [Math.ceil(h / 2), Math.ceil(w / 2)];
    for (const from of [channels, count, count]) {
      sum += (9 * from + 1) * count + (o.spectralNorm === undefined ? 0 : h * w * from);
    }
    if (o.spectralNorm === undefined) sum += 1;
    channels = count;
  });
  return sum;
}

/** What decides the layers of the small trunk. */
export interface SmallTrunkOptions {
  inputShape: [number, number, number];
  seed: number;
  grid: [number, number];
  /** Filters of the two convolutions at full size, and of the two after a pooling each. */
  smallFilters: [number, number];
}

/**
 * The layers of `cnn-gap-small` up to its features [n, smallFilters[1]], with the same names, so that
 * its weights fit. The pools are those of `residualTrunk`, the same numbers: tfjs's own cannot be
 * differentiated twice, as a gradient penalty needs.
 */
export function smallTrunk(o: SmallTrunkOptions): { x: SymbolicTensor; features: SymbolicTensor } {
  const [f, g] = o.smallFilters;
  const x = input({ shape: o.inputShape, name: 'image' });
  const convs = (y: SymbolicTensor, ...widths: [string, number][]) =>
    widths.reduce((s, [name, n]) => s.convWithoutBias(name, n), new Stack(y, o.seed)).output;
  let y = new StackTiles({ name: 'stack', grid: o.grid }).apply(x) as SymbolicTensor;
  y = convs(y, ['conv1', f], ['conv2', f]);
  y = convs(maxPool(y, 'pool1'), ['conv3', g]);
  y = convs(maxPool(y, 'pool2'), ['conv4', g]);
  const features = layers.globalAveragePooling2d({ name: 'mean' }).apply(y) as SymbolicTensor;
  return { x, features };
}

/** Weights of the small trunk. */
export function smallTrunkParameters({
  inputShape,
  grid,
  smallFilters,
}: SmallTrunkOptions): number {
  const [f, g] = smallFilters;
  const tiles = inputShape[2] * grid[0] * grid[1];
  return 9 * (tiles * f + f * f + f * g + g * g);
}

/** For schemas: the grid must divide the image. */
export const gridDivides = ({ inputShape: [rows, cols], grid }: TrunkOptions): boolean =>
  rows % grid[0] === 0 && cols % grid[1] === 0;

export const gridMessage = 'the grid of tiles must divide the image';

/** Pixels of one of the 6 x 10 tiles of a mosaic. */
export const tileOf = ([rows, cols]: readonly [number, number]) => ({
  rows: rows / 6,
  cols: cols / 10,
});

/**
 * For patterns that are symmetric in h and in k: every tile folded onto a quarter, which halves the
 * noise and loses nothing; means of 2 x 2 pixels, which classify as well as single ones at a quarter
 * of the cost; square root, as for counts; unit mean square, so that the absolute scale does not
 * matter.
 */
export function foldedPreprocessing(imageShape: [number, number]) {
  const { rows, cols } = tileOf(imageShape);
  const foldable = rows % 2 === 0 && cols % 2 === 0;
  const averages = rows % 4 === 0 && cols % 4 === 0;
  return {
    imageShape,
    steps: [
      { step: 'clip' as const, min: 0, max: 120 },
      ...(foldable ? [{ step: 'fold' as const, rows, cols }] : []),
      ...(averages ? [{ step: 'downsample' as const, rows: 2, cols: 2 }] : []),
      { step: 'sqrt' as const },
      { step: 'unit-rms' as const },
    ],
  };
}
