import { selectBackend } from '@spectraloom/compute';
import * as tf from '@tensorflow/tfjs-core';
import { input, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { CentroidHead } from './centroids.js';
import { Scale } from './pointwise.js';
import { maxBlurPool, maxPool } from './residual.js';
import { NeighbourMax } from './neighbour-max.js';
import { SpectralConv2D, SpectralDense } from './spectral.js';

beforeAll(async () => {
  await selectBackend({ require: 'wasm' });
});

/** Largest singular value of a linear map as a full matrix, by many power iterations in doubles. */
function largestSingularValue(rows: number[][]): number {
  let u = rows[0]!.map((_, i) => 1 + 0.01 * i);
  let norm = 0;
  for (let k = 0; k < 500; k++) {
    const v = rows.map((row) => row.reduce((s, a, i) => s + a * u[i]!, 0));
    const w = u.map((_, i) => rows.reduce((s, row, j) => s + row[i]! * v[j]!, 0));
    norm = Math.hypot(...w);
    u = w.map((x) => x / norm);
  }
  return Math.sqrt(norm);
}

/** The matrix of a layer: its answer to each unit vector, its bias being 0. */
function matrixOf(layer: layers.Layer, shape: number[]): number[][] {
  const size = shape.reduce((p, n) => p * n, 1);
  return tf.tidy(() => {
    const x = tf.reshape(tf.eye(size), [size, ...shape]);
    const y = tf.reshape(layer.apply(x) as tf.Tensor, [size, -1]) as tf.Tensor2D;
    return tf.transpose(y).arraySync() as number[][];
  });
}

describe.each([
  ['SpectralConv2D', SpectralConv2D, [5, 4, 3]],
  ['SpectralDense', SpectralDense, [20]],
] as const)('%s', (_, Kind, shape) => {
  const train = (layer: layers.Layer, times: number) =>
    tf.tidy(() => {
      for (let i = 0; i < times; i++) layer.apply(tf.zeros([1, ...shape]), { training: true });
    });

  it('bounds the singular values of the whole map', () => {
    const layer = new Kind({ name: 'a', filters: 6, coefficient: 0.7, seed: 3 });
    tf.tidy(() => void layer.apply(tf.zeros([1, ...shape])));
    train(layer, 500);
    expect(largestSingularValue(matrixOf(layer, [...shape]))).toBeCloseTo(0.7, 3);
    layer.dispose();
  });

  it('leaves a map below the bound alone', () => {
    const make = (coefficient: number) =>
      new Kind({ name: 'a', filters: 6, coefficient, seed: 3 }) as layers.Layer;
    const [high, higher] = [make(100), make(200)];
    const a = matrixOf(high, [...shape]);
    expect(a).toEqual(matrixOf(higher, [...shape]));
    expect(largestSingularValue(a)).toBeGreaterThan(0.7);
    high.dispose();
    higher.dispose();
  });

  it('has the derivative of the normalised kernel, by finite differences', () => {
    const layer = new Kind({ name: 'a', filters: 4, coefficient: 0.5, seed: 3 });
    const x = tf.randomNormal([2, ...shape], 0, 1, 'float32', 11);
    tf.tidy(() => void layer.apply(x));
    train(layer, 200);
    const kernel = (layer.weights[0] as unknown as { val: tf.Variable }).val;
    const loss = () => tf.mean(tf.square(layer.apply(x) as tf.Tensor)) as tf.Scalar;
    const start = kernel.clone();
    const direction = tf.randomNormal(kernel.shape, 0, 1, 'float32', 12);
    const { grads, value } = tf.variableGrads(loss, [kernel]);
    const slope = tf.sum(tf.mul(grads[kernel.name]!, direction)).dataSync()[0]!;
    const at = (step: number) => {
      kernel.assign(tf.add(start, tf.mul(direction, step)));
      train(layer, 400);
      return tf.tidy(() => loss().dataSync()[0]!);
    };
    const h = 5e-3;
    const difference = (at(h) - at(-h)) / (2 * h);
    expect(Math.abs(slope - difference)).toBeLessThan(0.01 * Math.abs(slope) + 1e-4);
    layer.dispose();
    tf.dispose([x, start, direction, value, grads]);
  });
});

describe('maxBlurPool', () => {
  it('is the largest of neighbours, blurred by [1 2 1] / 4, at every second pixel', () => {
    const x = input({ shape: [1, 8, 1] });
    const pooled = model({ inputs: x, outputs: maxBlurPool(x, 'p') as SymbolicTensor });
    tf.tidy(() => {
      // Largest of a pixel and the next one: 4 4 8 8 7 7 6 6.
      const row = [1, 4, 2, 8, 5, 7, 3, 6];
      const y = pooled.predict(tf.tensor4d(row, [1, 1, 8, 1])) as tf.Tensor;
      expect(y.shape).toEqual([1, 1, 4, 1]);
      const values = [...y.dataSync()];
      [(4 + 8 + 8) / 4, (8 + 16 + 7) / 4, (7 + 14 + 6) / 4, 6].forEach((expected, i) =>
        expect(values[i]).toBeCloseTo(expected, 6),
      );
    });
    pooled.dispose();
  });

  it('a shifted pattern changes it less than picking every second pixel', () => {
    const x = input({ shape: [16, 16, 1] });
    const blurred = model({ inputs: x, outputs: maxBlurPool(x, 'p') as SymbolicTensor });
    const plain = model({
      inputs: x,
      outputs: layers.maxPooling2d({ poolSize: 2 }).apply(x) as SymbolicTensor,
    });
    tf.tidy(() => {
      const wide = tf.randomUniform([1, 18, 18, 1], 0, 1, 'float32', 4) as tf.Tensor4D;
      const at = (o: number) => tf.slice(wide, [0, o, o, 0], [1, 16, 16, 1]);
      const energy = (m: typeof plain) => {
        const [a, b] = [at(0), at(1)].map((t) => m.predict(t) as tf.Tensor);
        return tf.div(tf.sum(tf.square(tf.sub(a!, b!))), tf.sum(tf.square(a!))).dataSync()[0]!;
      };
      expect(energy(blurred)).toBeLessThan(energy(plain));
    });
    for (const m of [blurred, plain]) m.dispose();
  });
});

it('NeighbourMax is the max pool of 2 x 2 pixels, stride 1, repeated at the edge', () => {
  const layer = new NeighbourMax({ name: 'm' });
  tf.tidy(() => {
    const x = tf.randomNormal([2, 5, 4, 3], 0, 1, 'float32', 8) as tf.Tensor4D;
    const ours = layer.apply(x) as tf.Tensor;
    const padded = tf.mirrorPad(
      x,
      [
        [0, 0],
        [0, 1],
        [0, 1],
        [0, 0],
      ],
      'symmetric',
    );
    expect([...ours.dataSync()]).toEqual(
      [...tf.maxPool(padded as tf.Tensor4D, 2, 1, 'valid').dataSync()].map((v) =>
        expect.closeTo(v, 6),
      ),
    );
  });
  layer.dispose();
});

it('Scale starts as a half', () => {
  const layer = new Scale({ name: 's' });
  tf.tidy(() => {
    const y = layer.apply(tf.ones([2, 3])) as tf.Tensor;
    expect([...y.dataSync()]).toEqual([0.5, 0.5, 0.5, 0.5, 0.5, 0.5]);
  });
  layer.dispose();
});

describe('CentroidHead', () => {
  const args = { name: 'h', classes: 2, size: 3, lengthScale: 0.4, momentum: 0.9, seed: 5 };
  const features = [
    [0.3, -0.2],
    [1, 0.5],
    [-0.7, 0.1],
  ];
  const kernel = Array.from({ length: 12 }, (_, i) => Math.sin(i));
  const start = [0.2, -1, 0.5, 3, 2, -2];

  /** Sums and counts as the layer has them, in doubles. */
  const embed = (f: number[], c: number) =>
    [0, 1, 2].map((k) => f.reduce((s, x, j) => s + kernel[(c * 3 + k) * 2 + j]! * x, 0));

  function made() {
    const head = new CentroidHead(args);
    tf.tidy(() => {
      head.apply(tf.zeros([1, 2]));
      head.setWeights([tf.tensor(kernel, [2, 3, 2]), tf.tensor(start, [2, 3]), tf.tensor([4, 5])]);
    });
    return head;
  }

  it('gives the logarithm of the scores as written', () => {
    const head = made();
    tf.tidy(() => {
      const z = (head.apply(tf.tensor2d(features)) as tf.Tensor2D).arraySync();
      features.forEach((f, i) =>
        [0, 1].forEach((c) => {
          const square = embed(f, c).map((u, k) => (u - start[c * 3 + k]! / [4, 5][c]!) ** 2);
          const expected = -square.reduce((s, x) => s + x, 0) / 3 / (2 * 0.4 ** 2);
          expect(z[i]![c]).toBeCloseTo(expected, 4);
        }),
      );
    });
    head.dispose();
  });

  it('moves counts and sums as moving averages, the kernel not at all', () => {
    const head = made();
    tf.tidy(() => {
      head.follow(
        tf.tensor2d(features),
        tf.tensor2d([
          [1, 0],
          [0, 1],
          [1, 0],
        ] as number[][]),
      );
      const [k, sums, counts] = head.getWeights().map((w) => [...w.dataSync()]);
      kernel.forEach((x, i) => expect(k![i]).toBeCloseTo(x, 6));
      expect(counts![0]).toBeCloseTo(0.9 * 4 + 0.1 * 2, 5);
      expect(counts![1]).toBeCloseTo(0.9 * 5 + 0.1 * 1, 5);
      for (let j = 0; j < 3; j++) {
        const first = embed(features[0]!, 0)[j]! + embed(features[2]!, 0)[j]!;
        expect(sums![j]).toBeCloseTo(0.9 * start[j]! + 0.1 * first, 5);
        const second = embed(features[1]!, 1)[j]!;
        expect(sums![3 + j]).toBeCloseTo(0.9 * start[3 + j]! + 0.1 * second, 5);
      }
    });
    head.dispose();
  });
});

describe('maxPool', () => {
  it.each([
    [8, 6],
    [5, 7],
  ])('of %i x %i pixels is that of tfjs', (rows, cols) => {
    const x = input({ shape: [rows, cols, 2] });
    const ours = model({ inputs: x, outputs: maxPool(x, 'p') });
    const plain = layers.maxPooling2d({ poolSize: 2, padding: 'same' }).apply(x) as SymbolicTensor;
    const theirs = model({ inputs: x, outputs: plain });
    tf.tidy(() => {
      const image = tf.randomNormal([3, rows, cols, 2], 0, 1, 'float32', 5);
      const [a, b] = [ours, theirs].map((m) => (m.predict(image) as tf.Tensor).dataSync());
      // b + relu(a - b) rounds.
      a!.forEach((v, i) => expect(v).toBeCloseTo(b![i]!, 5));
      expect(a!.length).toBe(b!.length);
    });
    for (const m of [ours, theirs]) m.dispose();
  });
});
