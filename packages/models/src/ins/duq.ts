import { type LayersModel, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { CentroidHead } from '../layers/centroids.js';
import { Stack } from '../layers/blocks.js';
import type { NetworkDefinition } from '../network.js';
import { type CommonOptions, commonOptions } from '../options.js';
import { vectorOptions, vectorTrunk, vectorTrunkParameters } from './mlp.js';
import {
  largeEnough,
  publishedFeatureParameters,
  publishedFeatures,
  publishedPreprocessing,
  tooSmall,
} from './published.js';
import {
  foldedPreprocessing,
  gridDivides,
  gridMessage,
  residualTrunk,
  residualTrunkParameters,
  smallTrunk,
  smallTrunkParameters,
  trunkOptions,
} from './trunks.js';

/** Features f, and the size of each class's embedding W_c f. */
const size = 64;

type Trunk = DuqOptions['trunk'];

/** Trunks that see the tiles as channels, of folded images. */
const onTiles = (trunk: unknown): boolean => trunk === 'compact' || trunk === 'small';

interface DuqOptions extends CommonOptions {
  /**
   * The layers up to the features: the convolutions of `cnn-dense`, those of `compact`, those of
   * `cnn-gap-small` (`small`), or a multilayer perceptron.
   */
  trunk: 'published' | 'compact' | 'small' | 'mlp';
  /** Length scale sigma of the scores. To be searched: see `searchLengthScale`. */
  lengthScale: number;
  /** Part of the centroids' moving averages that stays at each step. */
  momentum: number;
  grid: [number, number];
  filters: [number, number, number];
  /** Of `trunk: small`, as the filters of `cnn-gap-small`. */
  smallFilters: [number, number];
  pool: 'max' | 'max-blur';
  units: number;
  blocks: number;
}

const width = z.int().min(1).max(256);

const options: z.ZodType<DuqOptions, unknown> = z
  .strictObject({
    ...commonOptions,
    trunk: z.enum(['published', 'compact', 'small', 'mlp']).default('published'),
    lengthScale: z.number().positive().default(0.1),
    momentum: z.number().min(0).lt(1).default(0.999),
    grid: trunkOptions.grid,
    filters: trunkOptions.filters,
    smallFilters: z.tuple([width, width]).default([32, 48]),
    pool: trunkOptions.pool,
    units: vectorOptions.units,
    blocks: vectorOptions.blocks,
  })
  .refine((o) => !onTiles(o.trunk) || gridDivides(o), gridMessage)
  .refine((o) => o.trunk !== 'published' || largeEnough(o), tooSmall);

type TrunkOf = (o: DuqOptions) => { x: SymbolicTensor; features: SymbolicTensor };

const trunks: Record<Exclude<Trunk, 'published'>, TrunkOf> = {
  compact: residualTrunk,
  small: smallTrunk,
  mlp: vectorTrunk,
};

function features(o: DuqOptions): { x: SymbolicTensor; features: SymbolicTensor } {
  if (o.trunk === 'published') {
    const { x, stack } = publishedFeatures(o);
    return { x, features: stack.output };
  }
  const trunk = trunks[o.trunk](o);
  const stack = new Stack(trunk.features, o.seed).dense('hidden', size, 'relu');
  return { x: trunk.x, features: stack.output };
}

function trunkParameters(o: DuqOptions): number {
  switch (o.trunk) {
    case 'published':
      return publishedFeatureParameters(o);
    case 'compact':
      return residualTrunkParameters(o) + (o.filters[2] + 1) * size;
    case 'small':
      return smallTrunkParameters(o) + (o.smallFilters[1] + 1) * size;
    case 'mlp':
      return vectorTrunkParameters(o) + (o.units + 1) * size;
  }
}

/**
 * Deterministic uncertainty quantification (van Amersfoort et al., ICML 2020): classes are
 * centroids in a space of embeddings, the score of a class falls with the distance to its
 * centroid, and an image far from all of them scores low everywhere. 22,064,674 weights on the
 * published trunk at 240 x 400 pixels.
 */
export const duq: NetworkDefinition<DuqOptions> = {
  name: 'duq',
  options,
  head: 'rbf',
  mapLayer: (o) => ({ published: 'conv6', compact: 'map', small: 'conv4', mlp: 'image' })[o.trunk],
  featureLayer: 'hidden',
  parameters(o) {
    const c = o.classes.length;
    return trunkParameters(o) + c * size * size + c * size + c;
  },
  build(o): LayersModel {
    const trunk = features(o);
    const head = new CentroidHead({
      ...{ name: 'logits', classes: o.classes.length, size, seed: o.seed },
      ...{ lengthScale: o.lengthScale, momentum: o.momentum },
    });
    const outputs = head.apply(trunk.features) as SymbolicTensor;
    return model({ inputs: trunk.x, outputs, name: 'duq' });
  },
  follow: (logits, features, oneHot) =>
    (logits.getLayer('logits') as CentroidHead).follow(features, oneHot),
  preprocessing: (imageShape, o) =>
    onTiles(o['trunk']) ? foldedPreprocessing(imageShape) : publishedPreprocessing(imageShape),
};
