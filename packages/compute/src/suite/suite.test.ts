import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { selectBackend } from '../backend/select.js';
import './allclose.fixture.js';
import { gradientByDifferences, hessianByDifferences } from './differences.js';
import { map, matMul, type Plain, plain, softmax, sum, transpose } from './plain/array.js';
import { conv2d, conv2dTranspose, pool2d, resizeBilinear } from './plain/images.js';
import { batchNorm, channelMoments } from './plain/norm.js';
import { runDeviceSuite } from './run.js';

const counting = (...shape: number[]) =>
  plain(
    shape,
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i + 1),
  );

describe('the plain reference', () => {
  it('convolves by hand-computed numbers, valid and same', () => {
    const x = counting(1, 3, 3, 1); // 1..9
    const w = plain([2, 2, 1, 1], [1, 2, 3, 4]);
    const b = plain([1], [0.5]);
    // 1 + 2*2 + 3*4 + 4*5 = 37
    expect(conv2d(x, w, b, 1, 'valid').data).toBeAllclose([37.5, 47.5, 67.5, 77.5], 0);
    expect(conv2d(x, w, b, 2, 'same').data).toBeAllclose([37.5, 3 + 18 + 0.5, 23.5, 9.5], 0);
  });

  it('transposes a convolution: <conv x, y> = <x, conv^T y>', () => {
    const none = (n: number) => plain([n]);
    for (const [padding, stride] of [
      ['valid', 1],
      ['same', 2],
      ['valid', 2],
    ] as const) {
      const x = map(counting(2, 6, 8, 3), (v) => Math.sin(v));
      const w = map(counting(4, 4, 3, 2), (v) => Math.cos(v));
      const y = map(conv2d(x, w, none(2), stride, padding), (_, i) => Math.sin(3 * i));
      const forward = sum(map(conv2d(x, w, none(2), stride, padding), (v, i) => v * y.data[i]!));
      const back = conv2dTranspose(y, w, none(3), stride, padding);
      expect(back.shape).toEqual(x.shape);
      expect(sum(map(back, (v, i) => v * x.data[i]!))).toBeCloseTo(forward, 9);
    }
  });

  it('pools, leaving out pixels that do not exist', () => {
    const x = counting(1, 3, 3, 1);
    expect([...pool2d(x, 'max', [2, 2], [2, 2], 'valid').data]).toEqual([5]);
    expect([...pool2d(x, 'mean', [2, 2], [2, 2], 'same').data]).toEqual([3, 4.5, 7.5, 9]);
  });

  it('normalises to mean beta and deviation gamma', () => {
    const x = map(counting(50, 2), (v) => Math.sin(v) * v);
    const y = batchNorm(x, plain([2], [2, 3]), plain([2], [-1, 4]), channelMoments(x), 0);
    const { mean, variance } = channelMoments(y);
    expect(mean.data).toBeAllclose([-1, 4], 1e-12);
    expect(variance.data).toBeAllclose([4, 9], 1e-12);
  });

  it('resizes a linear ramp to a linear ramp', () => {
    const ramp = resizeBilinear(plain([1, 1, 3, 1], [0, 1, 2]), [1, 6], false);
    expect([...ramp.data]).toEqual([0, 0.5, 1, 1.5, 2, 2]);
    const centred = resizeBilinear(plain([1, 1, 2, 1], [0, 1]), [1, 4], true);
    expect([...centred.data]).toEqual([0, 0.25, 0.75, 1]);
  });

  it('multiplies, transposes and takes softmax', () => {
    const a = counting(2, 3);
    expect([...matMul(a, transpose(a, [1, 0])).data]).toEqual([14, 32, 32, 77]);
    expect([...transpose(counting(2, 1, 3), [2, 0, 1]).data]).toEqual([1, 4, 2, 5, 3, 6]);
    expect(softmax(plain([1, 2], [0, Math.log(3)])).data).toBeAllclose([0.25, 0.75], 1e-15);
  });
});

