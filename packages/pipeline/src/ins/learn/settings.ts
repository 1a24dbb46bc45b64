import { networkKind, networkNames } from '@spectraloom/models';
import { z } from 'zod';
import { PipelineError } from '../../errors.js';

const record = z.record(z.string(), z.json());

/**
 * Which methods say whether an image is like the training images, beside those that need no network
 * of their own: the highest probability, and densities of the network's features.
 */
export const uncertaintySchema = z.strictObject({
  /** Conformal sets of classes miss the label at most this often. */
  alpha: z.number().gt(0).lt(1).default(0.1),
  /** Part of usual images that may be called outside. */
  outsideBelow: z.number().gt(0).lt(1).default(0.01),
  /** Networks of a deep ensemble, other seeds alone; the trained one is the first; 1: none. */
  ensemble: z.number().int().min(1).max(50).default(1),
  /**
   * A network of its own for the densities of features (DDU), with bounded singular values: method
   * `ddu-bounded`, beside `ddu` on the trained network, whose values have no bound.
   */
  ddu: z
    .strictObject({
      network: z.enum(['compact', 'mlp']).default('compact'),
      options: record.default({ spectralNorm: 3 }),
      /** Settings of its training that differ from the preset's. */
      fit: record.default({}),
    })
    .exactOptional(),
  /** Scores by distance to centroids. */
  duq: z
    .strictObject({
      /** Of the network `duq`; its trunk is that of the preset's network where it has one. */
      options: record.default({}),
      /**
       * `trunk`: from the weights of the trained network, as far as its layers fit. Drawn weights are
       * a long way from images with noise: they stay on the plateau (docs/uncertainty.md).
       */
      start: z.enum(['trunk', 'drawn']).default('trunk'),
      /** Searched by a short training each; the most accurate on the validation images wins. */
      lengthScales: z.array(z.number().positive()).min(1).max(20).default([0.1, 0.3, 1]),
      searchEpochs: z.number().int().min(1).default(3),
      fit: record.default({ gradientPenalty: 0.1 }),
    })
    .exactOptional(),
  /** The variational autoencoder: reconstruction errors, and the classes of cleaned images. */
  denoiser: z
    .strictObject({
      options: record.default({ filters: [8, 16] }),
      fit: record.default({ epochs: 10, learningRate: 0.001 }),
    })
    .exactOptional(),
});

export type UncertaintySettings = z.infer<typeof uncertaintySchema>;

/** Methods that can be asked for by name. */
export const uncertaintyNames = ['ensemble', 'ddu', 'duq', 'denoiser'] as const;
export type UncertaintyName = (typeof uncertaintyNames)[number];

/** What the command line says over the preset. */
export interface LearnChoice {
  /** Train this network in place of the preset's; its options are then its defaults. */
  readonly network?: string;
  /** Train these methods too, each as the preset has it, else with its defaults. */
  readonly uncertainty?: readonly string[];
}

interface Learned {
  split: { validation: number; test: number; calibration?: number };
  train: { network: string; options: Record<string, unknown>; preprocessing?: unknown };
  uncertainty: UncertaintySettings;
}

const defaultMembers = 5;

/** Images kept for calibration where the preset keeps none and methods are asked for. */
const defaultCalibration = 0.15;

/**
 * A preset with what the command line chose.
 * @throws NetworkError UNKNOWN_NETWORK; PipelineError PIPELINE_INVALID
 */
export function withChoice<P extends Learned>(preset: P, choice: LearnChoice): P {
  const { network, uncertainty } = choice;
  let chosen = preset;
  if (network !== undefined && network !== preset.train.network) {
    const { preprocessing: _, ...train } = preset.train;
    chosen = { ...chosen, train: { ...train, network, options: {} } };
  }
  for (const name of uncertainty ?? []) {
    if (!(uncertaintyNames as readonly string[]).includes(name)) {
      throw new PipelineError('PIPELINE_INVALID', {
        what: `there is no method of uncertainty '${name}'`,
        where: '--uncertainty',
        got: name,
        expected: uncertaintyNames.join(', '),
        next: 'name one or more of these, with commas between them',
      });
    }
  }
  if (uncertainty?.length) {
    const given: Record<string, unknown> = { ...preset.uncertainty };
    for (const name of uncertainty) {
      if (name !== 'ensemble') given[name] ??= {};
      else if (given[name] === 1) given[name] = defaultMembers;
    }
    const { calibration = defaultCalibration } = preset.split;
    const settings = uncertaintySchema.parse(given);
    chosen = { ...chosen, uncertainty: settings, split: { ...preset.split, calibration } };
  }
  return chosen;
}

/** @throws PipelineError PIPELINE_INVALID for a preset that cannot be trained as it says */
export function checkLearned(preset: Learned, where: string): void {
  if (networkKind(preset.train.network) !== 'classifier') {
    throw new PipelineError('PIPELINE_INVALID', {
      what: `the network '${preset.train.network}' names no classes`,
      where,
      got: preset.train.network,
      expected: networkNames.filter((n) => networkKind(n) === 'classifier').join(', '),
      next: "train it beside a classifier: 'uncertainty: { denoiser: {} }' or --uncertainty denoiser",
    });
  }
  const { ensemble, ddu, duq, denoiser } = preset.uncertainty;
  if ((ensemble > 1 || ddu || duq || denoiser) && !preset.split.calibration) {
    throw new PipelineError('PIPELINE_INVALID', {
      what: 'methods of uncertainty need images of their own for calibration',
      where: `${where}: split`,
      got: 'no calibration',
      expected: 'a part such as 0.15',
      next: "add 'calibration: 0.15' to split",
    });
  }
}
