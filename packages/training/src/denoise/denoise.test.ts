import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deviceMemory, selectBackend } from '@spectraloom/compute';
import {
  buildNetwork,
  type Network,
  parsePreprocessing,
  preprocessBatch,
  preprocessedShape,
  preprocessImage,
  readWeights,
} from '@spectraloom/models';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { memorySource } from '../batches/memory.js';
import type { TrainingError } from '../errors.js';
import { auroc } from '../metrics/ranking.js';
import { Random } from '../random.js';
import { softmaxMethod } from '../uncertainty/networks.js';
import { fitDenoiser, type DenoiserOptions } from './fit-denoiser.js';
import { denoiserLoss } from './loss.js';
import { cleanImages, denoiserMethod } from './method.js';
import { sourcePixels } from './scale.js';

const imageShape: [number, number] = [16, 20];
const pixels = 320;
const preprocessing = parsePreprocessing({
  imageShape,
  steps: [{ step: 'clip', min: 0, max: 12 }, { step: 'min-max' }],
});

/** A bright ring of a random place and radius on a mask with a dead column. */
function rings(count: number, seed: number) {
  const random = new Random(seed);
  const images = new Float32Array(count * pixels);
  for (let i = 0; i < count; i++) {
    const [cy, cx, r] = [random.uniform(5, 11), random.uniform(6, 14), random.uniform(3, 6)];
    for (let p = 0; p < pixels; p++) {
      const [y, x] = [Math.floor(p / 20), p % 20];
      const distance = Math.hypot(y - cy, x - cx) - r;
      images[i * pixels + p] = x === 3 ? 0 : 0.5 + 9 * Math.exp(-(distance ** 2) / 1.5);
    }
  }
  const rows = Int32Array.from({ length: count }, (_, i) => seed * 1000 + i);
  return memorySource({ imageShape, images, labels: new Int32Array(count), rows });
}

const noise = (image: Float32Array, random: Random) => {
  for (let p = 0; p < pixels; p++) {
    if (image[p] !== 0) image[p] = Math.max(1e-3, image[p]! + 1.8 * random.normal());
  }
};

const build = () =>
  buildNetwork('vae-denoiser', {
    ...{ inputShape: [...imageShape, 1] as [number, number, number], seed: 5 },
    ...{ latents: 6, filters: [8, 12] },
  });

const settings = { epochs: 40, batchSize: 20, learningRate: 4e-3, seed: 3 };
const data = () => ({ preprocessing, train: rings(240, 1), validation: rings(40, 2) });

async function imagesOf(count: number, seed: number, change?: typeof noise) {
  const clean: Float32Array[] = [];
  for await (const b of rings(count, seed).batches({
    ...{ batchSize: count, seed: 0, epoch: 0, shuffle: false },
  })) {
    clean.push(b.images);
  }
  const noisy = clean[0]!.slice();
  for (let i = 0; change && i < count; i++) {
    change(noisy.subarray(i * pixels, (i + 1) * pixels), new Random(99, i));
  }
  return { clean: clean[0]!, noisy };
}

let denoiser: Network;
let folder = '';
beforeAll(async () => {
  await selectBackend({ require: 'wasm' });
  folder = await mkdtemp(join(tmpdir(), 'spectraloom-denoise-'));
  denoiser = build();
  const { history } = await fitDenoiser({
    ...{ network: denoiser, ...data(), ...settings },
    augmentation: noise,
  });
  expect(history.at(-1)!.trainLoss).toBeLessThan(history[0]!.trainLoss);
});
afterAll(async () => {
  denoiser.dispose();
  await rm(folder, { recursive: true, force: true });
});

describe('a small denoiser', () => {
  it('brings noisy images nearer to the truth, in the unit they came in', async () => {
    const { clean, noisy } = await imagesOf(30, 7, noise);
    const cleaned = await cleanImages({ network: denoiser, preprocessing }, noisy, 30, 8);
    const error = (a: Float32Array) =>
      a.reduce((s, x, i) => s + (x - clean[i]!) ** 2, 0) / a.length;
    expect(error(cleaned.images)).toBeLessThan(0.7 * error(noisy));
    cleaned.images.forEach((x, i) => {
      if (noisy[i] === 0) expect(x).toBe(0);
    });
  });

  it('reconstructs what it knows better than what it does not', async () => {
    const { noisy } = await imagesOf(30, 8, noise);
    const { noisy: other } = await imagesOf(30, 9, noise);
    // The same pixels in another order: nothing but the pattern is new.
    for (let i = 0; i < 30; i++) {
      const image = other.subarray(i * pixels, (i + 1) * pixels);
      image.set([...image].map((_, p) => image[(p * 7) % pixels]!));
    }
    const both = new Float32Array([...noisy, ...other]);
    const { errors } = await cleanImages({ network: denoiser, preprocessing }, both, 60);
    const known = Array.from({ length: 60 }, (_, i) => i < 30);
    expect(
      auroc(
        errors.map((e) => -e),
        known,
      ),
    ).toBeGreaterThan(0.98);
    const classifier = buildNetwork('mlp', { inputShape: [...imageShape, 1] as never, classes: 2 });
    const own = softmaxMethod({ network: classifier, preprocessing });
    const method = denoiserMethod({ network: denoiser, preprocessing }, own);
    const output = await method.predict(both, 60);
    expect([...output.inDistribution]).toEqual([...errors].map((e) => -e));
    const cleaned = await cleanImages({ network: denoiser, preprocessing }, both, 60);
    expect(output.probabilities).toEqual((await own.predict(cleaned.images, 60)).probabilities);
    classifier.dispose();
  });

  it('refuses a preprocessing that cannot be taken back', async () => {
    const steps = [{ step: 'sqrt' as const }, { step: 'min-max' as const }];
    const rooted = parsePreprocessing({ imageShape, steps });
    const images = new Float32Array(pixels);
    await expect(
      cleanImages({ network: denoiser, preprocessing: rooted }, images, 1),
    ).rejects.toThrow(/cannot be taken back.*got: sqrt, min-max/);
  });
});

