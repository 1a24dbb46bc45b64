import { selectBackend } from '@spectraloom/compute';
import {
  buildNetwork,
  type Network,
  parsePreprocessing,
  preprocessImage,
} from '@spectraloom/models';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { integratedGradients } from './attribution/integrated-gradients.js';
import { meanOcclusion } from './attribution/mean-occlusion.js';
import { occlusion } from './attribution/occlusion.js';
import { codesOf } from './codes/codes.js';
import { embedding } from './codes/embedding.js';
import { activationMap } from './maps/activation-map.js';
import {
  accuracyOf,
  classes,
  imageShape,
  planted,
  preprocessing,
  syntheticImage,
  tile,
  trainedNetwork,
} from './planted.fixture.js';
import { deletionInsertion } from './sanity/curves.js';
import { randomisedWeights } from './sanity/randomised.js';
import { activationView, filterView } from './views/filters.js';
import { maximise } from './views/maximise.js';

let network: Network;
const image = syntheticImage(1, 7);
const common = () => ({ network, preprocessing, image, target: 'striped', tile });
const top = (values: ArrayLike<number>) => {
  const best = Array.from(values).indexOf(Math.max(...Array.from(values)));
  return { row: Math.floor(best / 3), col: best % 3 };
};

beforeAll(async () => {
  await selectBackend({ require: 'wasm' });
  network = await trainedNetwork();
  expect(await accuracyOf(network)).toBeGreaterThan(0.95);
});
afterAll(() => network.dispose());

describe('a network trained on classes that differ in one tile alone', () => {
  it('is found out by Grad-CAM, at the last and at an earlier layer', async () => {
    for (const layer of ['conv6_norm', 'conv4']) {
      const map = await activationMap({ ...common(), method: 'grad-cam', layer });
      expect(map.tiles.strongest, layer).toEqual(planted);
      expect(map.rectified).toEqual(map.signed.map((v) => Math.max(v, 0)));
    }
  });

  it('is found out by covering its tiles', async () => {
    const result = await occlusion(common());
    expect(result.strongest).toEqual(planted);
    const zero = await occlusion({ ...common(), cover: { image: syntheticImage(0, 7) } });
    expect(zero.strongest).toEqual(planted);
    expect(result.warnings).toEqual([]);
  });

  it('is found out by covering the tiles of many images, of both classes', async () => {
    const images = Array.from({ length: 6 }, (_, i) => syntheticImage(i % 2, 70 + i));
    const targets = images.map((_, i) => i % 2);
    let done = 0;
    const found = await meanOcclusion({
      ...{ network, preprocessing, images, targets, tile },
      onImage: (n) => (done = n),
    });
    expect([found.grid, found.images, done]).toEqual([[2, 3], 6, 6]);
    expect(top(found.size)).toEqual(planted);
    expect(top(found.towards)).toEqual(planted);
    // By the definition, from one image at a time.
    const drops: Float64Array[] = [];
    for (const [i, one] of images.entries()) {
      drops.push((await occlusion({ ...common(), image: one, target: targets[i]! })).drops);
    }
    found.size.forEach((v, t) => {
      expect(v).toBeCloseTo(drops.reduce((s, d) => s + Math.abs(d[t]!), 0) / 6, 6);
    });
    const none = meanOcclusion({ network, preprocessing, images: [], targets: [], tile });
    await expect(none).rejects.toThrow(/0 images, 0 classes/);
  });

  it('covers after the preprocessing as well: the mean the network saw, zeros left alone', async () => {
    // A square root: the mean of the roots is not the root of the mean.
    const rooted = parsePreprocessing({
      imageShape,
      steps: [{ step: 'mask-channel' }, { step: 'sqrt' }],
    });
    const flat = buildNetwork('cnn-gap', { inputShape: [...imageShape, 2], classes, seed: 8 });
    const dark = image.map((v, i) => (i % 5 === 0 ? 0 : v));
    const found = await occlusion({
      ...{ network: flat, preprocessing: rooted, image: dark, target: 1, tile },
      cover: 'input-mean',
    });
    const input = preprocessImage(rooted, dark);
    const byHand = input.slice();
    const own: number[] = [];
    for (let y = 16; y < 32; y++) for (let x = 32; x < 48; x++) own.push(2 * (y * 48 + x));
    const lit = own.filter((at) => input[at] !== 0);
    const mean = lit.reduce((s, at) => s + input[at]!, 0) / lit.length;
    for (const at of lit) byHand[at] = mean;
    const z = tf.tidy(() => {
      const x = tf.tensor([...input, ...byHand], [2, ...imageShape, 2]);
      return flat.logits.predict(x) as tf.Tensor;
    });
    const values = await z.data();
    z.dispose();
    expect(found.drops[5]).toBeCloseTo(values[1]! - values[3]!, 5);
    expect(Math.abs(found.drops[5]!)).toBeGreaterThan(1e-5);
    flat.dispose();
    const inputs = await occlusion({ ...common(), cover: 'input-mean' });
    expect(inputs.strongest).toEqual(planted);
    // Without preprocessing both means are the same one.
    const raw = await occlusion(common());
    inputs.drops.forEach((d, t) => expect(d).toBeCloseTo(raw.drops[t]!, 4));
  });

  it('covers with no image of another size or without numbers', async () => {
    const short = occlusion({ ...common(), cover: { image: new Float32Array(5) } });
    await expect(short).rejects.toThrow(/got: 5 pixels; expected: 1536 pixels/);
    const nan = image.slice().fill(Number.NaN, 3, 4);
    const tileValues = [1, 2, 3, 4, 5, 6];
    const curve = deletionInsertion({ ...common(), tileValues, cover: { image: nan } });
    await expect(curve).rejects.toThrow(/got: NaN at pixel 3/);
    await expect(occlusion({ ...common(), tile: [0, 16] })).rejects.toThrow(/do not divide/);
    await expect(occlusion({ ...common(), tile: [-16, -16] })).rejects.toThrow(/do not divide/);
  });

  it('is found out by integrated gradients from an image of the other class', async () => {
    const baseline = syntheticImage(0, 9);
    const result = await integratedGradients({ ...common(), baseline });
    expect(top(result.tiles.means)).toEqual(planted);
  });

  it('fools no map of the other class into the same answer', async () => {
    const map = await activationMap({ ...common(), target: 'plain', method: 'grad-cam' });
    const signed = map.tiles.signed.means;
    expect(top(signed.map((v) => -v))).toEqual(planted);
  });
});

