import {
  initializers,
  input,
  layers,
  type LayersModel,
  model,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { relu, Residual } from '../layers/residual.js';
import { seedFor } from '../layers/seeds.js';
import type { NetworkDefinition } from '../network.js';
import { type CommonOptions, commonOptions } from '../options.js';

export interface VectorTrunkOptions {
  inputShape: [number, number, number];
  seed: number;
  /** Width of the layers. */
  units: number;
  /** Residual blocks of two layers. */
  blocks: number;
  /** Bound of the singular values of each linear map; none if not given. */
  spectralNorm?: number | undefined;
}

export const vectorOptions = {
  units: z.int().min(1).max(4096).default(64),
  blocks: z.int().min(1).max(100).default(2),
  spectralNorm: z.number().min(0.1).max(100).optional(),
};

/** All numbers of the input to features [n, units]: dense residual blocks, ReLU. */
export function vectorTrunk(o: VectorTrunkOptions): {
  x: SymbolicTensor;
  features: SymbolicTensor;
} {
  const make = new Residual(o.seed, o.spectralNorm);
  const x = input({ shape: o.inputShape, name: 'image' });
  const flat = layers.flatten({ name: 'flatten' }).apply(x) as SymbolicTensor;
  let y = make.dense(flat, 'widen', o.units);
  for (let b = 1; b <= o.blocks; b++) {
    y = make.block(y, `block${b}`, (t, name) => make.dense(t, name, o.units));
  }
  return { x, features: relu(y, 'features') };
}

export function vectorTrunkParameters(o: VectorTrunkOptions): number {
  const d = o.inputShape.reduce((product, n) => product * n, 1);
  const vectors = o.spectralNorm === undefined ? 0 : d + 2 * o.blocks * o.units;
  const scales = o.spectralNorm === undefined ? o.blocks : 0;
  return (d + 1) * o.units + 2 * o.blocks * (o.units + 1) * o.units + vectors + scales;
}

type MlpOptions = CommonOptions & VectorTrunkOptions;

const options: z.ZodType<MlpOptions, unknown> = z.strictObject({
  ...commonOptions,
  ...vectorOptions,
});

/** A residual multilayer perceptron, for spectra and other short vectors. */
export const mlp: NetworkDefinition<MlpOptions> = {
  name: 'mlp',
  options,
  head: 'softmax',
  mapLayer: 'image',
  featureLayer: 'features',
  parameters: (o) => vectorTrunkParameters(o) + (o.units + 1) * o.classes.length,
  build(o): LayersModel {
    const { x, features } = vectorTrunk(o);
    const kernelInitializer = initializers.glorotUniform({ seed: seedFor(o.seed, 'logits') });
    const dense = layers.dense({ name: 'logits', units: o.classes.length, kernelInitializer });
    return model({ inputs: x, outputs: dense.apply(features) as SymbolicTensor, name: 'mlp' });
  },
  preprocessing: (imageShape) => ({ imageShape, steps: [{ step: 'unit-rms' }] }),
};
