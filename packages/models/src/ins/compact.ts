import {
  initializers,
  layers,
  type LayersModel,
  model,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { seedFor } from '../layers/seeds.js';
import type { NetworkDefinition } from '../network.js';
import { type CommonOptions, commonOptions } from '../options.js';
import {
  foldedPreprocessing,
  gridDivides,
  gridMessage,
  residualTrunk,
  residualTrunkParameters,
  type TrunkOptions,
  trunkOptions,
} from './trunks.js';

export type CompactOptions = CommonOptions & TrunkOptions;

const options: z.ZodType<CompactOptions, unknown> = z
  .strictObject({ ...commonOptions, ...trunkOptions })
  .refine(gridDivides, gridMessage);

/**
 * The compact network: residual, without norms, on the tiles as channels; 349,829 weights for folded
 * and averaged images of 240 x 400 pixels and two classes; anti-aliased pools by `pool: max-blur`. With
 * `spectralNorm` it is the network of DDU: distances in the image are kept in the features.
 */
export const compact: NetworkDefinition<CompactOptions> = {
  name: 'compact',
  options,
  head: 'softmax',
  mapLayer: 'map',
  featureLayer: 'mean',
  tileLayers: ['stack', 'block1', 'block2', 'block3', 'map'],
  parameters: (o) => residualTrunkParameters(o) + (o.filters[2] + 1) * o.classes.length,
  build(o): LayersModel {
    const { x, features } = residualTrunk(o);
    const kernelInitializer = initializers.glorotUniform({ seed: seedFor(o.seed, 'logits') });
    const dense = layers.dense({ name: 'logits', units: o.classes.length, kernelInitializer });
    return model({ inputs: x, outputs: dense.apply(features) as SymbolicTensor, name: 'compact' });
  },
  preprocessing: foldedPreprocessing,
};