describe('integrated gradients', () => {
  it('are complete, the better the more steps', async () => {
    const baseline = syntheticImage(0, 9);
    const errors: number[] = [];
    for (const steps of [2, 8, 64]) {
      const { completeness } = await integratedGradients({ ...common(), baseline, steps });
      errors.push(completeness.error / Math.abs(completeness.difference));
    }
    expect(errors[2]).toBeLessThan(errors[0]!);
    expect(errors[2]).toBeLessThan(0.01);
  });

  it('are exact in one step where the network is proportional to the image', async () => {
    const small = buildNetwork('cnn-gap-small', {
      ...{ inputShape: [32, 48, 1], classes, grid: [2, 3], seed: 5 },
    });
    const one = await integratedGradients({ ...common(), network: small, steps: 1 });
    const { sum, difference } = one.completeness;
    expect(Math.abs(sum - difference)).toBeLessThan(1e-4 * Math.abs(difference) + 1e-6);
    expect(Math.abs(difference)).toBeGreaterThan(1e-3);
    const none = await integratedGradients({ ...common(), network: small, baseline: image });
    expect(none.warnings[0]).toMatch(/map is empty/);
    small.dispose();
  });
});

describe('checks on maps', () => {
  it('random weights: the map falls apart, and the network is itself again afterwards', async () => {
    const map = async (n: Network) =>
      (await activationMap({ ...common(), network: n, method: 'grad-cam' })).signed;
    const before = await map(network);
    const cascade = await randomisedWeights(network, map);
    expect(cascade.steps[0]!.layer).toBe('logits');
    expect(cascade.steps.at(-1)!.layer).toBe('conv1');
    expect(Math.abs(cascade.steps.at(-1)!.rankCorrelation)).toBeLessThan(0.5);
    expect(await map(network)).toEqual(before);
  });

  it('refuses a check by no fresh weights, and an ascent of half a step', async () => {
    const none = randomisedWeights(network, () => image, { repeats: 0 });
    await expect(none).rejects.toThrow(/got: 0 sets/);
    const half = maximise({ network, of: { target: 0 }, steps: 0.5 });
    await expect(half).rejects.toThrow(/0.5 steps/);
  });

  it('deletion and insertion: a tile of which nothing is known goes last', async () => {
    const known = await deletionInsertion({ ...common(), tileValues: [5, 1, 4, 3, 2, 0] });
    const unknown = await deletionInsertion({ ...common(), tileValues: [5, 1, 4, 3, 2, NaN] });
    expect(unknown.deletion.scores).toEqual(known.deletion.scores);
  });

  it('random weights: a map that ignores the network is caught', async () => {
    const cascade = await randomisedWeights(network, () => image);
    expect(cascade.suspicious).toBe(true);
    expect(cascade.warnings[0]).toMatch(/rank correlation 1.00/);
  });

  it('deletion and insertion: a good order beats random ones, its reverse loses to them', async () => {
    const { drops } = await occlusion(common());
    const good = await deletionInsertion({ ...common(), tileValues: drops });
    expect(good.deletion.scores).toHaveLength(7);
    expect(good.deletion.scores[0]).toBeCloseTo(good.insertion.scores.at(-1)!, 4);
    expect(good.deletion.area).toBeLessThan(good.deletion.randomArea);
    expect(good.insertion.area).toBeGreaterThan(good.insertion.randomArea);
    const bad = await deletionInsertion({ ...common(), tileValues: drops.map((d) => -d) });
    expect(bad.deletion.area).toBeGreaterThan(bad.deletion.randomArea);
    expect(bad.deletion.randomArea).toBe(good.deletion.randomArea);
  });
});

