import * as tf from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import type { SuiteCase } from '../case.js';
import { matMul, plain, relu, reshape, sigmoid, softmax, zip } from '../plain/array.js';
import { conv2d, conv2dTranspose, type Padding, pool2d } from '../plain/images.js';
import { batchNorm, channelMoments } from '../plain/norm.js';
import { applied } from './applied.js';

type Pair = [number, number];

/** Shapes of input, kernel and bias: images [n, h, w, c] to `filters` channels. */
function convShapes(
  images: [number, number, number, number],
  kernel: Pair,
  filters: number,
  transposed = false,
): number[][] {
  const c = images[3];
  return [images, [...kernel, ...(transposed ? [filters, c] : [c, filters])], [filters]];
}

function convolution(
  name: string,
  kernel: Pair,
  strides: number,
  padding: Padding,
  images: [number, number, number, number, filters: number][],
): SuiteCase {
  return {
    name,
    group: 'layer',
    shapes: images.map(([n, h, w, c, filters]) => convShapes([n, h, w, c], kernel, filters)),
    compute: (x, ...weights) => {
      const filters = weights[1]!.size;
      const config = { filters, kernelSize: kernel, strides, padding, activation: 'relu' as const };
      return applied(layers.conv2d(config), ['kernel', 'bias'], x!, weights);
    },
    reference: (x, w, b) => relu(conv2d(x!, w!, b!, strides, padding)),
  };
}

function transposedConvolution(
  name: string,
  kernel: Pair,
  strides: number,
  images: [number, number, number, number, filters: number][],
): SuiteCase {
  return {
    name,
    group: 'layer',
    shapes: images.map(([n, h, w, c, filters]) => convShapes([n, h, w, c], kernel, filters, true)),
    compute: (x, ...weights) => {
      const filters = weights[1]!.size;
      const config = { filters, kernelSize: kernel, strides, padding: 'same' as const };
      return applied(layers.conv2dTranspose(config), ['kernel', 'bias'], x!, weights);
    },
    reference: (x, w, b) => conv2dTranspose(x!, w!, b!, strides, 'same'),
  };
}

function pooling(name: string, kind: 'max' | 'mean', size: Pair, padding: Padding): SuiteCase {
  const config = { poolSize: size, strides: size, padding };
  return {
    name,
    group: 'layer',
    shapes: [[[2, 6, 8, 3]], [[1, 5, 7, 16]]],
    compute: (x) => {
      const layer = kind === 'max' ? layers.maxPooling2d(config) : layers.averagePooling2d(config);
      return applied(layer, [], x!, []);
    },
    reference: (x) => pool2d(x!, kind, size, size, padding),
  };
}

const positive = (input: number, uniform: () => number, places: number[]) =>
  places.includes(input) ? 0.5 + Math.abs(uniform()) : uniform();

