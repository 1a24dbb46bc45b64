import { selectBackend } from '@spectraloom/compute';
import {
  buildNetwork,
  type Network,
  parsePreprocessing,
  type Preprocessing,
  preprocessedShape,
} from '@spectraloom/models';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { activationMap } from './activation-map.js';
import { splitAt } from './tail.js';

const classes = ['dimer', 'goodenough'];
const preprocessing = parsePreprocessing({
  imageShape: [60, 100],
  steps: [{ step: 'downsample', rows: 2, cols: 2 }],
});
/** Tiles of 10 x 10 pixels, 6 x 10 of them; 5 x 5 after the downsampling. */
const tile: [number, number] = [10, 10];

beforeAll(async () => {
  await selectBackend({ require: 'wasm' });
});

function small(): Network {
  const inputShape = preprocessedShape(preprocessing);
  return buildNetwork('cnn-gap-small', { inputShape, classes, grid: [6, 10], seed: 4 });
}

function whole(): { network: Network; preprocessing: Preprocessing } {
  const plain = parsePreprocessing({ imageShape: [60, 100], steps: [] });
  const network = buildNetwork('cnn-gap', { inputShape: [60, 100, 1], classes, seed: 4 });
  return { network, preprocessing: plain };
}

const bright = Float32Array.from({ length: 6000 }, (_, i) => 1 + ((i * 37) % 101) / 50);

/** Weights such that only one tile speaks for class 1: nothing else gets through `conv1`. */
function plant(network: Network, row: number, col: number): void {
  const set = (name: string, value: (i: number) => number) => {
    const layer = network.logits.getLayer(name);
    const [kernel, ...rest] = layer.getWeights();
    const values = Float32Array.from({ length: kernel!.size }, (_, i) => value(i));
    layer.setWeights([tf.tensor(values, kernel!.shape), ...rest]);
  };
  const [, , tiles, filters] = network.logits.getLayer('conv1').getWeights()[0]!.shape;
  set('conv1', (i) => (Math.floor(i / filters!) % tiles! === row * 10 + col ? 0.1 : 0));
  for (const name of ['conv2', 'conv3', 'conv4']) set(name, () => 0.1);
  set('logits', (i) => i % 2);
}

describe('a network whose answer is planted in one tile', () => {
  it.each([
    [2, 7],
    [0, 0],
    [5, 9],
  ])('is found out: tile %i, %i', async (row, col) => {
    const network = small();
    plant(network, row, col);
    for (const method of ['shares', 'grad-cam'] as const) {
      const map = await activationMap({
        ...{ network, preprocessing, image: bright, target: 'goodenough', method, tile },
      });
      // Grad-CAM averages the gradient over the whole mosaic and so cannot tell its tiles apart.
      if (method === 'shares') {
        expect(map.tiles.strongest).toEqual({ row, col });
        const others = map.tiles.rectified.means.filter((_, i) => i !== row * 10 + col);
        expect(Math.max(...others)).toBe(0);
        expect(map.empty).toBe(false);
      }
      expect(map.signed).toHaveLength(6000);
    }
    const against = await activationMap({ network, preprocessing, image: bright, target: 0, tile });
    expect(against.empty).toBe(true);
    expect(against.warnings[0]).toMatch(/map is empty: everything in layer mosaic speaks against/);
    expect(Math.min(...against.tiles.signed.means)).toBe(
      against.tiles.signed.means[row * 10 + col],
    );
    network.dispose();
  });

  it('of a global average: Grad-CAM and shares are the same map', async () => {
    const { network, preprocessing: plain } = whole();
    const common = { network, preprocessing: plain, image: bright, target: 1, tile };
    const a = await activationMap({ ...common, method: 'shares' });
    const b = await activationMap({ ...common, method: 'grad-cam' });
    a.values.forEach((v, i) => expect(b.values[i]).toBeCloseTo(v, 7));
    network.dispose();
  });
});

describe('the shares', () => {
  it.each(['dimer', 'goodenough'])(
    'of all pixels add up to the score less the bias: %s',
    async (target) => {
      for (const { network, spec } of [
        { network: small(), spec: preprocessing },
        { network: whole().network, spec: whole().preprocessing },
      ]) {
        const map = await activationMap({
          network,
          preprocessing: spec,
          image: bright,
          target,
          tile,
        });
        const total = map.values.reduce((sum, v) => sum + v, 0);
        expect(total).toBeCloseTo(map.score, 4);
        expect(Math.abs(total)).toBeGreaterThan(1e-3);
        network.dispose();
      }
    },
  );

  it('rest on the gradient that finite differences give', () => {
    const { network } = whole();
    const { trunk, tail } = splitAt(network, 'conv1');
    const x = tf.tensor(bright, [1, 60, 100, 1]);
    const features = trunk.predict(x) as tf.Tensor;
    const score = (a: tf.Tensor) => tf.sum(tf.slice(tail(a), [0, 1], [1, 1])) as tf.Scalar;
    const grad = tf.grad(score)(features);
    // Along the gradient the slope is its length.
    const length = Math.sqrt(tf.sum(tf.square(grad)).dataSync()[0]!);
    const direction = tf.div(grad, length);
    const at = (h: number) => score(tf.add(features, tf.mul(direction, h))).dataSync()[0]!;
    expect((at(2e-3) - at(-2e-3)) / 4e-3 / length).toBeCloseTo(1, 2);
    tf.dispose([x, features, grad, direction]);
    network.dispose();
  });
});

