import { join } from 'node:path';
import {
  type Network,
  type Preprocessing,
  readWeights,
  type Weight,
  weightsOf,
  writeWeights,
} from '@spectraloom/models';
import * as tf from '@tensorflow/tfjs-core';
import {
  type Augmentation,
  checkLabels,
  checkSource,
  prepareBatch,
  type PreparedCache,
} from '../batches/prepare.js';
import type { BatchSource } from '../batches/source.js';
import { evaluate } from '../evaluate.js';
import { TrainingError } from '../errors.js';
import { argMax, type ClassificationMetrics } from '../metrics/classification.js';
import type { Optimiser } from '../optimiser/optimiser.js';
import { Checkpoints, epochSchema, lastCheckpointName } from './checkpoints.js';
import { type BestSoFar, isBetter, isOver } from './early-stopping.js';
import { explainedFailure } from './failures.js';
import { nonFiniteLoss } from './non-finite.js';
import {
  augmentedPart,
  type FitSettings,
  type FitSettingsInput,
  learningRateAt,
  optimiserOf,
  parseFitSettings,
  rampEpochs,
} from './options.js';
import { followBatch, gradientStep } from './step.js';
import { GradientThreads } from './threads/threads.js';

export interface EpochRecord {
  /** Counted from 1. */
  epoch: number;
  learningRate: number;
  /** Means over the epoch while the weights moved, on augmented images. */
  trainLoss: number;
  trainAccuracy: number;
  validation: Pick<ClassificationMetrics, 'accuracy' | 'nll' | 'ece'>;
  /** True when this was the best epoch up to then. */
  best: boolean;
}

export interface BatchProgress {
  epoch: number;
  epochs: number;
  /** Images of this epoch done, of how many. */
  done: number;
  total: number;
  loss: number;
}

export interface FitOptions extends FitSettingsInput {
  network: Network;
  preprocessing: Preprocessing;
  train: BatchSource;
  validation: BatchSource;
  /** Changes training images; a function, so its description belongs into `keys`. */
  augmentation?: Augmentation;
  /** Also validates on changed images, if given; usually the same as `augmentation`. */
  validationAugmentation?: Augmentation;
  /** Folder for best.safetensors and last.safetensors, and where a stopped training goes on from. */
  checkpoints?: string;
  /** A checkpoint of the same network to take the first weights from, in place of drawn ones. */
  startFrom?: string;
  /** Go on from last.safetensors when it is of the same training; true if not given. */
  resume?: boolean;
  /** What the training data and the augmentation are; part of the checkpoints. */
  keys?: Record<string, string>;
  /**
   * Makes the backend anew after the GPU was lost; the training then goes on from its last
   * checkpoint (from the beginning where there is none). Not given: a lost GPU is an error.
   */
  recover?(error: TrainingError): Promise<unknown>;
  /**
   * Threads that share the parts of a batch (see `microBatchSize`) where the backend is wasm, which
   * computes on one core; 1 if not given. Does not change the result by a bit. The other backends
   * use what the machine has by themselves.
   */
  threads?: number;
  signal?: AbortSignal;
  /** Told what is odd but no reason to stop, such as classes of very different sizes. */
  onNote?(message: string): void;
  onBatch?(progress: BatchProgress): void;
  onEpoch?(record: EpochRecord & { seconds: number }): void | Promise<void>;
}

export interface FitResult {
  history: EpochRecord[];
  /** The epoch whose weights the network holds now. */
  best: BestSoFar;
  stopped: 'epochs' | 'patience';
  /** Epochs that were done before this call, by an earlier one that was stopped. */
  resumedAfter: number;
  /** Training images of each class. */
  classCounts: number[];
}

/**
 * Trains a classifier and leaves it with the weights of its best epoch on the validation images.
 *
 * Every random number follows from `seed`, the epoch and the row, so the same call gives the same
 * weights bit for bit on a backend that is deterministic (wasm is), and a training that was
 * stopped goes on from its last whole epoch to the same end.
 *
 * Throws `FIT_SETTINGS`, `BATCH_SOURCE`, `LABEL`, `CLASS_MISSING`, `LOSS_NOT_FINITE` (with the rows of the batch),
 * `OUT_OF_MEMORY` (with a size that fits), `DEVICE_LOST` (with the last checkpoint), and the signal's reason when it is aborted.
 */