export const layerCases: SuiteCase[] = [
  convolution('conv 5x5 valid, relu', [5, 5], 1, 'valid', [
    [2, 8, 9, 1, 4],
    [1, 6, 7, 2, 16],
  ]),
  convolution('conv 3x3 valid, relu', [3, 3], 1, 'valid', [
    [2, 5, 6, 4, 4],
    [1, 4, 5, 16, 3],
  ]),
  convolution('conv 3x3 same, relu', [3, 3], 1, 'same', [
    [2, 5, 4, 2, 3],
    [3, 3, 6, 1, 16],
  ]),
  convolution('conv 1x3 valid, relu', [1, 3], 1, 'valid', [
    [2, 3, 7, 4, 5],
    [1, 2, 6, 16, 2],
  ]),
  convolution('conv 1x1, relu', [1, 1], 1, 'valid', [[2, 3, 4, 5, 4]]),
  convolution('conv 4x4 stride 2 valid, relu', [4, 4], 2, 'valid', [
    [2, 8, 10, 1, 4],
    [1, 7, 9, 3, 5],
  ]),
  transposedConvolution('transposed conv 4x4 stride 2 same', [4, 4], 2, [
    [2, 3, 4, 3, 4],
    [1, 4, 3, 5, 2],
  ]),
  transposedConvolution('transposed conv 3x3 same', [3, 3], 1, [
    [2, 4, 5, 3, 1],
    [1, 3, 4, 4, 2],
  ]),
  pooling('max pool 1x2', 'max', [1, 2], 'valid'),
  pooling('max pool 2x2', 'max', [2, 2], 'valid'),
  pooling('average pool 2x2 same', 'mean', [2, 2], 'same'),
  pooling('average pool 3x2 valid', 'mean', [3, 2], 'valid'),
  {
    name: 'split max pool 1x2: b + relu(a - b)',
    group: 'layer',
    shapes: [[[2, 3, 6, 4]], [[1, 5, 2, 16]]],
    compute: (x) => {
      const [n, h, w, c] = x!.shape as [number, number, number, number];
      const pairs = tf.reshape(x!, [(n * h * w) / 2, 2 * c]);
      const half = (at: number) => tf.slice(pairs, [0, at * c], [(n * h * w) / 2, c]);
      const larger = tf.add(half(1), tf.relu(tf.sub(half(0), half(1))));
      return tf.reshape(larger, [n, h, w / 2, c]);
    },
    reference: (x) => pool2d(x!, 'max', [1, 2], [1, 2], 'valid'),
  },
  {
    name: 'batch norm, training',
    group: 'layer',
    shapes: [
      [[4, 3, 2, 3], [3], [3]],
      [[8, 5], [5], [5]],
      [[2, 4, 5, 16], [16], [16]],
    ],
    compute: (x, ...weights) =>
      applied(layers.batchNormalization(), ['gamma', 'beta'], x!, weights, { training: true }),
    reference: (x, gamma, beta) => batchNorm(x!, gamma!, beta!, channelMoments(x!), 1e-3),
    slack: 3, // differences of means
  },
  {
    name: 'batch norm, inference',
    group: 'layer',
    shapes: [
      [[2, 3, 2, 3], [3], [3], [3], [3]],
      [[4, 16], [16], [16], [16], [16]],
    ],
    draw: (input, uniform) => positive(input, uniform, [4]),
    compute: (x, ...weights) =>
      applied(
        layers.batchNormalization(),
        ['gamma', 'beta', 'movingMean', 'movingVariance'],
        x!,
        weights,
      ),
    reference: (x, gamma, beta, mean, variance) =>
      batchNorm(x!, gamma!, beta!, { mean: mean!, variance: variance! }, 1e-3),
    differentiate: [true, true, true, false, false],
  },
  ...(['linear', 'relu', 'sigmoid', 'softmax', 'tanh'] as const).map((activation): SuiteCase => ({
    name: `dense, ${activation}`,
    group: 'layer',
    shapes: [
      [[4, 6], [6, 3], [3]],
      [[1, 40], [40, 2], [2]],
    ],
    compute: (x, ...weights) =>
      applied(
        layers.dense({ units: weights[1]!.size, activation }),
        ['kernel', 'bias'],
        x!,
        weights,
      ),
    reference: (x, w, b) => {
      const z = zip(matMul(x!, w!), b!, (p, q) => p + q);
      if (activation === 'relu') return relu(z);
      if (activation === 'sigmoid') return sigmoid(z);
      if (activation === 'softmax') return softmax(z);
      return activation === 'tanh' ? { shape: z.shape, data: z.data.map(Math.tanh) } : z;
    },
  })),
  {
    name: 'global average pool',
    group: 'layer',
    shapes: [[[2, 3, 4, 5]], [[1, 7, 5, 16]]],
    compute: (x) => applied(layers.globalAveragePooling2d({}), [], x!, []),
    reference: (x) => {
      const [n, h, w, c] = x!.shape as [number, number, number, number];
      const out = plain([n, c]);
      x!.data.forEach((v, i) => {
        out.data[Math.floor(i / (h * w * c)) * c + (i % c)]! += v / (h * w);
      });
      return out;
    },
  },
  {
    name: 'flatten, dense',
    group: 'layer',
    shapes: [[[3, 2, 4, 2], [16, 3], [3]]],
    compute: (x, ...weights) => {
      const flat = applied(layers.flatten(), [], x!, []);
      return applied(layers.dense({ units: weights[1]!.size }), ['kernel', 'bias'], flat, weights);
    },
    reference: (x, w, b) =>
      zip(matMul(reshape(x!, [x!.shape[0]!, w!.shape[0]!]), w!), b!, (p, q) => p + q),
  },
];