describe('a residual network', () => {
  const folded = parsePreprocessing({ imageShape: [24, 80], steps: [] });
  const build = (head: 'compact' | 'mlp') =>
    buildNetwork(head, {
      ...{ inputShape: [24, 80, 1], classes: ['a', 'b', 'c'], seed: 4 },
      ...(head === 'compact' ? { grid: [2, 4] } : {}),
    });
  const picture = Float32Array.from({ length: 24 * 80 }, (_, i) => 1 + ((i * 37) % 101) / 50);

  it('has a map at every layer with an image for its output, also inside its blocks', async () => {
    const network = build('compact');
    const images = network.logits.layers.filter((l) => (l.outputShape as unknown[]).length === 4);
    expect(images.map((l) => l.name)).toContain('block2_relu1');
    const common = {
      network,
      preprocessing: folded,
      image: picture,
      tile: [12, 20] as [number, number],
    };
    const whole = await activationMap({ ...common, target: 'b' });
    for (const { name } of images) {
      for (const method of ['shares', 'grad-cam'] as const) {
        const map = await activationMap({ ...common, target: 'b', layer: name, method });
        expect(map.values.every(Number.isFinite), name).toBe(true);
        expect(map.score, name).toBeCloseTo(whole.score, 4);
      }
    }
    network.dispose();
  });

  it('inside a block has the slope that finite differences give, what goes around it held', () => {
    const network = build('compact');
    // The branches start at zero: without weight their gradient would be 0.
    for (const block of ['block1', 'block2', 'block3']) {
      network.logits.getLayer(`${block}_scale`).setWeights([tf.tensor([0.7])]);
    }
    const x = tf.tensor(picture, [1, 24, 80, 1]);
    const { trunk, tail } = splitAt(network, 'block2_1');
    const features = trunk.predict(x) as tf.Tensor;
    const score = (a: tf.Tensor) => tf.sum(tf.slice(tail(a, x), [0, 1], [1, 1])) as tf.Scalar;
    expect(score(features).dataSync()[0]).toBeCloseTo(
      (network.logits.predict(x) as tf.Tensor).dataSync()[1]!,
      4,
    );
    const grad = tf.grad(score)(features);
    const length = Math.sqrt(tf.sum(tf.square(grad)).dataSync()[0]!);
    expect(length).toBeGreaterThan(1e-3);
    const direction = tf.div(grad, length);
    const at = (h: number) => score(tf.add(features, tf.mul(direction, h))).dataSync()[0]!;
    expect((at(5e-3) - at(-5e-3)) / 1e-2 / length).toBeCloseTo(1, 1);
    expect(() => tail(features)).toThrow(/do not follow from this layer alone/);
    network.dispose();
  });
});

it('a layer that sees all tiles together has one map for each of them', async () => {
  const network = small();
  const common = { network, preprocessing, image: bright, target: 0, tile };
  const map = await activationMap({ ...common, layer: 'conv4' });
  const { means } = map.tiles.signed;
  for (const mean of means) expect(mean).toBeCloseTo(means[0]!, 6);
  const total = map.values.reduce((sum, v) => sum + v, 0);
  expect(total).toBeCloseTo(map.score, 4);
  network.dispose();
});

describe('bad input', () => {
  it('is named, and no tensors stay behind', async () => {
    const network = small();
    const before = tf.memory().numTensors;
    const common = { network, preprocessing, image: bright, tile };
    await expect(activationMap({ ...common, target: 'ising' })).rejects.toThrow(
      /no such class; got: ising; expected: dimer \(0\), goodenough \(1\)/,
    );
    await expect(activationMap({ ...common, target: 1, layer: 'conv9' })).rejects.toThrow(
      /no layer of this name; got: conv9; expected: image, mosaic, stack, conv1/,
    );
    await expect(activationMap({ ...common, target: 1, layer: 'mean' })).rejects.toThrow(
      /no image/,
    );
    await expect(activationMap({ ...common, target: 1, tile: [7, 10] })).rejects.toThrow(
      /do not divide/,
    );
    await activationMap({ ...common, target: 1 });
    expect(tf.memory().numTensors).toBe(before);
    const dead = await activationMap({ ...common, image: new Float32Array(6000), target: 1 });
    expect(dead.warnings[0]).toMatch(/map is empty: layer mosaic gives no output/);
    network.dispose();
  });
});