describe('a denoiser of folded and averaged images', () => {
  const steps = [
    { step: 'clip', min: 0, max: 12 },
    { step: 'fold', rows: 8, cols: 10 },
    { step: 'downsample', rows: 2, cols: 1 },
    { step: 'min-max' },
  ];
  const folded = parsePreprocessing({ imageShape, steps });

  it('puts every pixel where the preprocessing took it from', () => {
    const before = { ...folded, steps: folded.steps.slice(1, -1) };
    const places = sourcePixels(before);
    const sizes = new Map<number, number>();
    places.forEach((place, p) => {
      const lit = new Float32Array(pixels).fill(1e-6);
      lit[p] = 8;
      const out = preprocessImage(before, lit);
      expect(out.indexOf(Math.max(...out))).toBe(place);
      sizes.set(place, (sizes.get(place) ?? 0) + 1);
    });
    expect([...sizes.values()]).toEqual(Array(pixels / 8).fill(8));
  });

  it('gives images of the size and unit they came in, the mask untouched', async () => {
    const tiles = parsePreprocessing({
      imageShape: [24, 48],
      steps: [
        { step: 'scale', factor: 0.5 },
        { step: 'fold', rows: 12, cols: 8 },
        { step: 'min-max' },
      ],
    });
    const network = buildNetwork('vae-denoiser', {
      ...{ inputShape: preprocessedShape(tiles), latents: 2, filters: [2, 2], seed: 1 },
    });
    const random = new Random(6);
    const raw = Float32Array.from({ length: 3 * 1152 }, () => Math.max(0, random.uniform(-1, 9)));
    const cleaned = await cleanImages({ network, preprocessing: tiles }, raw, 3, 2);
    const inputs = tf.tensor4d(preprocessBatch(tiles, raw, 3), [3, 12, 24, 1]);
    const drawn = (network.model.predict(inputs) as tf.Tensor).dataSync();
    const before = { ...tiles, steps: tiles.steps.slice(0, -1) };
    const places = sourcePixels(before);
    for (let i = 0; i < 3; i++) {
      const image = raw.subarray(i * 1152, (i + 1) * 1152);
      const own = preprocessImage(before, image);
      const [low, high] = [Math.min(...own), Math.max(...own)];
      image.forEach((x, p) => {
        const y = (low + drawn[i * 288 + places[p]!]! * (high - low)) / 0.5;
        expect(cleaned.images[i * 1152 + p]).toBeCloseTo(x === 0 ? 0 : y, 4);
      });
    }
    inputs.dispose();
    network.dispose();
  });
});

describe('the loss', () => {
  it('is the pixel-summed cross-entropy plus the divergence, as written', () => {
    tf.tidy(() => {
      const random = new Random(4);
      const clean = Float32Array.from({ length: 2 * pixels }, () => random.uniform());
      const batch = { noisy: clean, clean, epsilon: new Float32Array(12), count: 2 };
      const x = tf.tensor4d(clean, [2, 16, 20, 1]);
      const z = (denoiser.logits.predict(x) as tf.Tensor).dataSync();
      const code = (denoiser.features.predict(x) as tf.Tensor2D).arraySync();
      let expected = 0;
      clean.forEach((y, i) => {
        const p = 1 / (1 + Math.exp(-z[i]!));
        expected -= y * Math.log(p) + (1 - y) * Math.log(1 - p);
      });
      for (const row of code) {
        for (let k = 0; k < 6; k++) {
          const [m, v] = [row[k]!, row[6 + k]!];
          expected -= 0.7 * 0.5 * (1 + v - m ** 2 - Math.exp(v));
        }
      }
      const loss = denoiserLoss(denoiser, batch, 0, 2, 0.7).dataSync()[0]!;
      expect(loss / (expected / 2)).toBeCloseTo(1, 4);
    });
  });
});

