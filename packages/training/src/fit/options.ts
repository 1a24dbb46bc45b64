import { z } from 'zod';
import type { Weight } from '@spectraloom/models';
import { TrainingError } from '../errors.js';
import { Adam } from '../optimiser/adam.js';
import type { Optimiser } from '../optimiser/optimiser.js';
import { Sgd } from '../optimiser/sgd.js';

/** Numbers that decide a training; all of them are part of its key. */
export const fitSettingsSchema = z.strictObject({
  epochs: z.int().min(1).max(100_000),
  batchSize: z.int().min(1).max(65_536),
  /** Images a forward and backward pass takes at once; a batch is the sum of its parts. */
  microBatchSize: z.int().min(1).optional(),
  learningRate: z.number().positive(),
  /**
   * `cosine`: from the learning rate down to 1 % of it over the epochs. `step`: times `stepFactor`
   * at each third of the epochs.
   */
  schedule: z.enum(['constant', 'cosine', 'step']).default('constant'),
  stepFactor: z.number().positive().max(1).default(0.2),
  /** Steps over which the learning rate rises from 0. */
  warmupSteps: z.int().min(0).default(0),
  /** `sgd` has a momentum. */
  optimiser: z.enum(['adam', 'sgd']).default('adam'),
  momentum: z.number().min(0).lt(1).default(0.9),
  /** Decoupled from the gradient, on kernels alone. */
  weightDecay: z.number().min(0).default(0),
  clipNorm: z.number().positive().optional(),
  /** Weight of the gradient penalty of a network with scores by distance (`duq`); others have none. */
  gradientPenalty: z.number().min(0).default(0),
  /**
   * Number of different augmentations of an image: epoch e takes that of epoch (e - 1) mod cycle + 1.
   * Prepared images are then kept in memory (inputs of this many times the training set), which
   * pays where preparing one costs more than a training step. Not given: a new one each epoch.
   */
  augmentationCycle: z.int().min(1).optional(),
  /**
   * Part of the epochs, from the first, over which the augmentation sets in: with n = floor(ramp *
   * epochs), an image is changed in epoch e with probability min(1, (e - 1) / n) and is left as it
   * is otherwise, drawn from (seed, e, row). The network learns from clean images first, which takes
   * few epochs, and then to do without them. Patience is counted from epoch n at the earliest. Not
   * given: every image is changed from the first epoch.
   */
  augmentationRamp: z.number().gt(0).lt(1).optional(),
  /** Seed of order, augmentation and dropout. */
  seed: z.int().min(0).max(0xffffffff).default(0),
  /** Which epoch is the best, and when it is time to stop. */
  earlyStopping: z
    .strictObject({
      metric: z.enum(['accuracy', 'nll', 'ece']).default('nll'),
      /** Epochs without a better value before it stops; no stopping if not given. */
      patience: z.int().min(1).optional(),
      /** A value counts as better when it is better by more than this. */
      minDelta: z.number().min(0).default(0),
    })
    .prefault({}),
});

export type FitSettings = z.infer<typeof fitSettingsSchema>;
export type FitSettingsInput = z.input<typeof fitSettingsSchema>;

/** Throws `FIT_SETTINGS` with every problem. */
export function parseFitSettings(value: unknown): FitSettings {
  const result = fitSettingsSchema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map((i) => `${i.path.join('.')}: ${i.message}`);
  throw new TrainingError({
    code: 'FIT_SETTINGS',
    what: 'the training settings are not valid',
    where: 'fitClassifier',
    got: problems.join('; '),
  });
}

/**
 * Learning rate of a step: warm-up, then the schedule.
 *
 * @param step counted from 0
 * @param totalSteps of all epochs
 */
export function learningRateAt(
  settings: Pick<FitSettings, 'learningRate' | 'schedule' | 'stepFactor' | 'warmupSteps'>,
  step: number,
  totalSteps: number,
): number {
  const { learningRate, schedule, stepFactor, warmupSteps } = settings;
  if (step < warmupSteps) return (learningRate * (step + 1)) / warmupSteps;
  if (schedule === 'constant') return learningRate;
  const done = (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps);
  if (schedule === 'step') return learningRate * stepFactor ** Math.min(2, Math.floor(3 * done));
  return learningRate * (0.01 + 0.99 * 0.5 * (1 + Math.cos(Math.PI * Math.min(1, done))));
}

/** Epochs before the first in which every image is augmented. */
export function rampEpochs({
  augmentationRamp = 0,
  epochs,
}: Pick<FitSettings, 'augmentationRamp' | 'epochs'>): number {
  return Math.floor(augmentationRamp * epochs);
}

/** Part of the images that are augmented in an epoch, counted from 1. */
export function augmentedPart(
  settings: Pick<FitSettings, 'augmentationRamp' | 'epochs'>,
  epoch: number,
): number {
  const ramp = rampEpochs(settings);
  return epoch > ramp ? 1 : (epoch - 1) / ramp;
}

export function optimiserOf(
  settings: Pick<FitSettings, 'optimiser' | 'momentum' | 'weightDecay' | 'clipNorm'>,
  weights: readonly Weight[],
): Optimiser {
  const { optimiser, momentum, weightDecay, clipNorm } = settings;
  const common = { weightDecay, ...(clipNorm === undefined ? {} : { clipNorm }) };
  return optimiser === 'sgd'
    ? new Sgd(weights, { ...common, momentum })
    : new Adam(weights, common);
}
