import { selectBackend } from '@spectraloom/compute';
import { buildNetwork, type Network, weightsOf } from '@spectraloom/models';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { classificationLoss } from './classification.js';
import { gradientPenalty } from './gradient-penalty.js';

beforeAll(async () => {
  await selectBackend({ require: 'wasm' });
});

describe('loss of scores by distance', () => {
  it('is the binary cross-entropy of exp z, and stays finite at its ends', () => {
    tf.tidy(() => {
      const z = tf.tensor2d([-0.3, -2, -1e-9, -90], [2, 2]);
      const y = tf.tensor2d([1, 0, 0, 1], [2, 2]);
      const expected = (0.3 - Math.log(1 - Math.exp(-2)) - Math.log(1e-7) + 90) / 4;
      expect(classificationLoss('rbf', z, y).dataSync()[0]).toBeCloseTo(expected, 4);
    });
  });
});

/**
 * Weights at which a network is smooth around an image that rises along rows and columns. The gradient in
 * the image jumps wherever a ReLU or a max pool switches, and among thousands of units some switch at
 * any step that float32 can resolve; then differences say nothing. So kernels of convolutions are
 * positive, every third unit is off for good and the others on: the pools always take the pixel to
 * the right and below. Elsewhere weights are as far from fresh ones as training brings them.
 */
function settled(name: string, variable: tf.Tensor, shape: number[]): tf.Tensor {
  if (name === 'logits/kernel') return tf.mul(variable, 8);
  if (name.endsWith('/scale')) return tf.fill(shape, 0.7);
  if (name.endsWith('/kernel') && shape.length === 4) {
    const positive = tf.abs(variable);
    return tf.div(tf.mul(positive, 1.5), tf.sum(positive, [0, 1, 2], true));
  }
  if (name.endsWith('/bias') && shape[0] !== 64) {
    return tf.tensor1d(Array.from({ length: shape[0]! }, (_, i) => (i % 3 === 2 ? -50 : 0.3)));
  }
  return tf.mul(variable, name.endsWith('/kernel') ? 1.5 : 1);
}

const trunks: [string, Record<string, unknown>, [number, number, number]][] = [
  ['a multilayer perceptron', { trunk: 'mlp', units: 12, blocks: 1 }, [1, 5, 1]],
  [
    'residual convolutions with max-blur pools',
    { trunk: 'compact', pool: 'max-blur', grid: [2, 2], filters: [3, 4, 5] },
    [12, 12, 1],
  ],
  [
    'residual convolutions with max pools',
    { trunk: 'compact', grid: [2, 2], filters: [3, 4, 5] },
    [12, 12, 1],
  ],
  [
    'the published trunk: max pools and batch norms',
    { trunk: 'published', lengthScale: 5 },
    [10, 36, 1],
  ],
];

describe.each(trunks)('gradient penalty on %s', (_, options, inputShape) => {
  function made(): Network {
    const network = buildNetwork('duq', {
      ...{ inputShape, classes: 2, seed: 4, lengthScale: 1 },
      ...options,
    });
    for (const { name, variable, shape } of weightsOf(network)) {
      const changed = tf.tidy(() => settled(name, variable, shape));
      variable.assign(changed as tf.Variable);
      changed.dispose();
    }
    return network;
  }
  const images = (n: number, seed: number) =>
    tf.tidy(() => {
      const noise = tf.randomUniform([n, ...inputShape], 0, 1, 'float32', seed);
      const rising = (axis: 1 | 2) => {
        const shape = [1, 1, 1, 1];
        shape[axis] = inputShape[axis - 1]!;
        return tf.reshape(tf.linspace(0, 1, inputShape[axis - 1]!), shape);
      };
      const ramp = tf.add(tf.mul(rising(1), 0.4), rising(2));
      return tf.add(tf.mul(noise, 0.1 / inputShape[1]), ramp) as tf.Tensor4D;
    });
  const outputs = (network: Network) => (x: tf.Tensor4D) =>
    network.logits.apply(x, { training: false }) as tf.Tensor2D;
  const valueOf = (network: Network, x: tf.Tensor4D) =>
    tf.tidy(() => {
      const { penalty, z } = gradientPenalty(x, outputs(network));
      z.dispose();
      return penalty.dataSync()[0]!;
    });

  it('is (|d sum K / dx| - 1)^2, its gradient by finite differences of the scores', () => {
    const network = made();
    const x = images(1, 2);
    const sum = (at: tf.Tensor4D) =>
      tf.tidy(() => tf.sum(tf.exp(outputs(network)(at))).dataSync()[0]!);
    const size = x.size;
    let square = 0;
    const h = 1e-2;
    for (let i = 0; i < size; i++) {
      const step = tf.tidy(() => {
        const values = new Float32Array(size);
        values[i] = h;
        return tf.tensor4d(values, x.shape);
      });
      const [up, down] = [tf.add(x, step), tf.sub(x, step)] as [tf.Tensor4D, tf.Tensor4D];
      square += ((sum(up) - sum(down)) / (2 * h)) ** 2;
      tf.dispose([step, up, down]);
    }
    const expected = (Math.sqrt(square) - 1) ** 2;
    expect(valueOf(network, x)).toBeCloseTo(expected, 2);
    network.dispose();
    x.dispose();
  });

  it('has the right derivative in every trainable weight, by finite differences', () => {
    const network = made();
    const x = images(3, 3);
    const weights = weightsOf(network).filter((w) => w.trainable);
    const variables = weights.map((w) => w.variable);
    const { grads, value } = tf.variableGrads(() => {
      const { penalty, z } = gradientPenalty(x, outputs(network));
      z.dispose();
      return penalty;
    }, variables);
    let checked = 0;
    for (const { variable } of weights) {
      const slopes = grads[variable.name]!;
      // Along the gradient itself: the steepest slope is the least drowned in rounding.
      const norm = tf.tidy(() => tf.norm(slopes).dataSync()[0]!);
      if (norm < 1e-2) continue;
      const start = variable.clone();
      const direction = tf.div(slopes, norm);
      const at = (step: number) => {
        const moved = tf.add(start, tf.mul(direction, step));
        variable.assign(moved as tf.Variable);
        moved.dispose();
        return valueOf(network, x);
      };
      const differences = [4e-3, 2e-3, 1e-3, 5e-4].map((h) => (at(h) - at(-h)) / (2 * h));
      variable.assign(start as tf.Variable);
      const best = Math.min(...differences.map((d) => Math.abs(d - norm)));
      expect(best, variable.name).toBeLessThan(0.02 * norm + 2e-4);
      checked++;
      tf.dispose([start, direction]);
    }
    expect(checked).toBeGreaterThanOrEqual(3);
    tf.dispose([grads, value, x]);
    network.dispose();
  });

  it('leaves no tensors behind but its results', () => {
    const network = made();
    const x = images(2, 5);
    valueOf(network, x);
    const before = tf.memory().numTensors;
    valueOf(network, x);
    expect(tf.memory().numTensors).toBe(before);
    network.dispose();
    x.dispose();
  });
});