export async function fitClassifier(options: FitOptions): Promise<FitResult> {
  const { network, recover, onEpoch } = options;
  if (!recover) return fitOnce(options);
  const initial = await readWeights(network);
  let epochs = 0;
  for (let losses = 1; ; losses++) {
    try {
      return await fitOnce({
        ...options,
        ...(epochs > 0 ? { resume: true } : {}),
        async onEpoch(record) {
          [epochs, losses] = [record.epoch, 0];
          await onEpoch?.(record);
        },
      });
    } catch (error) {
      const lost = error instanceof TrainingError && error.code === 'DEVICE_LOST';
      if (!lost || losses >= lossesInARow) throw error;
      await recover(error);
      writeWeights(network, initial); // the old ones were on the device
    }
  }
}

/** A device that is lost this often without an epoch in between will be lost again. */
const lossesInARow = 3;

async function fitOnce(options: FitOptions): Promise<FitResult> {
  const settings = settingsOf(options);
  const { network, preprocessing, train, validation } = options;
  checkSource('training images', train, preprocessing);
  checkSource('validation images', validation, preprocessing);
  const weights = weightsOf(network).filter((w) => w.trainable);
  const optimiser = optimiserOf(settings, weights);
  const files = new Checkpoints<EpochRecord>(
    options,
    settings,
    epochSchema(['accuracy', 'nll', 'ece']),
  );
  let epochs = 0;
  let threads: GradientThreads | undefined;
  try {
    threads = await threadsFor(options, settings, weights);
    const state = await files.resume(optimiser);
    const resumedAfter = state.history.length;
    epochs = resumedAfter;
    if (resumedAfter === 0 && options.startFrom) await files.takeWeights(options.startFrom);
    let bestWeights = state.bestWeights;
    let best = state.best;
    let classCounts = state.classCounts ?? [];
    const { history } = state;
    // Validation images are the same in every epoch; training images only in a cycle.
    const caches = { train: new Map(), validation: new Map() } satisfies Caches;
    const ramp = rampEpochs(settings);
    const over = () =>
      best !== undefined && isOver(settings.earlyStopping, history.length, best, ramp);
    while (history.length < settings.epochs && !over()) {
      const started = performance.now();
      const epoch = history.length + 1;
      const { counts, ...trained } = await trainEpoch(
        ...([options, settings, weights, optimiser, epoch, caches.train, threads] as const),
      );
      if (epoch === 1) classCounts = checkedBalance(options, counts);
      if (epoch === 1 && ramp > 0 && !options.augmentation) options.onNote?.(nothingToRamp);
      const { metrics } = await evaluate({
        network,
        preprocessing,
        source: validation,
        batchSize: settings.microBatchSize ?? settings.batchSize,
        seed: settings.seed,
        cache: caches.validation,
        ...(options.validationAugmentation ? { augmentation: options.validationAugmentation } : {}),
        ...(options.signal ? { signal: options.signal } : {}),
      });
      const { accuracy, nll, ece } = metrics;
      const better = isBetter(settings.earlyStopping, metrics, best);
      const record = { epoch, ...trained, validation: { accuracy, nll, ece }, best: better };
      history.push(record);
      if (better) {
        best = { epoch, value: metrics[settings.earlyStopping.metric] };
        bestWeights = await readWeights(network);
      }
      await files.saveLast({ history, best: best!, classCounts }, optimiser);
      if (better) await files.saveBest(record, bestWeights!);
      epochs = epoch;
      await options.onEpoch?.({ ...record, seconds: (performance.now() - started) / 1000 });
    }
    if (bestWeights) writeWeights(network, bestWeights);
    const stopped = over() ? 'patience' : 'epochs';
    return { history, best: best!, stopped, resumedAfter, classCounts };
  } catch (error) {
    const { batchSize, microBatchSize, gradientPenalty } = settings;
    const checkpoint = options.checkpoints && join(options.checkpoints, lastCheckpointName);
    throw await explainedFailure(error, {
      ...{ network, batchSize, microBatchSize, epochs, checkpoint },
      async step(n) {
        const size = network.options.inputShape.reduce((product, k) => product * k, 1);
        const batch = { inputs: new Float32Array(n * size), labels: new Int32Array(n) };
        return (await gradientStep(network, weights, batch, n, gradientPenalty)).gradients;
      },
    });
  } finally {
    optimiser.dispose();
    await threads?.dispose();
  }
}

const nothingToRamp = 'augmentationRamp: there is no augmentation that could set in';

/** Threads, where there is more than one part for them to share. */
async function threadsFor(
  { network, train, threads = 1 }: FitOptions,
  { batchSize, microBatchSize }: FitSettings,
  weights: readonly Weight[],
): Promise<GradientThreads | undefined> {
  const images = Math.min(batchSize, train.length);
  const parts = Math.ceil(images / (microBatchSize ?? images));
  const count = Math.min(threads, parts);
  if (count < 2 || tf.getBackend() !== 'wasm') return undefined;
  return GradientThreads.start(network, weights, count);
}

