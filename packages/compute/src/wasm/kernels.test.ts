import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { selectBackend } from '../backend/select.js';
import { expectClose, numbers } from '../reference/numbers.fixture.js';

beforeAll(async () => {
  await selectBackend({ require: 'wasm' });
});

describe('max pooling gradient on wasm', () => {
  const cases = [
    { shape: [2, 6, 8, 4], window: [2, 2], stride: [2, 2], pad: 'valid' },
    { shape: [1, 5, 9, 16], window: [1, 2], stride: [1, 2], pad: 'valid' },
    { shape: [2, 7, 7, 3], window: [3, 3], stride: [2, 2], pad: 'same' },
    { shape: [1, 6, 6, 5], window: [3, 2], stride: [1, 1], pad: 'valid' },
    { shape: [1, 5, 5, 7], window: [2, 2], stride: [2, 2], pad: 'same' },
  ] as const;

  it.each(cases)(
    '$shape, window $window, stride $stride, $pad',
    ({ shape, window, stride, pad }) => {
      const [n, h, w, c] = shape;
      // Few distinct values, so that windows have several equal largest inputs.
      const x = numbers(n * h * w * c, 4).map((v) => Math.round(v * 2));
      const { y, dx, g } = tf.tidy(() => {
        const xt = tf.tensor4d(x, [...shape]);
        const f = (t: tf.Tensor4D) => tf.maxPool(t, [...window], [...stride], pad);
        const out = f(xt);
        const gt = tf.tensor(numbers(out.size, 5), out.shape);
        const grad = tf.grad((t) => f(t as tf.Tensor4D))(xt, gt);
        return { y: out.arraySync(), dx: grad.dataSync(), g: gt.arraySync() as number[][][][] };
      });
      const expected = new Float64Array(x.length);
      const before = (size: number, k: number, s: number, out: number) =>
        pad === 'same' ? Math.floor(Math.max(0, (out - 1) * s + k - size) / 2) : 0;
      const top = before(h, window[0], stride[0], y[0]!.length);
      const left = before(w, window[1], stride[1], y[0]![0]!.length);
      y.forEach((image, i) =>
        image.forEach((row, oy) =>
          row.forEach((pixel, ox) =>
            pixel.forEach((_, ch) => {
              let best = -1;
              for (let ky = 0; ky < window[0]; ky++)
                for (let kx = 0; kx < window[1]; kx++) {
                  const iy = oy * stride[0] + ky - top;
                  const ix = ox * stride[1] + kx - left;
                  if (iy < 0 || iy >= h || ix < 0 || ix >= w) continue;
                  const at = ((i * h + iy) * w + ix) * c + ch;
                  if (best < 0 || x[at]! > x[best]!) best = at;
                }
              expected[best]! += g[i]![oy]![ox]![ch]!;
            }),
          ),
        ),
      );
      expectClose(dx, expected, 1e-6);
    },
  );
});

describe('average pooling gradient on wasm', () => {
  it.each([
    { shape: [2, 6, 8, 5], window: [2, 2], stride: [2, 2], pad: 'valid' },
    { shape: [1, 7, 7, 8], window: [3, 3], stride: [2, 2], pad: 'same' },
    { shape: [1, 6, 5, 3], window: [3, 2], stride: [1, 1], pad: 'valid' },
  ] as const)('$shape, window $window, $pad', ({ shape, window, stride, pad }) => {
    const x = tf.tensor4d(numbers(shape[0] * shape[1] * shape[2] * shape[3]), [...shape]);
    const f = (t: tf.Tensor) => tf.avgPool(t as tf.Tensor4D, [...window], [...stride], pad);
    const y = f(x);
    const g = tf.tensor(numbers(y.size, 2), y.shape);
    const dx = tf.grad(f)(x, g).dataSync();
    // Average pooling is linear: <g, f(e_i)> is the gradient itself, to rounding.
    const gValues = g.dataSync();
    for (let i = 0; i < x.size; i += 3) {
      const unit = new Float32Array(x.size);
      unit[i] = 1;
      const image = tf.tidy(() => f(tf.tensor(unit, [...shape])).dataSync());
      const expected = Float64Array.from(image).reduce((s, v, o) => s + v * gValues[o]!, 0);
      expect(dx[i]).toBeCloseTo(expected, 5);
    }
    tf.dispose([x, y, g]);
  });
});

