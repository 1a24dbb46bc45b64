import { selectBackend } from '@spectraloom/compute';
import * as tf from '@tensorflow/tfjs-core';
import * as tfLayers from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  buildNetwork,
  defaultPreprocessing,
  networkKind,
  type NetworkName,
  networkNames,
  parameterCount,
} from './build.js';
import { preprocessedShape } from './preprocessing/spec.js';
import { copyWeights, readWeights, weightsOf, writeWeights } from './weights.js';

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

it('compact has 349,829 weights, all of them below a million', () => {
  const inputShape = preprocessedShape(defaultPreprocessing('compact', [240, 400]));
  expect(inputShape).toEqual([60, 100, 1]);
  expect(parameterCount('compact', { inputShape, classes })).toBe(349_829);
  expect(parameterCount('compact', { inputShape, classes, spectralNorm: 3 })).toBeLessThan(1e6);
});

it('duq has 64 features, a 64 x 64 map and a centroid a class: 22,064,674 weights', () => {
  expect(parameterCount('duq', paper)).toBe(22_056_482 - 130 + 2 * 64 * 64 + 2 * 64 + 2);
  expect(parameterCount('duq', paper)).toBe(22_064_674);
});

it('the small trunk of duq is that of cnn-gap-small, with pools that can be differentiated twice', () => {
  const [plain, duq] = [
    buildNetwork('cnn-gap-small', { ...small, seed: 3 }),
    buildNetwork('duq', { ...small, seed: 3, trunk: 'small' }),
  ];
  tf.tidy(() => {
    const x = tf.randomNormal([3, 24, 40, 1], 0, 1, 'float32', 8);
    const features = (of: typeof duq) => {
      const inside = tfLayers.model({
        inputs: of.model.inputs,
        outputs: of.model.getLayer('mean').output as tfLayers.SymbolicTensor,
      });
      return [...(inside.predict(x) as tf.Tensor).dataSync()];
    };
    const [a, b] = [features(plain), features(duq)];
    expect(a.some((v) => v > 0)).toBe(true);
    a.forEach((v, i) => expect(b[i]).toBeCloseTo(v, 5));
  });
  [plain, duq].forEach((n) => n.dispose());
});

it('weights of a trunk are copied by name and shape, those of its head are not', async () => {
  const [plain, duq] = [
    buildNetwork('cnn-gap-small', { ...small, seed: 3 }),
    buildNetwork('duq', { ...small, seed: 4, trunk: 'small', smallFilters: [32, 20] }),
  ];
  const before = await readWeights(duq);
  const copied = await copyWeights(plain, duq, { except: ['conv2'] });
  // conv3 and conv4 have other shapes there, conv2 is left out.
  expect(copied).toEqual(['conv1/kernel']);
  const [from, after] = [await readWeights(plain), await readWeights(duq)];
  expect(after[0]).toEqual(from[0]);
  expect(after[0]).not.toEqual(before[0]);
  expect(after.slice(1)).toEqual(before.slice(1));
  [plain, duq].forEach((n) => n.dispose());
});

it('a folded vae-denoiser has a quarter of the pixels, and tiles of its own size', () => {
  const folded = defaultPreprocessing('vae-denoiser', [240, 400], { folded: true });
  expect(preprocessedShape(folded)).toEqual([120, 200, 1]);
  expect(folded.steps[1]).toMatchObject({ step: 'fold', rows: 40, cols: 40 });
  const coarse = defaultPreprocessing('vae-denoiser', [240, 400], { folded: true, average: 2 });
  expect(preprocessedShape(coarse)).toEqual([60, 100, 1]);
  expect(coarse.steps.map((s) => s.step)).toEqual(['clip', 'fold', 'downsample', 'min-max']);
  expect(preprocessedShape(defaultPreprocessing('vae-denoiser', [240, 400]))).toEqual([
    240, 400, 1,
  ]);
});