describe('training', () => {
  async function run(extra: Partial<DenoiserOptions>) {
    const network = build();
    try {
      const source = { preprocessing, train: rings(40, 1), validation: rings(20, 2) };
      const common = { network, ...source, ...settings, augmentation: noise, epochs: 3 };
      const result = await fitDenoiser({ ...common, ...extra });
      return { ...result, weights: await readWeights(network) };
    } finally {
      network.dispose();
    }
  }

  it('goes on after an interruption to the same weights and files, and leaks nothing', async () => {
    const [whole, broken] = [join(folder, 'whole'), join(folder, 'broken')];
    const undisturbed = await run({ checkpoints: whole });
    const stop = new AbortController();
    const onBatch = ({ epoch }: { epoch: number }) => void (epoch === 3 && stop.abort());
    await expect(run({ checkpoints: broken, signal: stop.signal, onBatch })).rejects.toThrow();
    const before = tf.memory().numTensors;
    const resumed = await run({ checkpoints: broken });
    expect(tf.memory().numTensors).toBe(before);
    expect(resumed.resumedAfter).toBe(2);
    expect(resumed.history).toEqual(undisturbed.history);
    expect(resumed.weights).toEqual(undisturbed.weights);
    for (const name of ['best.safetensors', 'last.safetensors']) {
      expect(await readFile(join(broken, name))).toEqual(await readFile(join(whole, name)));
    }
  });

  it('with a cycle, prepares each image once for each of its epochs', async () => {
    const seen: string[] = [];
    const counted = (image: Float32Array, random: Random) => {
      noise(image, random);
      seen.push(image.slice(0, 6).join());
    };
    const { history } = await run({ augmentation: counted, augmentationCycle: 2, epochs: 5 });
    expect(history).toHaveLength(5);
    // Two versions of 40 images, and the 20 of validation in each epoch.
    expect(seen).toHaveLength(2 * 40 + 5 * 20);
    expect(new Set(seen).size).toBe(2 * 40 + 20);
    const [cycled, whole] = [await run({ augmentationCycle: 3 }), await run({})];
    expect(cycled.history).toEqual(whole.history);
  });

  it('parts of a batch sum to the whole', async () => {
    const [whole, parts] = [await run({ epochs: 1 }), await run({ epochs: 1, microBatchSize: 7 })];
    whole.weights.forEach((w, i) =>
      w.forEach((x, j) => expect(parts.weights[i]![j]).toBeCloseTo(x, 3)),
    );
  });

  it('a batch that does not fit: its size, the largest tensor, and one that does fit', async () => {
    const before = { ...tf.memory() };
    const { usedBytes, resetPeak } = deviceMemory()!;
    resetPeak();
    await run({ batchSize: 40, epochs: 1 });
    const room = deviceMemory()!.peakBytes - usedBytes;
    process.env['SPECTRALOOM_WASM_MEMORY_MB'] = String((usedBytes + room / 2) / 1e6);
    try {
      await selectBackend({ require: 'wasm' });
      const error = await run({ batchSize: 40 }).catch((e: TrainingError) => e);
      expect(error).toMatchObject({ code: 'OUT_OF_MEMORY', where: 'vae-denoiser' });
      const { what, got, next } = error as TrainingError;
      expect(what).toMatch(/^a batch of 40 images does not fit into the memory of .* wasm/);
      expect(got).toMatch(/the largest tensor is the output of layer decode2, 40 x 16 x 20 x 8/);
      const microBatchSize = Number(/set microBatchSize to (\d+) or less/.exec(next!)![1]);
      expect(microBatchSize).toBeGreaterThan(1);
      expect(microBatchSize).toBeLessThan(40);
      // What it says fits does, and twice that does not.
      await run({ batchSize: 40, microBatchSize, epochs: 1 });
      const twice = run({ batchSize: 40, microBatchSize: 2 * microBatchSize, epochs: 1 });
      await expect(twice).rejects.toMatchObject({ code: 'OUT_OF_MEMORY' });
    } finally {
      delete process.env['SPECTRALOOM_WASM_MEMORY_MB'];
      await selectBackend({ require: 'wasm' });
    }
    expect(tf.memory()).toMatchObject({
      numTensors: before.numTensors,
      numDataBuffers: before.numDataBuffers,
    });
  });

  it('a lost GPU: the epoch, and the checkpoint to go on from', async () => {
    const lost = Object.assign(new Error('gone'), { code: 'DEVICE_LOST', where: 'webgpu' });
    const lose = ({ epoch }: { epoch: number }) => {
      if (epoch === 3) throw lost;
    };
    const checkpoints = join(folder, 'lost');
    await expect(run({ checkpoints, onBatch: lose })).rejects.toMatchObject({
      code: 'DEVICE_LOST',
      what: 'the GPU was lost in epoch 3',
      got: `${join(checkpoints, 'last.safetensors')}, of epoch 2`,
      cause: lost,
    });
    expect((await run({ checkpoints })).resumedAfter).toBe(2);
    await expect(run({ onBatch: lose })).rejects.toMatchObject({ got: 'no checkpoint yet' });
  });

  it('refuses a classifier and settings that cannot be', async () => {
    const classifier = buildNetwork('mlp', { inputShape: [...imageShape, 1] as never, classes: 2 });
    await expect(run({ network: classifier })).rejects.toThrow(/got: mlp; expected: vae-denoiser/);
    classifier.dispose();
    await expect(run({ learningRate: -1 })).rejects.toMatchObject({ code: 'FIT_SETTINGS' });
  });
});