describe('batch norm on wasm', () => {
  it.each([3, 16])('with %i channels, forward and backward', (channels) => {
    const values = numbers(2 * 5 * 4 * channels, 1);
    const [mean, spread, scale, offset] = [2, 3, 4, 5].map((seed) => numbers(channels, seed));
    const variance = spread!.map((v) => 0.5 + v * v);
    const reference = (x: ArrayLike<number>) =>
      Float64Array.from(x, (v, i) => {
        const c = i % channels;
        return ((v - mean![c]!) / Math.sqrt(variance[c]! + 1e-3)) * scale![c]! + offset![c]!;
      });
    const g = numbers(values.length, 6);
    const [y, dx, dScale] = tf.tidy(() => {
      const x = tf.tensor4d(values, [2, 5, 4, channels]);
      const s = tf.tensor1d(scale!);
      const f = (t: tf.Tensor, k: tf.Tensor) =>
        tf.batchNorm(
          t as tf.Tensor4D,
          tf.tensor1d(mean!),
          tf.tensor1d(variance),
          tf.tensor1d(offset!),
          k as tf.Tensor1D,
          1e-3,
        );
      const grads = tf.grads(f)([x, s], tf.tensor4d(g, [2, 5, 4, channels]));
      return [f(x, s), ...grads].map((t) => t.dataSync());
    });
    expectClose(y!, reference(values), 1e-5);
    expectClose(
      dx!,
      Float64Array.from(
        g,
        (v, i) => (v * scale![i % channels]!) / Math.sqrt(variance[i % channels]! + 1e-3),
      ),
      1e-5,
    );
    const expected = new Float64Array(channels);
    g.forEach((v, i) => {
      const c = i % channels;
      expected[c]! += (v * (values[i]! - mean![c]!)) / Math.sqrt(variance[c]! + 1e-3);
    });
    expectClose(dScale!, expected, 1e-5);
  });
});

