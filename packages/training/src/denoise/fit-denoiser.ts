import { join } from 'node:path';
import {
  type Network,
  preprocessImage,
  readWeights,
  weightsOf,
  writeWeights,
} from '@spectraloom/models';
import * as tf from '@tensorflow/tfjs-core';
import { type Augmentation, checkSource } from '../batches/prepare.js';
import type { Batch } from '../batches/source.js';
import { TrainingError } from '../errors.js';
import {
  type CheckpointOptions,
  Checkpoints,
  epochSchema,
  lastCheckpointName,
} from '../fit/checkpoints.js';
import type { BestSoFar } from '../fit/early-stopping.js';
import { explainedFailure } from '../fit/failures.js';
import { learningRateAt, optimiserOf } from '../fit/options.js';
import { addWeighted } from '../fit/step.js';
import { Random } from '../random.js';
import { type DenoiserBatch, denoiserLoss, latentsOf } from './loss.js';
import { rangeOf, withoutMinMax } from './scale.js';
import {
  type DenoiserSettings,
  type DenoiserSettingsInput,
  parseDenoiserSettings,
} from './options.js';

export interface DenoiserEpoch {
  /** Counted from 1. */
  epoch: number;
  learningRate: number;
  /** Negative evidence bound, mean over the images, while the weights moved. */
  trainLoss: number;
  /** The same on the validation images, with the means of the code. */
  validation: { loss: number };
  best: boolean;
}

export interface DenoiserOptions extends DenoiserSettingsInput, CheckpointOptions {
  /** What the network shall take away: applied to what goes in, not to what shall come out. */
  augmentation?: Augmentation;
  /** What it shall keep: applied to both, before. */
  commonAugmentation?: Augmentation;
  signal?: AbortSignal;
  onBatch?(progress: {
    epoch: number;
    epochs: number;
    done: number;
    total: number;
    loss: number;
  }): void;
  onEpoch?(record: DenoiserEpoch & { seconds: number }): void | Promise<void>;
}

export interface DenoiserResult {
  history: DenoiserEpoch[];
  best: BestSoFar;
  stopped: 'epochs' | 'patience';
  resumedAfter: number;
}

/**
 * Trains a variational autoencoder to give the image as simulated from one with noise, and leaves it
 * with the weights of its best epoch on the validation images. As in `fitClassifier`, every random
 * number follows from seed, epoch and row, and a stopped training goes on to the same end.
 *
 * Throws `FIT_SETTINGS`, `DENOISER`, `BATCH_SOURCE`, `LOSS_NOT_FINITE`, `OUT_OF_MEMORY` (with a size
 * that fits), `DEVICE_LOST` (with the last checkpoint), and the signal's reason.
 */