interface Caches {
  train: PreparedCache;
  validation: PreparedCache;
}

interface Trained extends Pick<EpochRecord, 'learningRate' | 'trainLoss' | 'trainAccuracy'> {
  /** Images of each class. */
  counts: number[];
}

/** Throws `CLASS_MISSING` for a class without an image; says so when one is three times another. */
function checkedBalance({ network, onNote }: FitOptions, counts: number[]): number[] {
  const { classes } = network.options;
  const shown = classes.map((name, c) => `${name} ${counts[c]}`).join(', ');
  const missing = counts.indexOf(0);
  if (missing >= 0) {
    throw new TrainingError({
      code: 'CLASS_MISSING',
      what: `there are no training images of the class '${classes[missing]}'`,
      where: 'training images',
      got: shown,
      expected: 'images of every class',
      next: 'make more images, or leave less to the other splits',
    });
  }
  if (Math.max(...counts) >= 3 * Math.min(...counts)) {
    onNote?.(`the classes are not balanced: ${shown}`);
  }
  return counts;
}

async function trainEpoch(
  options: FitOptions,
  settings: FitSettings,
  weights: readonly Weight[],
  optimiser: Optimiser,
  epoch: number,
  kept: PreparedCache,
  threads: GradientThreads | undefined,
): Promise<Trained> {
  const { network, preprocessing, train, augmentation, signal } = options;
  const { batchSize, seed, epochs, augmentationCycle: cycle } = settings;
  const augmented = augmentedPart(settings, epoch);
  const classes = network.options.classes.length;
  const steps = Math.ceil(train.length / batchSize);
  let learningRate = settings.learningRate;
  let [done, lossSum, right] = [0, 0, 0];
  const counts = Array<number>(classes).fill(0);
  let step = (epoch - 1) * steps;
  for await (const batch of train.batches({ batchSize, seed, epoch, shuffle: true })) {
    signal?.throwIfAborted();
    checkLabels('training images', batch, classes);
    const n = batch.labels.length;
    const inputs = prepareBatch(batch, {
      preprocessing,
      seed,
      epoch: cycle === undefined ? epoch : ((epoch - 1) % cycle) + 1,
      ...(augmentation ? { augmentation, part: { augmented, epoch } } : {}),
      ...(cycle === undefined ? {} : { cache: kept }),
    });
    const prepared = { inputs, labels: batch.labels, rows: batch.rows };
    const micro = settings.microBatchSize ?? batchSize;
    const { gradientPenalty } = settings;
    const result = threads
      ? await threads.step(prepared, micro, gradientPenalty)
      : await gradientStep(network, weights, prepared, micro, gradientPenalty);
    if (!Number.isFinite(result.loss)) {
      tf.dispose(result.gradients);
      throw await nonFiniteLoss(network, prepared, { epoch, step: step + 1, loss: result.loss });
    }
    learningRate = learningRateAt(settings, step++, steps * epochs);
    await optimiser.update(result.gradients, learningRate);
    tf.dispose(result.gradients);
    followBatch(network, prepared, micro);
    done += n;
    lossSum += result.loss * n;
    for (let i = 0; i < n; i++) {
      counts[batch.labels[i]!]!++;
      if (argMax(result.logits, i * classes, classes) === batch.labels[i]) right++;
    }
    options.onBatch?.({ epoch, epochs, done, total: train.length, loss: result.loss });
    // Lets timers, signals and messages through between two steps.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { learningRate, trainLoss: lossSum / done, trainAccuracy: right / done, counts };
}

function settingsOf(options: FitOptions): FitSettings {
  const names = [
    ...['epochs', 'batchSize', 'microBatchSize', 'learningRate', 'schedule', 'warmupSteps'],
    ...['optimiser', 'momentum', 'weightDecay', 'clipNorm', 'gradientPenalty', 'stepFactor'],
    ...['augmentationCycle', 'augmentationRamp', 'seed', 'earlyStopping'],
  ];
  const given = Object.entries(options).filter(
    ([key, v]) => names.includes(key) && v !== undefined,
  );
  const settings = parseFitSettings(Object.fromEntries(given));
  if (settings.gradientPenalty > 0 && options.network.head !== 'rbf') {
    throw new TrainingError({
      code: 'FIT_SETTINGS',
      what: 'the gradient penalty is of a network with scores by distance',
      where: 'gradientPenalty',
      got: `${settings.gradientPenalty} for ${options.network.name}`,
      next: 'train duq, or leave gradientPenalty away',
    });
  }
  return settings;
}