describe('views', () => {
  it('of filters hold the weights', async () => {
    const view = await filterView(network, 'conv1');
    expect(view.shape).toEqual([5, 5, 1, 16]);
    const kernel = await network.logits.getLayer('conv1').getWeights()[0]!.data();
    expect(view.means[3]![7]).toBeCloseTo(kernel[7 * 16 + 3]!, 6);
    const norm = Math.sqrt(view.means[3]!.reduce((s, w) => s + w * w, 0) / 25);
    expect(view.channelStrength[3]![0]).toBeCloseTo(norm, 6);
    await expect(filterView(network, 'mean')).rejects.toThrow(/no filters/);
  });

  it('of activations are what the layer gives', async () => {
    const view = await activationView(network, preprocessing, image, 'conv1');
    expect(view.shape).toEqual([28, 44]);
    expect(view.maps).toHaveLength(16);
    const [kernel, bias] = network.logits.getLayer('conv1').getWeights();
    const [w, b] = [await kernel!.data(), await bias!.data()];
    let sum = b[2]!;
    for (let y = 0; y < 5; y++)
      for (let x = 0; x < 5; x++) sum += w[(y * 5 + x) * 16 + 2]! * image[(3 + y) * 48 + 11 + x]!;
    expect(view.maps[2]![3 * 44 + 11]).toBeCloseTo(Math.max(0, sum), 4);
  });

  it('of maximal inputs climb, stay on the sphere, and follow the seed', async () => {
    const of = { layer: 'conv4', channel: 5 };
    const best = await maximise({ network, of, steps: 24, seed: 1 });
    expect(best.trace.at(-1)).toBeGreaterThan(best.trace[0]!);
    expect(Math.min(...best.input)).toBeGreaterThanOrEqual(0);
    const rms = Math.sqrt(best.input.reduce((s, v) => s + v * v, 0) / best.input.length);
    expect(rms).toBeCloseTo(1, 4);
    expect((await maximise({ network, of, steps: 24, seed: 1 })).input).toEqual(best.input);
    const striped = await maximise({ network, of: { target: 'striped' }, steps: 24 });
    expect(striped.trace.at(-1)).toBeGreaterThan(striped.trace[0]!);
    const wrong = maximise({ network, of: { layer: 'conv4', channel: 32 } });
    await expect(wrong).rejects.toThrow(/expected: 0 to 31/);
  });
});

describe('codes', () => {
  it('give back the logits through the last layer, and a map that keeps the classes apart', async () => {
    const count = 40;
    const [rows, cols] = imageShape;
    const inputs = new Float32Array(count * rows * cols);
    for (let i = 0; i < count; i++) {
      inputs.set(preprocessImage(preprocessing, syntheticImage(i % 2, 300 + i)), i * rows * cols);
    }
    const codes = await codesOf(network, inputs, count);
    expect(codes.width).toBe(32);
    const [kernel, bias] = network.logits.getLayer('logits').getWeights();
    const z = tf.tidy(() => {
      const again = tf.add(tf.matMul(tf.tensor2d(codes.values, [count, 32]), kernel!), bias!);
      const x = tf.tensor(inputs, [count, rows, cols, 1]);
      return tf.max(tf.abs(tf.sub(again, network.logits.predict(x) as tf.Tensor)));
    });
    expect((await z.data())[0]).toBeLessThan(1e-3);
    z.dispose();

    const map = embedding(codes, { seed: 4 });
    expect(embedding(codes, { seed: 4 })).toEqual(map);
    const own = Array.from({ length: count }, (_, i) => {
      const d = Array.from({ length: count }, (_, j) =>
        i === j
          ? Infinity
          : Math.hypot(map[2 * i]! - map[2 * j]!, map[2 * i + 1]! - map[2 * j + 1]!),
      );
      return d.indexOf(Math.min(...d)) % 2 === i % 2;
    });
    expect(own.filter(Boolean).length / count).toBeGreaterThan(0.9);
    const nan = codes.values.slice().fill(Number.NaN, 40, 41);
    expect(() => embedding({ ...codes, values: nan })).toThrow(/NaN in code 1/);
    expect(() => embedding({ ...codes, width: 31 })).toThrow(/1280 numbers; expected: 40 codes/);
    expect(() => embedding({ values: new Float32Array(6), count: 3, width: 2 })).toThrow(/few/);
  });
});
