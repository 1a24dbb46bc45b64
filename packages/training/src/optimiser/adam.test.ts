import { selectBackend } from '@spectraloom/compute';
import type { Weight } from '@spectraloom/models';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { Adam, type AdamOptions } from './adam.js';
import { Sgd } from './sgd.js';

beforeAll(async () => {
  await selectBackend({ require: 'wasm' });
});

const gradientsOf = (step: number) => [
  [0.5 * step, -0.2, 0.1],
  [-1 / step, 2],
];

/** Gradient descent with momentum, written out. */
function descent(start: number[][], steps: number, rate: number) {
  const w = start.map((x) => [...x]);
  const v = start.map((x) => x.map(() => 0));
  for (let t = 1; t <= steps; t++) {
    const g = gradientsOf(t);
    const norm = Math.hypot(...g.flat());
    const shrink = norm > 0.7 ? 0.7 / norm : 1;
    w.forEach((x, i) =>
      x.forEach((_, j) => {
        v[i]![j] = 0.8 * v[i]![j]! + g[i]![j]! * shrink;
        x[j] = x[j]! * (i === 0 ? 1 - rate * 0.1 : 1) - rate * v[i]![j]!;
      }),
    );
  }
  return w;
}

/** The update written out in double precision. */
function reference(start: number[][], steps: number, o: Required<AdamOptions>, rate: number) {
  const w = start.map((x) => [...x]);
  const m = start.map((x) => x.map(() => 0));
  const v = start.map((x) => x.map(() => 0));
  for (let t = 1; t <= steps; t++) {
    const g = gradientsOf(t);
    const norm = Math.hypot(...g.flat());
    const shrink = norm > o.clipNorm ? o.clipNorm / norm : 1;
    w.forEach((x, i) =>
      x.forEach((_, j) => {
        const gij = g[i]![j]! * shrink;
        m[i]![j] = o.beta1 * m[i]![j]! + (1 - o.beta1) * gij;
        v[i]![j] = o.beta2 * v[i]![j]! + (1 - o.beta2) * gij ** 2;
        const corrected = rate * (Math.sqrt(1 - o.beta2 ** t) / (1 - o.beta1 ** t));
        const decay = i === 0 ? 1 - rate * o.weightDecay : 1;
        x[j] = x[j]! * decay - (corrected * m[i]![j]!) / (Math.sqrt(v[i]![j]!) + o.epsilon);
      }),
    );
  }
  return w;
}

it.each([
  { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, clipNorm: 1e9 },
  { beta1: 0.8, beta2: 0.99, epsilon: 1e-6, weightDecay: 0.1, clipNorm: 0.7 },
])('follows the formulas: %o', async (options) => {
  const start = [
    [1, 2, 3],
    [0.5, -0.5],
  ];
  const weights: Weight[] = start.map((values, i) => ({
    name: i === 0 ? 'a/kernel' : 'a/bias',
    shape: [values.length],
    trainable: true,
    variable: tf.variable(tf.tensor1d(values)),
  }));
  let adam = new Adam(weights, options);
  for (let t = 1; t <= 5; t++) {
    if (t === 4) {
      const state = await adam.state();
      adam.dispose();
      adam = new Adam(weights, options);
      adam.restore(state);
    }
    const gradients = gradientsOf(t).map((g) => tf.tensor1d(g));
    await adam.update(gradients, 0.05);
    tf.dispose(gradients);
  }
  const expected = reference(start, 5, options, 0.05);
  weights.forEach(({ variable }, i) =>
    [...variable.dataSync()].forEach((x, j) => expect(x).toBeCloseTo(expected[i]![j]!, 5)),
  );
  adam.dispose();
  tf.dispose(weights.map((w) => w.variable));
});

it('SGD follows its formulas, over an interruption too', async () => {
  const start = [
    [1, 2, 3],
    [0.5, -0.5],
  ];
  const weights: Weight[] = start.map((values, i) => ({
    name: i === 0 ? 'a/kernel' : 'a/bias',
    shape: [values.length],
    trainable: true,
    variable: tf.variable(tf.tensor1d(values)),
  }));
  const options = { momentum: 0.8, weightDecay: 0.1, clipNorm: 0.7 };
  let sgd = new Sgd(weights, options);
  for (let t = 1; t <= 5; t++) {
    if (t === 3) {
      const state = await sgd.state();
      expect(state.step).toBe(2);
      sgd.dispose();
      sgd = new Sgd(weights, options);
      sgd.restore(state);
    }
    const gradients = gradientsOf(t).map((g) => tf.tensor1d(g));
    await sgd.update(gradients, 0.05);
    tf.dispose(gradients);
  }
  const expected = descent(start, 5, 0.05);
  weights.forEach(({ variable }, i) =>
    [...variable.dataSync()].forEach((x, j) => expect(x).toBeCloseTo(expected[i]![j]!, 5)),
  );
  sgd.dispose();
  tf.dispose(weights.map((w) => w.variable));
});
