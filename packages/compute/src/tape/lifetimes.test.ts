import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { selectBackend } from '../backend/select.js';

beforeAll(async () => {
  await selectBackend({ require: 'wasm' });
});

type Custom = (t: tf.Tensor) => {
  value: tf.Tensor;
  gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.Tensor;
};
const custom = (f: Custom) => tf.customGrad(f as never) as (t: tf.Tensor) => tf.Tensor;

describe('what a backward pass holds', () => {
  it('is one copy of each layer, and nothing of those that are done', () => {
    const [layers, size] = [12, 1000];
    const biases = Array.from({ length: layers }, (_, i) => tf.variable(tf.scalar(i / 10)));
    const x = tf.variable(tf.randomUniform([size], 0, 1, 'float32', 1));
    const before = tf.memory();
    const held: number[] = [];
    /** Passes on what it gets, and counts the buffers there are on the way back. */
    const probe = custom((t) => ({
      value: tf.clone(t),
      gradFunc: (g) => {
        held.push(tf.memory().numDataBuffers - before.numDataBuffers);
        return g;
      },
    }));
    const chain = biases.reduce<(t: tf.Tensor) => tf.Tensor>(
      (f, b) => (t) => tf.relu(tf.add(f(t), b)),
      probe,
    );
    const { value, grads } = tf.variableGrads(() => tf.sum(probe(chain(x))) as tf.Scalar);
    // Every bias is added to all numbers: d sum / d b = their count.
    for (const b of biases) expect(grads[b.name]!.dataSync()[0]).toBe(size);
    tf.dispose([value, grads]);
    expect(held).toHaveLength(2);
    // Where the way back begins: the outputs of the layers. Stock tfjs: 28.
    expect(held[0]).toBeLessThanOrEqual(layers + 4);
    // Where it ends: a gradient for each bias and one for x. Stock tfjs: 52.
    expect(held[1]).toBeLessThanOrEqual(layers + 4);
    expect(tf.memory()).toEqual(before);
    tf.dispose([x, ...biases]);
  });

  it('is never a tensor of the caller', () => {
    const x = tf.tensor1d([1, -2, 3]);
    const dy = tf.tensor1d([1, 10, 100]);
    const outside = tf.tensor1d([5, 6, 7]);
    const before = tf.memory().numTensors;
    // Gradients that are dy itself, a saved tensor itself, and a tensor from outside.
    const same = custom((t) => ({ value: tf.clone(t), gradFunc: (g) => g }));
    const saving = tf.customGrad((t, save) => {
      (save as tf.GradSaveFunc)([t as tf.Tensor]);
      return { value: tf.clone(t as tf.Tensor), gradFunc: (_, saved) => saved[0]! };
    }) as (t: tf.Tensor) => tf.Tensor;
    const fixed = custom((t) => ({
      value: tf.clone(t),
      gradFunc: () => outside,
    }));
    const derivative = (f: (t: tf.Tensor) => tf.Tensor) => {
      const g = tf.grad(f)(x, dy);
      const values = [...g.dataSync()];
      g.dispose();
      return values;
    };
    expect(derivative((t) => same(tf.relu(same(t))))).toEqual([1, 0, 100]);
    expect(derivative((t) => tf.relu(saving(tf.mul(t, 2))))).toEqual([4, -8, 12]);
    expect(derivative((t) => same(fixed(same(tf.mul(t, 3)))))).toEqual([15, 18, 21]);
    expect(derivative((t) => tf.reshape(tf.cast(tf.add(t, 1), 'float32'), [3]))).toEqual([
      1, 10, 100,
    ]);
    expect(tf.memory().numTensors).toBe(before);
    expect([...dy.dataSync(), ...outside.dataSync()]).toEqual([1, 10, 100, 5, 6, 7]);
    tf.dispose([x, dy, outside]);
  });

  it('is freed when the pass fails, forward or backward', () => {
    const x = tf.ones([1000]);
    const before = tf.memory().numTensors;
    const fails = custom((t) => ({
      value: tf.clone(t),
      gradFunc: () => {
        throw new Error('backward');
      },
    }));
    const run = (f: (t: tf.Tensor) => tf.Tensor) => () => tf.grad((t) => tf.sum(f(t)))(x);
    expect(run((t) => tf.square(fails(tf.square(t))))).toThrow('backward');
    const forward = (t: tf.Tensor) => {
      tf.square(tf.square(t));
      throw new Error('forward');
    };
    expect(run(forward)).toThrow('forward');
    expect(tf.memory().numTensors).toBe(before);
    x.dispose();
  });
});

it('relu has its gradient in one kernel, at every length', () => {
  expect(tf.getKernel('ReluGrad', 'wasm')).toBeDefined();
  for (const n of [1, 3, 4, 5, 19]) {
    const x = tf.tensor1d(Array.from({ length: n }, (_, i) => (i % 3) - 1 + i / 100));
    const dy = tf.tensor1d(Array.from({ length: n }, (_, i) => i + 0.5));
    const expected = [...dy.dataSync()].map((g, i) => (x.dataSync()[i]! > 0 ? g : 0));
    expect([
      ...tf
        .grad((t) => tf.relu(t))(x, dy)
        .dataSync(),
    ]).toEqual(expected);
  }
});