describe('finite differences', () => {
  // f = sum x^4 + x_0 y_0^2: gradient and Hessian in closed form.
  const f = ([x, y]: Plain[]) => sum(map(x!, (v) => v ** 4)) + x!.data[0]! * y!.data[0]! ** 2;
  const inputs = [plain([2], [0.5, -0.8]), plain([1], [1.5])];

  it('give the gradient', () => {
    const [x, y] = gradientByDifferences(f, inputs, [true, true]);
    expect(x!).toBeAllclose([4 * 0.5 ** 3 + 1.5 ** 2, 4 * (-0.8) ** 3], 1e-9);
    expect(y!).toBeAllclose([2 * 0.5 * 1.5], 1e-9);
  });

  it('give the Hessian times a direction', () => {
    const directions = [plain([2], [1, 2]), plain([1], [-1])];
    const [x, y] = hessianByDifferences(f, inputs, directions, [true, true])!;
    expect(x!).toBeAllclose([12 * 0.25 - 2 * 1.5, 2 * 12 * 0.64], 1e-7);
    expect(y!).toBeAllclose([2 * 1.5 - 2 * 0.5], 1e-7);
  });

  it('notice a kink', () => {
    const kinked = ([x]: Plain[]) => sum(map(x!, (v) => Math.max(v, 0) * v));
    const at = [plain([1], [1e-4])];
    expect(hessianByDifferences(kinked, at, [plain([1], [1])], [true])).toBeUndefined();
  });
});

describe('toBeAllclose', () => {
  it('names the place, and does not take NaN or another length', () => {
    expect(() => expect([1, 2.1]).toBeAllclose([1, 2], 1e-3)).toThrow(
      /value 1 is 2.1 instead of 2/,
    );
    expect(() => expect([1, Number.NaN]).toBeAllclose([1, 2])).toThrow(/value 1 is NaN/);
    expect(() => expect([1]).toBeAllclose([1, 2])).toThrow(/1 values instead of 2/);
    expect([1, 2]).not.toBeAllclose([1, 2.1]);
  });
});

describe('the suite', () => {
  it('notices a kernel that is wrong in the last digits, and a gradient that is', async () => {
    await selectBackend({ require: 'wasm' });
    const only = (name: string) => name === 'relu';
    expect((await runDeviceSuite({ only })).every((r) => r.outcome === 'right')).toBe(true);
    const stock = tf.getKernel('Relu', 'wasm');
    const gradient = tf.getKernel('ReluGrad', 'wasm');
    const scaled =
      (kernelFunc: tf.KernelFunc, factor: number): tf.KernelFunc =>
      (args) =>
        tf.mul(tf.engine().makeTensorFromTensorInfo(kernelFunc(args) as tf.TensorInfo), factor);
    const replace = (config: tf.KernelConfig, kernelFunc: tf.KernelFunc) => {
      tf.unregisterKernel(config.kernelName, 'wasm');
      tf.registerKernel({ ...config, kernelFunc });
    };
    try {
      replace(stock, scaled(stock.kernelFunc, 1.00001));
      const wrong = await runDeviceSuite({ only });
      expect(wrong[0]).toMatchObject({ order: 'forward', outcome: 'wrong' });
      expect(wrong[0]!.worst).toBeCloseTo(1e-5, 6);
      replace(stock, stock.kernelFunc);
      replace(gradient, scaled(gradient.kernelFunc, 1.0001));
      const outcomes = (await runDeviceSuite({ only })).slice(0, 2).map((r) => r.outcome);
      expect(outcomes).toEqual(['right', 'wrong']);
    } finally {
      replace(stock, stock.kernelFunc);
      replace(gradient, gradient.kernelFunc);
    }
  });

  it('leaves no tensors behind', async () => {
    await selectBackend({ require: 'wasm' });
    const only = (name: string) => /batch norm|dense, relu|conv 1x1/.test(name);
    await runDeviceSuite({ only });
    const before = tf.memory().numTensors;
    await runDeviceSuite({ only });
    expect(tf.memory().numTensors).toBe(before);
  });
});
