import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deviceMemory, selectBackend } from '@spectraloom/compute';
import { buildNetwork, readWeights, weightsOf } from '@spectraloom/models';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { memorySource } from '../batches/memory.js';
import type { Augmentation } from '../batches/prepare.js';
import type { BatchRequest } from '../batches/source.js';
import { evaluate, predict } from '../evaluate.js';
import { blobs, imageShape, preprocessing, smallNetwork } from './blobs.fixture.js';
import { Random } from '../random.js';
import type { TrainingError } from '../errors.js';
import { fitClassifier, type FitOptions } from './fit.js';
import { augmentedPart, learningRateAt, parseFitSettings } from './options.js';

const train = blobs(96, 1);
const validation = blobs(48, 2, 1000);
const settings = { epochs: 6, batchSize: 16, learningRate: 0.01, seed: 7 };
const noise: Augmentation = (image, random) => {
  for (let i = 0; i < image.length; i++) image[i]! += 0.1 * random.normal();
};
let folder = '';

beforeAll(async () => {
  await selectBackend({ require: 'wasm' });
  folder = await mkdtemp(join(tmpdir(), 'spectraloom-fit-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function run(extra: Partial<FitOptions> = {}, networkSeed = 1) {
  const network = smallNetwork(networkSeed);
  try {
    const result = await fitClassifier({
      ...{ network, preprocessing, train, validation, augmentation: noise },
      ...settings,
      ...extra,
    });
    return { ...result, weights: await readWeights(network) };
  } finally {
    network.dispose();
  }
}

describe('startFrom', () => {
  it('takes the first weights from a checkpoint, and is a training of its own', async () => {
    const taught = join(folder, 'taught');
    const { best } = await run({ checkpoints: taught });
    const startFrom = join(taught, 'best.safetensors');
    const later = join(folder, 'later');
    // A learning rate that changes nothing: the weights are those of the checkpoint.
    const still = { epochs: 1, learningRate: 1e-30 };
    const warm = await run({ ...still, startFrom, checkpoints: later });
    expect(warm.best.value).toBeCloseTo(best.value, 3);
    const cold = await run(still);
    expect(cold.best.value).toBeGreaterThan(2 * best.value);
    // The same folder without it is another training: it does not go on from there.
    expect((await run({ ...still, checkpoints: later })).resumedAfter).toBe(0);
  });

  it('refuses another network and a file that is not there', async () => {
    const startFrom = join(folder, 'taught', 'best.safetensors');
    const network = smallNetwork(1);
    const other = buildNetwork(network.name, {
      ...network.options,
      classes: [...network.options.classes, 'third'],
    });
    network.dispose();
    const options = { network: other, preprocessing, train, validation, ...settings, startFrom };
    await expect(fitClassifier(options)).rejects.toMatchObject({ code: 'CHECKPOINT_MISMATCH' });
    other.dispose();
    await expect(run({ startFrom: join(folder, 'nowhere.safetensors') })).rejects.toThrow(
      /nowhere\.safetensors/,
    );
  });
});

describe('fitClassifier', () => {
  it('learns, and leaves the best epoch in the network', async () => {
    const network = smallNetwork();
    const seen: number[] = [];
    const { history, best } = await fitClassifier({
      ...{ network, preprocessing, train, validation },
      ...settings,
      onEpoch: ({ epoch }) => void seen.push(epoch),
    });
    expect(seen).toEqual([1, 2, 3, 4, 5, 6]);
    expect(history.at(-1)!.trainLoss).toBeLessThan(history[0]!.trainLoss / 2);
    const { metrics, rows } = await evaluate({ network, preprocessing, source: validation });
    expect(metrics.accuracy).toBeGreaterThan(0.95);
    expect(metrics.nll).toBeCloseTo(best.value, 6);
    expect(Math.min(...history.map((h) => h.validation.nll))).toBe(best.value);
    expect(rows[0]).toBe(1000);
    const image = new Float32Array(imageShape[0] * imageShape[1]);
    for (let y = 4; y < 8; y++) image.fill(5, y * 40 + 6, y * 40 + 10);
    expect((await predict({ network, preprocessing }, image)).called).toBe('upper');
    network.dispose();
  });

  it('gives the same weights bit for bit twice, and others with another seed', async () => {
    const [a, b] = [await run(), await run()];
    expect(a.weights).toEqual(b.weights);
    expect(a.history).toEqual(b.history);
    expect((await run({ seed: 8 })).weights).not.toEqual(a.weights);
    expect((await run({}, 2)).weights).not.toEqual(a.weights);
  });

  it('a cycle of augmentations repeats after that many epochs, also over an interruption', async () => {
    const fresh = await run({ epochs: 2 });
    // A cycle as long as the training changes nothing, a shorter one does.
    expect((await run({ epochs: 2, augmentationCycle: 2 })).weights).toEqual(fresh.weights);
    const short = { epochs: 4, augmentationCycle: 2 };
    const whole = await run(short);
    expect(whole.weights).not.toEqual((await run({ epochs: 4 })).weights);
    const stop = new AbortController();
    const checkpoints = join(folder, 'cycle');
    const onBatch = ({ epoch }: { epoch: number }) => void (epoch === 4 && stop.abort());
    await expect(run({ ...short, checkpoints, signal: stop.signal, onBatch })).rejects.toThrow();
    const resumed = await run({ ...short, checkpoints });
    expect(resumed.resumedAfter).toBe(3);
    expect(resumed.weights).toEqual(whole.weights);
  });

  it('a ramp begins with images as they are and ends with all augmented, also resumed', async () => {
    const changed = new Map<number, number>();
    let epoch = 1;
    const counted: Augmentation = (image, random) => {
      changed.set(epoch, (changed.get(epoch) ?? 0) + 1);
      noise(image, random);
    };
    const ramp = { epochs: 5, augmentationRamp: 0.6 };
    const onEpoch = (e: { epoch: number }) => void (epoch = e.epoch + 1);
    const whole = await run({ ...ramp, augmentation: counted, onEpoch });
    expect([...changed.keys()]).toEqual([2, 3, 4, 5]);
    for (const [e, part] of [
      [2, 1 / 3],
      [3, 2 / 3],
    ] as const) {
      const sd = Math.sqrt(96 * part * (1 - part));
      expect(Math.abs(changed.get(e)! - 96 * part)).toBeLessThan(4 * sd);
    }
    expect([changed.get(4), changed.get(5)]).toEqual([96, 96]);
    const stop = new AbortController();
    const checkpoints = join(folder, 'ramp');
    const onBatch = ({ epoch: e }: { epoch: number }) => void (e === 3 && stop.abort());
    await expect(run({ ...ramp, checkpoints, signal: stop.signal, onBatch })).rejects.toThrow();
    const resumed = await run({ ...ramp, checkpoints });
    expect(resumed.resumedAfter).toBe(2);
    expect(resumed.weights).toEqual(whole.weights);
    // With a cycle as long as the training nothing changes: images as they are have a key of their own.
    const kept = await run({ ...ramp, augmentationCycle: 5 });
    expect(kept.weights).toEqual(whole.weights);
  });

  it('patience is counted from the end of a ramp', async () => {
    const earlyStopping = { metric: 'accuracy' as const, patience: 2, minDelta: 2 };
    const { history } = await run({ epochs: 20, augmentationRamp: 0.2, earlyStopping });
    expect(history).toHaveLength(6);
  });

  it('refuses a ramp that is not a part of the epochs, and says when there is none to set in', async () => {
    for (const augmentationRamp of [0, 1, 12]) {
      await expect(run({ augmentationRamp })).rejects.toThrow(/augmentationRamp: /);
    }
    const network = smallNetwork();
    const notes: string[] = [];
    const onNote = (message: string) => void notes.push(message);
    const data = { network, preprocessing, train, validation, ...settings, onNote };
    await fitClassifier({ ...data, epochs: 2, augmentationRamp: 0.5 });
    expect(notes).toEqual(['augmentationRamp: there is no augmentation that could set in']);
    network.dispose();
  });

  it('sums the parts of a batch to the whole', async () => {
    const whole = await run({ epochs: 1 });
    const parts = await run({ epochs: 1, microBatchSize: 5 });
    whole.weights.forEach((w, i) =>
      w.forEach((x, j) => expect(parts.weights[i]![j]).toBeCloseTo(x, 4)),
    );
  });

  it('stops when the patience runs out', async () => {
    const earlyStopping = { metric: 'accuracy' as const, patience: 2, minDelta: 2 };
    const { history, stopped, best } = await run({ epochs: 20, earlyStopping });
    expect(stopped).toBe('patience');
    expect(best.epoch).toBe(1);
    expect(history).toHaveLength(3);
  });

  it('leaves no tensors behind', async () => {
    await run({ epochs: 1 });
    const before = tf.memory();
    await run({ epochs: 2, weightDecay: 0.01, clipNorm: 1, microBatchSize: 4 });
    expect(tf.memory().numTensors).toBe(before.numTensors);
    expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers);
    expect(tf.memory().numBytes).toBe(before.numBytes);
  });

  it('goes on after an interruption to the same weights and files', async () => {
    const whole = join(folder, 'whole');
    const broken = join(folder, 'broken');
    const undisturbed = await run({ checkpoints: whole });
    const stop = new AbortController();
    const interrupted = run({
      checkpoints: broken,
      signal: stop.signal,
      onBatch: ({ epoch, done }) => {
        if (epoch === 4 && done > 40) stop.abort(new Error('stopped by the test'));
      },
    });
    await expect(interrupted).rejects.toThrow('stopped by the test');
    const resumed = await run({ checkpoints: broken });
    expect(resumed.resumedAfter).toBe(3);
    expect(resumed.history).toEqual(undisturbed.history);
    expect(resumed.weights).toEqual(undisturbed.weights);
    for (const name of ['best.safetensors', 'last.safetensors']) {
      expect(await readFile(join(broken, name))).toEqual(await readFile(join(whole, name)));
    }
  });

  it('does the same with momentum, and with centroids and a gradient penalty', async () => {
    const build = () =>
      buildNetwork('duq', {
        ...{ trunk: 'compact', grid: [2, 2], filters: [4, 4, 4], lengthScale: 0.3 },
        ...{ inputShape: [12, 20, 1], classes: ['upper', 'lower'], seed: 3 },
      });
    const options = { ...settings, epochs: 3, optimiser: 'sgd' as const, gradientPenalty: 0.1 };
    const train1 = async (extra: Partial<FitOptions>) => {
      const network = build();
      try {
        const data = { network, preprocessing, train, validation };
        const result = await fitClassifier({ ...data, ...options, ...extra });
        return { ...result, weights: await readWeights(network) };
      } finally {
        network.dispose();
      }
    };
    const undisturbed = await train1({ checkpoints: join(folder, 'duq-whole') });
    const stop = new AbortController();
    const onBatch = ({ epoch }: { epoch: number }) => void (epoch === 3 && stop.abort());
    const checkpoints = join(folder, 'duq-broken');
    await expect(train1({ checkpoints, signal: stop.signal, onBatch })).rejects.toThrow();
    const before = tf.memory().numTensors;
    const resumed = await train1({ checkpoints });
    expect(tf.memory().numTensors).toBe(before);
    expect(resumed.resumedAfter).toBe(2);
    expect(resumed.weights).toEqual(undisturbed.weights);
    expect(resumed.history.at(-1)!.trainLoss).toBeLessThan(resumed.history[0]!.trainLoss);
    const [first, last] = [build(), undisturbed.weights];
    const counts = weightsOf(first).findIndex((w) => w.name === 'logits/counts');
    expect([...last[counts]!]).not.toEqual([12, 12]);
    first.dispose();
  });

  it('does not go on from a training with other settings', async () => {
    const path = join(folder, 'other');
    await run({ checkpoints: path, epochs: 2 });
    expect((await run({ checkpoints: path, epochs: 2, learningRate: 0.02 })).resumedAfter).toBe(0);
    expect((await run({ checkpoints: path, epochs: 2, learningRate: 0.02 })).resumedAfter).toBe(2);
  });
});

describe('labels without meaning', () => {
  it('give chance on images it has not seen', async () => {
    const shuffled = (count: number, seed: number, firstRow: number) => {
      const source = blobs(count, seed, firstRow);
      return {
        ...source,
        async *batches(request: BatchRequest) {
          for await (const batch of source.batches(request)) {
            yield {
              ...batch,
              labels: Array.from(batch.rows, (row) => new Random(9, row).below(2)),
            };
          }
        },
      };
    };
    const network = smallNetwork();
    const train1 = shuffled(96, 3, 0);
    await fitClassifier({ network, preprocessing, train: train1, validation, ...settings });
    const source = shuffled(400, 5, 5000);
    const { metrics } = await evaluate({ network, preprocessing, source });
    // Five standard deviations of a fair coin, 400 times.
    expect(Math.abs(metrics.accuracy - 0.5)).toBeLessThan(5 * Math.sqrt(0.25 / 400));
    network.dispose();
  });
});

describe('class balance', () => {
  it('is counted; a class without images is refused, a rare one is told of', async () => {
    expect((await run({ epochs: 1 })).classCounts).toEqual([48, 48]);
    const notes: string[] = [];
    const few = (labels: number[]) =>
      memorySource({
        ...{ imageShape, labels },
        images: new Float32Array(labels.length * 960).fill(1),
      });
    const onNote = (message: string) => void notes.push(message);
    await run({ epochs: 1, train: few([0, 0, 0, 1]), onNote });
    expect(notes).toEqual(['the classes are not balanced: upper 3, lower 1']);
    await expect(run({ epochs: 1, train: few([0, 0]) })).rejects.toThrow(
      /no training images of the class 'lower'; .*got: upper 2, lower 0/,
    );
  });
});

describe('the part of augmented images', () => {
  it('rises over whole epochs; one too short for any is none', () => {
    const parts = (epochs: number, augmentationRamp?: number) =>
      Array.from({ length: epochs }, (_, i) => augmentedPart({ epochs, augmentationRamp }, i + 1));
    expect(parts(6, 0.7)).toEqual([0, 0.25, 0.5, 0.75, 1, 1]);
    expect(parts(2, 0.4)).toEqual([1, 1]);
    expect(parts(3)).toEqual([1, 1, 1]);
  });
});

describe('schedules', () => {
  const at = (given: object, step: number) =>
    learningRateAt(
      parseFitSettings({ epochs: 1, batchSize: 1, learningRate: 0.1, ...given }),
      step,
      90,
    );
  it('warm-up, constant, cosine and steps', () => {
    expect([0, 4, 9, 10, 80].map((s) => at({ warmupSteps: 10 }, s))).toEqual(
      [0.01, 0.05, 0.1, 0.1, 0.1].map((x) => expect.closeTo(x, 12)),
    );
    const cosine = { schedule: 'cosine' };
    expect(at(cosine, 0)).toBeCloseTo(0.1, 12);
    expect(at(cosine, 45)).toBeCloseTo(0.1 * (0.01 + 0.99 / 2), 12);
    expect(at(cosine, 90)).toBeCloseTo(0.001, 12);
    const steps = { schedule: 'step', stepFactor: 0.1 };
    const rates = [0, 29, 30, 59, 60, 89, 90].map((s) => at(steps, s));
    [0.1, 0.1, 0.01, 0.01, 0.001, 0.001, 0.001].forEach((rate, i) =>
      expect(rates[i]).toBeCloseTo(rate, 12),
    );
  });
});

describe('bad input', () => {
  it('a loss that is not a number names the rows and where it came from', async () => {
    const spoiled: Augmentation = (image) => void image.fill(Number.NaN);
    await expect(run({ augmentation: spoiled })).rejects.toThrow(
      /^image of row \d+, row 0, column 0: .*no numbers; got: NaN/,
    );
    const network = smallNetwork();
    const last = network.model.getLayer('logits');
    const infinite = tf.fill([2], Number.POSITIVE_INFINITY);
    last.setWeights([last.getWeights()[0]!, infinite]);
    const options = { network, preprocessing, train, validation, ...settings };
    await expect(fitClassifier(options)).rejects.toMatchObject({
      code: 'LOSS_NOT_FINITE',
      where: 'weight logits/bias',
      got: expect.stringMatching(/^rows \d+(, \d+){15}$/),
    });
    network.dispose();
  });

  it('a loss that is not a number names the layer that overflowed first', async () => {
    const network = smallNetwork();
    for (const name of ['conv1', 'conv2']) {
      const layer = network.model.getLayer(name);
      const [kernel, ...rest] = layer.getWeights();
      layer.setWeights([tf.mul(kernel!, 1e22), ...rest]);
    }
    const options = { network, preprocessing, train, validation, ...settings };
    await expect(fitClassifier(options)).rejects.toMatchObject({
      code: 'LOSS_NOT_FINITE',
      what: expect.stringMatching(/^the loss is (NaN|Infinity) in epoch 1, step 1$/),
      where: 'output of layer conv2',
      got: expect.stringMatching(/^rows \d+(, \d+){15}$/),
    });
    network.dispose();
  });

  it('a batch that does not fit: its size, the largest tensor, and one that does fit', async () => {
    const before = { ...tf.memory() };
    const { usedBytes, resetPeak } = deviceMemory()!;
    resetPeak();
    await run({ batchSize: 96, epochs: 1 });
    const room = deviceMemory()!.peakBytes - usedBytes;
    process.env['SPECTRALOOM_WASM_MEMORY_MB'] = String((usedBytes + room / 3) / 1e6);
    try {
      await selectBackend({ require: 'wasm' });
      const error = await run({ batchSize: 96 }).catch((e: TrainingError) => e);
      expect(error).toMatchObject({ code: 'OUT_OF_MEMORY', where: 'cnn-gap-small' });
      const { what, got, next } = error as TrainingError;
      expect(what).toMatch(
        /^a batch of 96 images does not fit into the memory of the backend wasm/,
      );
      // 96 x 12 x 20 numbers of 4 bytes.
      expect(got).toMatch(
        /1 MB more, at most 1 MB; the largest tensor is the output of layer image, 96 x 12 x 20 x 1: 0.092 MB$/,
      );
      const microBatchSize = Number(/set microBatchSize to (\d+) or less/.exec(next!)![1]);
      expect(microBatchSize).toBeGreaterThan(1);
      expect(microBatchSize).toBeLessThan(96);
      // What it says fits does, and twice that does not.
      await run({ batchSize: 96, microBatchSize, epochs: 1 });
      const twice = run({ batchSize: 96, microBatchSize: 2 * microBatchSize, epochs: 1 });
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

  it('refuses labels beyond the classes, other image sizes, and settings out of range', async () => {
    const images = new Float32Array(24 * 40);
    const wrong = memorySource({ imageShape, images, labels: [2], rows: [77] });
    await expect(run({ train: wrong })).rejects.toThrow(/label of row 77.*got: 2.*from 0 to 1/);
    const small = memorySource({ imageShape: [12, 40], images: images.subarray(480), labels: [0] });
    await expect(run({ train: small })).rejects.toThrow(
      /another size; got: 12 x 40; expected: 24 x 40/,
    );
    await expect(run({ epochs: 0 })).rejects.toMatchObject({ code: 'FIT_SETTINGS' });
    await expect(run({ gradientPenalty: 1 })).rejects.toThrow(/got: 1 for cnn-gap-small/);
  });
});
