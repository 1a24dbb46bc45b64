import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { selectBackend } from '../backend/select.js';
import {
  type Conv,
  filterGradient,
  forward,
  geometry,
  inputGradient,
} from '../reference/convolution.fixture.js';
import { expectClose, numbers } from '../reference/numbers.fixture.js';

beforeAll(async () => {
  await selectBackend({ require: 'wasm' });
});

const conv = (
  [batch, inH, inW, inC]: number[],
  [kH, kW, outC]: number[],
  stride: [number, number] = [1, 1],
  pad: 'valid' | 'same' = 'valid',
): Conv => ({
  batch: batch!,
  inH: inH!,
  inW: inW!,
  inC: inC!,
  kH: kH!,
  kW: kW!,
  outC: outC!,
  stride,
  pad,
});

/** Shapes of our networks in small, and what their blocks of 4 and 8 leave over. */
const cases: Conv[] = [
  conv([2, 12, 14, 1], [5, 5, 16]),
  conv([2, 9, 11, 16], [3, 3, 16]),
  conv([1, 7, 30, 16], [1, 3, 32]),
  conv([3, 6, 7, 5], [3, 2, 13]),
  conv([2, 8, 8, 3], [1, 1, 1]),
  conv([1, 5, 5, 6], [5, 5, 9]),
  conv([2, 10, 10, 3], [3, 3, 7], [1, 1], 'same'),
  conv([2, 11, 13, 2], [4, 4, 12], [2, 2]),
  conv([2, 11, 13, 4], [4, 4, 6], [2, 2], 'same'),
  conv([1, 9, 9, 3], [3, 3, 4], [3, 1], 'same'),
  conv([1, 9, 9, 2], [2, 2, 4], [3, 3]),
];

describe('convolution gradients on wasm', () => {
  it.each(cases)('$batch x $inH x $inW x $inC, $kH x $kW x $outC, stride $stride, $pad', (c) => {
    const { outH, outW } = geometry(c);
    const x = numbers(c.batch * c.inH * c.inW * c.inC, 1);
    const w = numbers(c.kH * c.kW * c.inC * c.outC, 2);
    const g = numbers(c.batch * outH * outW * c.outC, 3);
    const [y, dx, dw] = tf.tidy(() => {
      const xt = tf.tensor4d(x, [c.batch, c.inH, c.inW, c.inC]);
      const wt = tf.tensor4d(w, [c.kH, c.kW, c.inC, c.outC]);
      const gt = tf.tensor4d(g, [c.batch, outH, outW, c.outC]);
      const f = (a: tf.Tensor, b: tf.Tensor) =>
        tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, c.stride, c.pad);
      const grads = tf.grads(f)([xt, wt], gt);
      return [f(xt, wt), ...grads].map((t) => t.dataSync());
    });
    expectClose(y!, forward(c, x, w), 1e-5);
    expectClose(dw!, filterGradient(c, x, g), 1e-5);
    expectClose(dx!, inputGradient(c, w, g), 1e-5);
  });

  it('keeps its digits in a sum over many pixels', () => {
    const c = conv([4, 120, 130, 1], [3, 3, 4]);
    const x = numbers(4 * 120 * 130, 5).map((v) => v + 1);
    const g = numbers(4 * 118 * 128 * 4, 6).map((v) => v + 1);
    const dw = tf.tidy(() => {
      const xt = tf.tensor4d(x, [4, 120, 130, 1]);
      const f = (w: tf.Tensor) => tf.conv2d(xt, w as tf.Tensor4D, 1, 'valid');
      return tf
        .grad(f)(tf.zeros([3, 3, 1, 4]), tf.tensor4d(g, [4, 118, 128, 4]))
        .dataSync();
    });
    expectClose(dw, filterGradient(c, x, g), 2e-6);
  });

  it('leaves no memory behind', () => {
    const run = () =>
      tf.tidy(() => {
        const x = tf.tensor4d(numbers(2 * 10 * 10 * 3), [2, 10, 10, 3]);
        const w = tf.tensor4d(numbers(3 * 3 * 3 * 4), [3, 3, 3, 4]);
        tf.grads((a: tf.Tensor, b: tf.Tensor) =>
          tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, 2, 'same'),
        )([x, w]);
      });
    run();
    const before = { ...tf.memory() };
    for (let i = 0; i < 5; i++) run();
    expect(tf.memory().numTensors).toBe(before.numTensors);
    expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers);
  });
});

describe('the reference itself', () => {
  it.each(cases.slice(3, 9))('agrees with finite differences: $inH x $inW, stride $stride', (c) => {
    const x = Float64Array.from(numbers(c.batch * c.inH * c.inW * c.inC, 1));
    const w = Float64Array.from(numbers(c.kH * c.kW * c.inC * c.outC, 2));
    const g = numbers(forward(c, x, w).length, 3);
    const loss = () => forward(c, x, w).reduce((s, v, i) => s + v * g[i]!, 0);
    const slope = (values: Float64Array, i: number) => {
      const kept = values[i]!;
      values[i] = kept + 1e-3;
      const up = loss();
      values[i] = kept - 1e-3;
      const down = loss();
      values[i] = kept;
      return (up - down) / 2e-3;
    };
    const dw = filterGradient(c, x, g);
    const dx = inputGradient(c, w, g);
    for (let i = 0; i < w.length; i += 7) expect(dw[i]).toBeCloseTo(slope(w, i), 7);
    for (let i = 0; i < x.length; i += 11) expect(dx[i]).toBeCloseTo(slope(x, i), 7);
  });
});