export async function fitDenoiser(options: DenoiserOptions): Promise<DenoiserResult> {
  const { network, preprocessing, train, validation } = options;
  const settings = settingsOf(options);
  if (network.kind !== 'autoencoder') {
    throw new TrainingError({
      code: 'FIT_SETTINGS',
      what: 'a denoiser is trained on a network that gives images',
      where: 'fitDenoiser',
      got: network.name,
      expected: 'vae-denoiser',
    });
  }
  withoutMinMax(preprocessing);
  checkSource('training images', train, preprocessing);
  checkSource('validation images', validation, preprocessing);
  const weights = weightsOf(network).filter((w) => w.trainable);
  const variables = weights.map((w) => w.variable);
  const optimiser = optimiserOf(settings, weights);
  const files = new Checkpoints<DenoiserEpoch>(options, settings, epochSchema(['loss']));
  let epochs = 0;
  try {
    const state = await files.resume(optimiser);
    const { history } = state;
    const resumedAfter = history.length;
    epochs = resumedAfter;
    let { best, bestWeights } = state;
    const steps = Math.ceil(train.length / settings.batchSize);
    const kept: Pairs = new Map();
    const over = () =>
      best !== undefined &&
      settings.patience !== undefined &&
      history.length - best.epoch >= settings.patience;
    while (history.length < settings.epochs && !over()) {
      const started = performance.now();
      const epoch = history.length + 1;
      let [done, sum, learningRate] = [0, 0, settings.learningRate];
      let step = (epoch - 1) * steps;
      const { batchSize, seed } = settings;
      for await (const batch of train.batches({ batchSize, seed, epoch, shuffle: true })) {
        options.signal?.throwIfAborted();
        const prepared = denoiserBatch(options, batch, {
          ...{ seed, epoch, cycle: settings.augmentationCycle, kept },
        });
        const { loss, gradients } = await lossAndGradients(network, variables, prepared, settings);
        if (!Number.isFinite(loss)) {
          tf.dispose(gradients);
          throw notFinite(loss, epoch, batch);
        }
        learningRate = learningRateAt(settings, step++, steps * settings.epochs);
        await optimiser.update(gradients, learningRate);
        tf.dispose(gradients);
        done += prepared.count;
        sum += loss * prepared.count;
        options.onBatch?.({ epoch, epochs: settings.epochs, done, total: train.length, loss });
        await new Promise((resolve) => setImmediate(resolve));
      }
      const loss = await validationLoss(options, settings);
      const better = best === undefined || loss < best.value;
      const record = {
        epoch,
        learningRate,
        trainLoss: sum / done,
        validation: { loss },
        best: better,
      };
      history.push(record);
      if (better) {
        best = { epoch, value: loss };
        bestWeights = await readWeights(network);
      }
      await files.saveLast({ history, best: best! }, optimiser);
      if (better) await files.saveBest(record, bestWeights!);
      epochs = epoch;
      await options.onEpoch?.({ ...record, seconds: (performance.now() - started) / 1000 });
    }
    if (bestWeights) writeWeights(network, bestWeights);
    return { history, best: best!, stopped: over() ? 'patience' : 'epochs', resumedAfter };
  } catch (error) {
    const { batchSize, microBatchSize } = settings;
    const checkpoint = options.checkpoints && join(options.checkpoints, lastCheckpointName);
    throw await explainedFailure(error, {
      ...{ network, batchSize, microBatchSize, epochs, checkpoint },
      async step(n) {
        const size = network.options.inputShape.reduce((product, k) => product * k, 1);
        const blank = new Float32Array(n * size);
        const epsilon = new Float32Array(n * latentsOf(network));
        const batch = { noisy: blank, clean: blank, epsilon, count: n };
        const whole = { ...settings, batchSize: n, microBatchSize: n };
        return (await lossAndGradients(network, variables, batch, whole)).gradients;
      },
    });
  } finally {
    optimiser.dispose();
  }
}

function settingsOf(options: DenoiserOptions): DenoiserSettings {
  const names = [
    ...['epochs', 'batchSize', 'microBatchSize', 'learningRate', 'schedule', 'stepFactor'],
    ...['warmupSteps', 'optimiser', 'momentum', 'weightDecay', 'clipNorm', 'seed'],
    ...['divergence', 'patience', 'augmentationCycle'],
  ];
  const given = Object.entries(options).filter(
    ([key, v]) => names.includes(key) && v !== undefined,
  );
  return parseDenoiserSettings(Object.fromEntries(given));
}

/** Clean and noisy version of an image, by (epoch, row). */
type Pairs = Map<string, readonly [noisy: Float32Array, clean: Float32Array]>;

interface Draw {
  seed: number;
  /** Of training: what is drawn depends on it. Not given: validation, no code is drawn. */
  epoch?: number;
  /** Epochs after which the same noise comes again, see `augmentationCycle`; pairs are then kept. */
  cycle?: number | undefined;
  kept?: Pairs;
}

/**
 * Clean and noisy versions of a batch, both in the scale of the noisy one, so that what comes out can
 * be taken back to the unit of what went in; epsilon of each image from (seed, epoch, row).
 */