describe('matrix products on wasm', () => {
  const product = (a: number[][], b: number[][]) =>
    a.map((row) => b[0]!.map((_, j) => row.reduce((s, v, k) => s + v * b[k]![j]!, 0)));
  const transposed = (a: number[][]) => a[0]!.map((_, j) => a.map((row) => row[j]!));

  it.each([
    [4, 8, 8],
    [3, 5, 7],
    [32, 70, 64],
    [1, 9, 2],
    [33, 6, 1],
    [700, 5, 6],
  ])('%i x %i x %i, transposed on either side', (m, n, k) => {
    const a = tf.tensor2d(numbers(m * k, 1), [m, k]);
    const b = tf.tensor2d(numbers(k * n, 2), [k, n]);
    const expected = product(a.arraySync(), b.arraySync()).flat();
    const at = tf.tensor2d(transposed(a.arraySync()));
    const bt = tf.tensor2d(transposed(b.arraySync()));
    expectClose(tf.matMul(a, b).dataSync(), expected, 1e-5);
    expectClose(tf.matMul(at, b, true, false).dataSync(), expected, 1e-5);
    expectClose(tf.matMul(a, bt, false, true).dataSync(), expected, 1e-5);
    expectClose(tf.matMul(at, bt, true, true).dataSync(), expected, 1e-5);
    tf.dispose([a, b, at, bt]);
  });

  it.each([
    [3, 16, 'linear'],
    [32, 8, 'relu'],
    [5, 7, 'relu'],
    [70, 8, 'relu'],
    [4, 8, 'sigmoid'],
  ] as const)('a dense layer with %i rows and %i units, %s', (m, n, activation) => {
    const k = 300;
    const [a, b, bias] = [numbers(m * k, 1), numbers(k * n, 2), numbers(n, 3)];
    const y = tf.tidy(() =>
      tf.fused
        .matMul({
          a: tf.tensor2d(a, [m, k]),
          b: tf.tensor2d(b, [k, n]),
          bias: tf.tensor1d(bias),
          activation,
        })
        .dataSync(),
    );
    const expected = Float64Array.from({ length: m * n }, (_, i) => {
      const [row, col] = [Math.floor(i / n), i % n];
      let z = bias[col]!;
      for (let t = 0; t < k; t++) z += a[row * k + t]! * b[t * n + col]!;
      if (activation === 'relu') return Math.max(z, 0);
      return activation === 'sigmoid' ? 1 / (1 + Math.exp(-z)) : z;
    });
    expectClose(y, expected, 1e-5);
  });

  it('sums 1000 terms in chunks', () => {
    const a = numbers(1000 * 6, 3);
    const b = numbers(1000 * 9, 4);
    const expected = new Float64Array(54);
    for (let t = 0; t < 1000; t++)
      for (let i = 0; i < 6; i++)
        for (let j = 0; j < 9; j++) expected[i * 9 + j]! += a[t * 6 + i]! * b[t * 9 + j]!;
    const c = tf.tidy(() =>
      tf.matMul(tf.tensor2d(a, [1000, 6]), tf.tensor2d(b, [1000, 9]), true).dataSync(),
    );
    expectClose(c, expected, 1e-5);
  });

  it('keeps batches of matrices', () => {
    const [a, b] = [numbers(2 * 3 * 4, 1), numbers(2 * 5 * 4, 2)];
    const c = tf.tidy(() =>
      tf.matMul(tf.tensor3d(a, [2, 3, 4]), tf.tensor3d(b, [2, 5, 4]), false, true),
    );
    const expected = new Float64Array(30);
    for (let s = 0; s < 2; s++)
      for (let i = 0; i < 3; i++)
        for (let j = 0; j < 5; j++)
          for (let t = 0; t < 4; t++)
            expected[(s * 3 + i) * 5 + j]! += a[(s * 3 + i) * 4 + t]! * b[(s * 5 + j) * 4 + t]!;
    expect(c.shape).toEqual([2, 3, 5]);
    expectClose(c.dataSync(), expected, 1e-5);
    c.dispose();
  });
});

describe('sums on wasm', () => {
  const shape = [3, 50, 7, 6];
  const values = numbers(3 * 50 * 7 * 6, 9);

  it.each([
    [[0]],
    [[0, 1]],
    [[0, 1, 2]],
    [[2, 0, 1]],
    [[0, 1, 2, 3]],
    [[3]],
    [[1, 3]],
    [[-1, 0]],
    [[1, 2]],
    [[1]],
  ])('over axes %j', (axes) => {
    for (const keepDims of [false, true]) {
      const got = tf.tidy(() => tf.sum(tf.tensor(values, shape), axes, keepDims));
      const mean = tf.tidy(() => tf.mean(tf.tensor(values, shape), axes, keepDims));
      const reduced = axes.map((a) => (a + 4) % 4);
      const kept = shape.map((size, a) => (reduced.includes(a) ? 1 : size));
      const expected = new Float64Array(kept.reduce((p, s) => p * s, 1));
      values.forEach((v, flat) => {
        let rest = flat;
        let index = 0;
        let step = 1;
        for (let a = 3; a >= 0; a--) {
          const i = rest % shape[a]!;
          rest = Math.floor(rest / shape[a]!);
          if (!reduced.includes(a)) index += i * step;
          step *= kept[a]!;
        }
        expected[index]! += v;
      });
      expect(got.shape).toEqual(keepDims ? kept : kept.filter((_, a) => !reduced.includes(a)));
      expectClose(got.dataSync(), expected, 1e-5);
      const terms = values.length / expected.length;
      expect(mean.shape).toEqual(got.shape);
      expectClose(
        mean.dataSync(),
        expected.map((v) => v / terms),
        1e-5,
      );
      tf.dispose([got, mean]);
    }
  });

  it('of integers stays an integer', () => {
    const s = tf.sum(tf.tensor2d([1, 2, 3, 4], [2, 2], 'int32'), 0);
    expect(s.dtype).toBe('int32');
    expect([...s.dataSync()]).toEqual([4, 6]);
    s.dispose();
  });
});
