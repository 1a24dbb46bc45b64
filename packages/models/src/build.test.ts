import { selectBackend } from '@spectraloom/compute';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildNetwork, defaultPreprocessing, networkNames, parameterCount } from './build.js';
import { preprocessedShape } from './preprocessing/spec.js';
import { readWeights, weightsOf, writeWeights } from './weights.js';

const classes = ['dimer', 'goodenough'];
const paper = { inputShape: [240, 400, 1] as [number, number, number], classes };
const small = { inputShape: [24, 40, 1] as [number, number, number], classes, grid: [6, 10] };

beforeAll(async () => {
  await selectBackend({ require: 'wasm' });
});

describe('the published networks', () => {
  it('cnn-dense has 22,056,482 weights, layer by layer', () => {
    const network = buildNetwork('cnn-dense', paper);
    expect(network.parameters).toBe(22_056_482);
    const counts = network.model.layers.map((l) => l.countParams()).filter((n) => n > 0);
    const [dense, logits] = counts.slice(-2);
    expect(counts.slice(0, -2)).toEqual([416, 2320, 64, 784, 1568, 128, 3104, 3104, 128]);
    expect([dense, logits]).toEqual([22_044_736, 130]);
    expect(network.model.getLayer('flatten').outputShape).toEqual([null, 344_448]);
    expect(network.model.getLayer(network.mapLayer).outputShape).toEqual([null, 117, 92, 32]);
    network.dispose();
  });

  it('cnn-gap has 11,490 weights', () => {
    const network = buildNetwork('cnn-gap', paper);
    expect(network.parameters).toBe(11_490);
    expect(network.model.getLayer(network.mapLayer).outputShape).toEqual([null, 117, 92, 32]);
    network.dispose();
  });
});

describe.each(networkNames)('%s', (name) => {
  const options = name === 'cnn-gap-small' ? small : { ...paper, inputShape: [24, 40, 1] as never };

  it('counts its weights without being built', () => {
    for (const more of [options, { ...options, inputShape: [30, 50, 2] as never, classes: 3 }]) {
      const network = buildNetwork(name, more);
      expect(network.parameters).toBe(parameterCount(name, more));
      const stored = weightsOf(network).reduce((sum, w) => sum + w.variable.size, 0);
      expect(stored).toBe(network.parameters);
      network.dispose();
    }
  });

  it('starts from the same weights for the same seed, under the same names', async () => {
    const [a, b, c] = [1, 1, 2].map((seed) => buildNetwork(name, { ...options, seed }));
    expect(await readWeights(a!)).toEqual(await readWeights(b!));
    expect(await readWeights(a!)).not.toEqual(await readWeights(c!));
    expect(weightsOf(a!).map((w) => w.name)).toEqual(weightsOf(c!).map((w) => w.name));
    writeWeights(c!, await readWeights(a!));
    expect(await readWeights(c!)).toEqual(await readWeights(a!));
    const short = (await readWeights(a!)).slice(1);
    expect(() => writeWeights(c!, short)).toThrow(/not those of the network/);
    for (const network of [a, b, c]) network!.dispose();
  });

  it('gives scores that follow from its linear outputs, and frees everything', () => {
    const before = tf.memory().numTensors;
    const network = buildNetwork(name, options);
    tf.tidy(() => {
      const x = tf.randomUniform([3, 24, 40, 1], 0, 1, 'float32', 5);
      const z = network.logits.predict(x) as tf.Tensor;
      const scores = network.model.predict(x) as tf.Tensor;
      expect(z.shape).toEqual([3, 2]);
      const expected = network.head === 'softmax' ? tf.softmax(z as tf.Tensor2D) : tf.sigmoid(z);
      expected.dataSync().forEach((v, i) => expect(scores.dataSync()[i]).toBeCloseTo(v, 6));
    });
    network.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('has a preprocessing of its own that fits it', () => {
    const spec = defaultPreprocessing(name, [240, 400]);
    const inputShape = preprocessedShape(spec);
    expect(parameterCount(name, { inputShape, classes })).toBeGreaterThan(0);
  });
});

describe('bad options', () => {
  it('are all named', () => {
    expect(() => buildNetwork('cnn-huge', small)).toThrow(
      /no network of this name; got: cnn-huge; expected: cnn-dense, cnn-gap, cnn-gap-small/,
    );
    expect(() => buildNetwork('cnn-gap', { ...paper, classes: ['one'], seed: -1 })).toThrow(
      /classes: .*seed: /,
    );
    expect(() => buildNetwork('cnn-gap-small', { ...small, grid: [7, 10] })).toThrow(
      /grid of tiles must divide/,
    );
    expect(() => buildNetwork('cnn-gap', { ...paper, filtres: 3 })).toThrow(/filtres/);
  });
});
