import { input, layers, type LayersModel, model } from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { Stack } from '../layers/blocks.js';
import type { NetworkDefinition } from '../network.js';
import { type CommonOptions, commonOptions } from '../options.js';

/**
 * The two networks of Butler et al. (J. Phys.: Condens. Matter 33, 194006 (2021)) for images of
 * 240 x 400 pixels: valid convolutions with stride 1 and ReLU, one sigmoid a class.
 */
export const tooSmall = 'the image is smaller than the convolutions take: 8 x 34 at least';

/** Something is left after the convolutions and pools; a size below 1 makes the backend abort. */
export function largeEnough(o: Pick<CommonOptions, 'inputShape'>): boolean {
  const { rows, cols } = trunkSize(o);
  return rows >= 1 && cols >= 1;
}

const options: z.ZodType<CommonOptions, unknown> = z
  .strictObject(commonOptions)
  .refine(largeEnough, tooSmall);

/** Training input as published: clipped, then min-max of each image. */
export const publishedPreprocessing = (imageShape: [number, number]) => ({
  imageShape,
  steps: [{ step: 'clip' as const, min: 0, max: 120 }, { step: 'min-max' as const }],
});

/** Filters and kernel of the six convolutions, and the pooling after the second and the fourth. */
const convolutions: [name: string, filters: number, kernel: [number, number]][] = [
  ['conv1', 16, [5, 5]],
  ['conv2', 16, [3, 3]],
  ['conv3', 16, [1, 3]],
  ['conv4', 32, [1, 3]],
  ['conv5', 32, [1, 3]],
  ['conv6', 32, [1, 3]],
];
const pools: Record<string, [number, number]> = { conv2: [1, 2], conv4: [2, 2] };

function trunk(stack: Stack, normAfter: string[]): Stack {
  for (const [name, filters, kernel] of convolutions) {
    stack.conv(name, filters, kernel);
    const pool = pools[name];
    if (pool)
      stack.add(layers.maxPooling2d({ name: `${name}_pool`, poolSize: pool, strides: pool }));
    if (normAfter.includes(name)) stack.add(layers.batchNormalization({ name: `${name}_norm` }));
  }
  return stack;
}

/** Weights of the convolutions, and [rows, cols] of what comes out of them. */
function trunkSize({ inputShape }: Pick<CommonOptions, 'inputShape'>) {
  let [rows, cols, channels] = inputShape as [number, number, number];
  let weights = 0;
  for (const [name, filters, [kh, kw]] of convolutions) {
    weights += (kh * kw * channels + 1) * filters;
    channels = filters;
    const [ph, pw] = pools[name] ?? [1, 1];
    rows = Math.floor((rows - kh + 1) / ph);
    cols = Math.floor((cols - kw + 1) / pw);
  }
  return { weights, rows, cols, channels };
}

/** The image, and the layers up to 64 features [n, 64], named `hidden`. */
export function publishedFeatures(o: Pick<CommonOptions, 'inputShape' | 'seed'>) {
  const x = input({ shape: o.inputShape, name: 'image' });
  const stack = trunk(new Stack(x, o.seed), ['conv2', 'conv4', 'conv6'])
    .add(layers.flatten({ name: 'flatten' }))
    .dense('hidden', 64, 'relu');
  return { x, stack };
}

/** Weights of those layers. */
export function publishedFeatureParameters(o: Pick<CommonOptions, 'inputShape'>): number {
  const { weights, rows, cols, channels } = trunkSize(o);
  const norms = 4 * (16 + 32 + 32);
  return weights + norms + (rows * cols * channels + 1) * 64;
}

/** Three batch norms and a hidden layer of 64 on all pixels: 22,056,482 weights at 240 x 400. */
export const cnnDense: NetworkDefinition = {
  name: 'cnn-dense',
  options,
  head: 'sigmoid',
  mapLayer: 'conv6',
  featureLayer: 'hidden',
  parameters: (o) => publishedFeatureParameters(o) + 65 * o.classes.length,
  build(o): LayersModel {
    const { x, stack } = publishedFeatures(o);
    stack.dense('logits', o.classes.length, 'linear');
    return model({ inputs: x, outputs: stack.output, name: 'cnn-dense' });
  },
  preprocessing: publishedPreprocessing,
};

/** One batch norm and the mean over all pixels instead: 11,490 weights at any size. */
export const cnnGap: NetworkDefinition = {
  name: 'cnn-gap',
  options,
  head: 'sigmoid',
  mapLayer: 'conv6_norm',
  featureLayer: 'mean',
  parameters(o) {
    return trunkSize(o).weights + 4 * 32 + 33 * o.classes.length;
  },
  build(o): LayersModel {
    const x = input({ shape: o.inputShape, name: 'image' });
    const stack = trunk(new Stack(x, o.seed), ['conv6'])
      .add(layers.globalAveragePooling2d({ name: 'mean' }))
      .dense('logits', o.classes.length, 'linear');
    return model({ inputs: x, outputs: stack.output, name: 'cnn-gap' });
  },
  preprocessing: publishedPreprocessing,
};
