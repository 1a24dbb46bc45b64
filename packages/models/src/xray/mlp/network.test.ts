import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matrix, zeros } from '../data/matrix.js';
import { randomStream } from '../data/random.js';
import { normals } from '../planted.fixture.js';
import { activationNames } from './activation.js';
import { applyNet, foldBefore, netWithJacobian, newNet, Workspace } from './network.js';
import { product, productTransposedA, productTransposedB } from './products.js';
import { trainingSchema, trainNet } from './train.js';

const close = (a: ArrayLike<number>, b: ArrayLike<number>, tolerance: number) => {
  expect(a.length).toBe(b.length);
  for (let i = 0; i < a.length; i++) {
    if (!(Math.abs(a[i] - b[i]) <= tolerance)) expect.fail(`${i}: ${a[i]} against ${b[i]}`);
  }
};

describe('products', () => {
  it('equal the sums, for any sizes', () => {
    const size = fc.integer({ min: 1, max: 11 });
    fc.assert(
      fc.property(size, size, size, fc.integer({ min: 0, max: 1e6 }), (m, k, n, seed) => {
        const a = normals(m, k, seed).data;
        const b = normals(k, n, seed + 1).data;
        const wanted = new Float64Array(m * n);
        for (let i = 0; i < m; i++)
          for (let j = 0; j < n; j++)
            for (let p = 0; p < k; p++) wanted[i * n + j] += a[i * k + p] * b[p * n + j];
        const c = new Float64Array(m * n).fill(NaN);
        product(a, b, c, m, k, n);
        close(c, wanted, 1e-12);
        const aT = new Float64Array(m * k);
        for (let i = 0; i < m; i++) for (let p = 0; p < k; p++) aT[p * m + i] = a[i * k + p];
        productTransposedA(aT, b, c.fill(NaN), k, m, n);
        close(c, wanted, 1e-12);
        const bT = new Float64Array(k * n);
        for (let p = 0; p < k; p++) for (let j = 0; j < n; j++) bT[j * k + p] = b[p * n + j];
        productTransposedB(a, bT, c.fill(NaN), m, k, n);
        close(c, wanted, 1e-12);
      }),
    );
  });
});

describe('derivatives against finite differences', () => {
  it.each(activationNames.filter((a) => a !== 'relu'))('%s: weights, inputs, Jacobian', (name) => {
    const net = newNet(3, [7, 5], 6, name, randomStream(4, 1));
    net.layers.forEach((layer) => layer.bias?.forEach((_, i, b) => (b[i] = 0.1 * (i - 2))));
    const x = normals(9, 3, 2);
    const target = normals(9, 6, 3);
    const loss = () => {
      const out = applyNet(net, x);
      return out.data.reduce((s, v, i) => s + (v - target.data[i]) ** 2, 0);
    };
    const work = new Workspace(net, 9);
    const out = work.forward(x.data, 9);
    const g = out.map((v, i) => 2 * (v - target.data[i]));
    const into = net.layers.map(({ weights, bias }) => ({
      weights: new Float64Array(weights.length),
      bias: new Float64Array(bias!.length),
    }));
    const dx = Float64Array.from(work.backward(g, 9, into));
    const step = 1e-5;
    const numeric = (values: Float64Array, i: number) => {
      const held = values[i];
      values[i] = held + step;
      const up = loss();
      values[i] = held - step;
      const down = loss();
      values[i] = held;
      return (up - down) / (2 * step);
    };
    net.layers.forEach(({ weights, bias }, l) => {
      close(
        into[l].weights,
        weights.map((_, i) => numeric(weights, i)),
        1e-6,
      );
      close(
        into[l].bias,
        bias!.map((_, i) => numeric(bias!, i)),
        1e-6,
      );
    });
    close(
      dx,
      x.data.map((_, i) => numeric(x.data, i)),
      1e-6,
    );

    const { jacobian } = netWithJacobian(net, x);
    for (let a = 0; a < 3; a++) {
      const moved = (by: number) => {
        const shifted = matrix(
          x.data.map((v, i) => (i % 3 === a ? v + by : v)),
          9,
          3,
        );
        return applyNet(net, shifted).data;
      };
      const [up, down] = [moved(step), moved(-step)];
      for (let r = 0; r < 9; r++)
        for (let j = 0; j < 6; j++) {
          const numericSlope = (up[r * 6 + j] - down[r * 6 + j]) / (2 * step);
          expect(jacobian[(r * 3 + a) * 6 + j]).toBeCloseTo(numericSlope, 7);
        }
    }
  });
});