it('vae-denoiser has 18,682,377 weights, layer by layer', () => {
  const network = buildNetwork('vae-denoiser', { inputShape: [240, 400, 1] });
  expect(network.parameters).toBe(18_682_377);
  expect(network.kind).toBe('autoencoder');
  const counts = network.model.layers.map((l) => l.countParams()).filter((n) => n > 0);
  expect(counts).toEqual([544, 32_832, 14_551_080, 4_032_000, 32_832, 32_800, 289]);
  expect(network.model.getLayer('encode2').outputShape).toEqual([null, 58, 98, 64]);
  expect(network.model.getLayer('unflatten').outputShape).toEqual([null, 60, 100, 32]);
  expect(network.model.outputShape).toEqual([null, 240, 400, 1]);
  network.dispose();
});

describe('vae-denoiser, small', () => {
  const options = { inputShape: [24, 40, 1] as [number, number, number], latents: 3 };

  it('counts its weights without being built, and gives images between 0 and 1', () => {
    const network = buildNetwork('vae-denoiser', options);
    expect(network.parameters).toBe(parameterCount('vae-denoiser', options));
    tf.tidy(() => {
      const clean = network.model.predict(tf.randomUniform([2, 24, 40, 1])) as tf.Tensor;
      expect(clean.shape).toEqual([2, 24, 40, 1]);
      expect(tf.min(clean).dataSync()[0]).toBeGreaterThan(0);
      expect(tf.max(clean).dataSync()[0]).toBeLessThan(1);
    });
    network.dispose();
    expect(() => buildNetwork('vae-denoiser', { inputShape: [25, 40, 1] })).toThrow(/multiples/);
  });
});

const variants: [string, NetworkName, Record<string, unknown>][] = [
  ...networkNames.filter((n) => networkKind(n) === 'classifier').map((n) => [n, n, {}] as never),
  ['compact, bounded', 'compact', { spectralNorm: 2 }],
  ['mlp, bounded', 'mlp', { spectralNorm: 1 }],
  ['duq on compact', 'duq', { trunk: 'compact' }],
  ['duq on small', 'duq', { trunk: 'small' }],
  ['duq on mlp', 'duq', { trunk: 'mlp', units: 16 }],
];

describe.each(variants)('%s', (_, name, more) => {
  const onTiles = ['compact', 'small'].includes(more['trunk'] as string);
  const tiled = ['cnn-gap-small', 'compact'].includes(name) || onTiles;
  const base = tiled ? small : { ...paper, inputShape: [24, 40, 1] as never };
  const options = { ...base, ...more };

  it('counts its weights without being built', () => {
    for (const o of [options, { ...options, inputShape: [30, 50, 2] as never, classes: 3 }]) {
      const network = buildNetwork(name, o);
      expect(network.parameters).toBe(parameterCount(name, o));
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
      const heads = { softmax: (t: tf.Tensor) => tf.softmax(t), sigmoid: tf.sigmoid, rbf: tf.exp };
      const expected: tf.Tensor = heads[network.head](z);
      const features = network.features.predict(x) as tf.Tensor;
      expect(features.shape).toEqual([3, expect.any(Number)]);
      expected.dataSync().forEach((v, i) => expect(scores.dataSync()[i]).toBeCloseTo(v, 6));
    });
    network.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('has a preprocessing of its own that fits it', () => {
    const spec = defaultPreprocessing(name, [240, 400], more);
    const inputShape = preprocessedShape(spec);
    expect(parameterCount(name, { ...more, inputShape, classes })).toBeGreaterThan(0);
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
    // Sizes below 1 after the pools made the wasm backend abort for good.
    for (const name of ['cnn-dense', 'cnn-gap', 'duq']) {
      for (const inputShape of [
        [7, 34, 1],
        [8, 33, 1],
      ] as [number, number, number][]) {
        expect(() => buildNetwork(name, { inputShape, classes: 2 })).toThrow(/8 x 34 at least/);
      }
      buildNetwork(name, { inputShape: [8, 34, 1], classes: 2 }).dispose();
    }
  });
});