function denoiserBatch(
  options: DenoiserOptions,
  batch: Batch,
  { seed, epoch = 0, cycle, kept }: Draw,
): DenoiserBatch {
  const { network } = options;
  const pixels = network.options.inputShape.reduce((product, k) => product * k, 1);
  const count = batch.labels.length;
  const latents = latentsOf(network);
  const epsilon = new Float32Array(count * latents);
  const [noisy, clean] = [new Float32Array(count * pixels), new Float32Array(count * pixels)];
  const changes = cycle === undefined ? epoch : ((epoch - 1) % cycle) + 1;
  for (let i = 0; i < count; i++) {
    const row = batch.rows[i]!;
    const key = `${changes}/${row}`;
    const size = batch.images.length / count;
    const pair =
      kept?.get(key) ??
      denoiserPair(options, batch.images.slice(i * size, (i + 1) * size), seed, changes, row);
    if (cycle !== undefined) kept?.set(key, pair);
    noisy.set(pair[0], i * pixels);
    clean.set(pair[1], i * pixels);
    const random = new Random(seed, epoch, row, 3);
    for (let k = 0; epoch > 0 && k < latents; k++) epsilon[i * latents + k] = random.normal();
  }
  return { noisy, clean, epsilon, count };
}

/** Changes the image that is given. */
function denoiserPair(
  { preprocessing, augmentation, commonAugmentation }: DenoiserOptions,
  image: Float32Array,
  seed: number,
  epoch: number,
  row: number,
): [Float32Array, Float32Array] {
  const before = withoutMinMax(preprocessing);
  commonAugmentation?.(image, new Random(seed, epoch, row, 1));
  const target = preprocessImage(before, image);
  augmentation?.(image, new Random(seed, epoch, row, 2));
  const input = preprocessImage(before, image);
  const [low, high] = rangeOf(input);
  const unit = (x: number) => (high > low ? Math.min(1, Math.max(0, (x - low) / (high - low))) : 0);
  return [input.map(unit), target.map(unit)];
}

async function lossAndGradients(
  network: Network,
  variables: tf.Variable[],
  batch: DenoiserBatch,
  { batchSize, microBatchSize = batchSize, divergence }: DenoiserSettings,
): Promise<{ loss: number; gradients: tf.Tensor[] }> {
  let gradients: tf.Tensor[] = [];
  let loss = 0;
  try {
    for (let from = 0; from < batch.count; from += microBatchSize) {
      const to = Math.min(batch.count, from + microBatchSize);
      const share = (to - from) / batch.count;
      const [value, ...part] = tf.tidy(() => {
        const result = tf.variableGrads(
          () => denoiserLoss(network, batch, from, to, divergence),
          variables,
        );
        return [result.value as tf.Tensor, ...variables.map((v) => result.grads[v.name]!)];
      });
      gradients = addWeighted(gradients, part, share);
      try {
        loss += (await value!.data())[0]! * share;
      } finally {
        value!.dispose();
      }
    }
  } catch (error) {
    tf.dispose(gradients);
    throw error;
  }
  return { loss, gradients };
}

/** The loss with the code's means, on changed images, the same in every epoch. */
async function validationLoss(
  options: DenoiserOptions,
  { batchSize, microBatchSize = batchSize, divergence, seed }: DenoiserSettings,
): Promise<number> {
  const { network, validation, signal } = options;
  let sum = 0;
  const request = { batchSize: microBatchSize, seed, epoch: 0, shuffle: false };
  for await (const batch of validation.batches(request)) {
    signal?.throwIfAborted();
    const prepared = denoiserBatch(options, batch, { seed });
    const value = tf.tidy(() => denoiserLoss(network, prepared, 0, prepared.count, divergence));
    sum += (await value.data())[0]! * prepared.count;
    value.dispose();
  }
  return sum / validation.length;
}

function notFinite(loss: number, epoch: number, batch: Batch): TrainingError {
  return new TrainingError({
    code: 'LOSS_NOT_FINITE',
    what: `the loss is ${loss} in epoch ${epoch}`,
    where: 'fitDenoiser',
    got: `rows ${Array.from(batch.rows).slice(0, 40).join(', ')}`,
    expected: 'a finite loss',
    next: 'lower the learning rate or set clipNorm; look at these rows',
  });
}