describe('nets', () => {
  it('fold a linear change of inputs into the first layer', () => {
    const net = newNet(4, [6], 3, 'tanh', randomStream(1, 1));
    const change = normals(2, 4, 5);
    const shift = normals(1, 4, 6).data;
    const x = normals(10, 2, 7);
    const changed = zeros(10, 4);
    product(x.data, change.data, changed.data, 10, 2, 4);
    changed.data.forEach((_, i) => (changed.data[i] += shift[i % 4]));
    close(applyNet(foldBefore(change, net, shift), x).data, applyNet(net, changed).data, 1e-12);
  });

  it('take chunks of rows like single rows', () => {
    const net = newNet(2, [5], 3, 'silu', randomStream(2, 1));
    const x = normals(600, 2, 8);
    const all = applyNet(net, x).data;
    for (const i of [0, 255, 256, 599]) {
      const one = applyNet(net, matrix(x.data.slice(2 * i, 2 * i + 2), 1, 2)).data;
      close(all.subarray(3 * i, 3 * i + 3), one, 1e-13);
    }
  });
});

describe('training', () => {
  const x = normals(300, 2, 11);
  const y = matrix(
    Float64Array.from({ length: 300 }, (_, i) => x.data[2 * i] * x.data[2 * i + 1]),
    300,
    1,
  );
  const start = () => newNet(2, [16, 16], 1, 'tanh', randomStream(1, 1));

  it('learns a product, the same for the same seed, and keeps the best epoch', async () => {
    const settings = trainingSchema.parse({ epochs: 150, learningRate: 0.01 });
    const one = await trainNet(start(), { x, y }, { x, y }, settings, 5);
    expect(one.bestValidation).toBeLessThan(0.01);
    expect(one.history[one.bestEpoch - 1].validation).toBe(one.bestValidation);
    const again = await trainNet(start(), { x, y }, { x, y }, settings, 5);
    expect(again.net).toEqual(one.net);
    const other = await trainNet(start(), { x, y }, { x, y }, settings, 6);
    expect(other.net).not.toEqual(one.net);
  });

  it('stops early when validation no longer improves', async () => {
    const noise = normals(300, 1, 12);
    const settings = trainingSchema.parse({ epochs: 400, learningRate: 0.02, patience: 10 });
    const { history, bestEpoch } = await trainNet(
      start(),
      { x, y: noise },
      { x: normals(300, 2, 13), y: normals(300, 1, 14) },
      settings,
      1,
    );
    expect(history.length).toBe(bestEpoch + 10);
    expect(history.length).toBeLessThan(400);
  });

  it('shrinks weights by weight decay', async () => {
    const size = async (weightDecay: number) => {
      const settings = trainingSchema.parse({ epochs: 60, weightDecay });
      const { net } = await trainNet(start(), { x, y }, { x, y }, settings, 1);
      return net.layers.reduce((s, l) => s + l.weights.reduce((t, w) => t + w * w, 0), 0);
    };
    expect(await size(0.5)).toBeLessThan(0.7 * (await size(0)));
  });

  it('says when it diverges, and stops when it is told to', async () => {
    const settings = trainingSchema.parse({ epochs: 2000 });
    const bad = {
      x,
      y: matrix(
        y.data.map(() => 1e200),
        300,
        1,
      ),
    };
    await expect(trainNet(start(), bad, bad, settings, 1)).rejects.toMatchObject({
      code: 'TRAINING_DIVERGED',
    });
    const stop = new AbortController();
    const running = trainNet(start(), { x, y }, { x, y }, settings, 1, {
      signal: stop.signal,
      onProgress: () => stop.abort(new Error('enough')),
    });
    await expect(running).rejects.toThrow('enough');
  });
});
