import { z } from 'zod';
import { NetworkError } from '../../errors.js';
import { checkTraining, type Samples, type TrainingSamples } from '../data/samples.js';
import {
  columnMeans,
  fitInputScale,
  fitOutputScale,
  type InputScale,
  type OutputScale,
  scaledSpectra,
  scoresOf,
  type SpectrumScaling,
  zScores,
} from '../data/scaling.js';
import type { Matrix } from '../data/matrix.js';
import { activationNames } from '../mlp/activation.js';
import { trainingSchema } from '../mlp/train.js';

/** Training and validation samples, scaled by the training ones. */
export interface Prepared {
  readonly train: Samples;
  readonly inputScale: InputScale;
  readonly outputScale: OutputScale;
  /** `[n, inputs]` */
  readonly x: Matrix;
  /** `[n, rank]` */
  readonly y: Matrix;
  readonly validation: { readonly x: Matrix; readonly y: Matrix };
  readonly inputs: number;
  readonly rank: number;
  /** Sums over the training samples: variance of the scaled spectra, and what the basis leaves out. */
  readonly total: number;
  readonly outside: number;
}

export const scalingSchema = z.enum(['global', 'point']).default('global');
export const componentsSchema = z.number().int().min(1);
export const seedSchema = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(1);
export const hiddenSchema = z.array(z.number().int().min(1).max(4096)).max(16);

/** Options of a net from structure (or latent values) to spectrum. */
export const netSchema = {
  scaling: scalingSchema,
  seed: seedSchema,
  /** Units of the layers between structure (or latent values) and spectrum. */
  hidden: hiddenSchema.default([64, 64, 64]),
  activation: z.enum(activationNames).default('tanh'),
  training: trainingSchema.prefault({}),
};

/**
 * @param fitted a method whose scales are taken over, so that its nets can be used on these samples
 * @throws NetworkError as `checkTraining`; NO_VARIANCE; COLUMNS_DIFFER
 */
export function prepare(
  data: TrainingSamples,
  scaling: SpectrumScaling,
  fitted?: { readonly inputScale: InputScale; readonly outputScale: OutputScale },
): Prepared {
  const { train, validation } = checkTraining(data);
  if (fitted) checkSizes(train, fitted);
  const inputScale = fitted?.inputScale ?? fitInputScale(train.structures);
  const outputScale = fitted?.outputScale ?? fitOutputScale(train.spectra, scaling);
  const y = scoresOf(train.spectra, outputScale);
  const scaled = scaledSpectra(train.spectra, outputScale);
  const mean = columnMeans(scaled);
  const squares = (m: Matrix, from?: Float64Array) =>
    m.data.reduce((s, v, i) => s + (v - (from ? from[i % m.columns] : 0)) ** 2, 0);
  const total = squares(scaled, mean);
  if (!(total > 0)) {
    throw new NetworkError({
      code: 'NO_VARIANCE',
      what: 'the spectra do not vary, so there is nothing to learn',
      where: 'train',
      got: `${train.spectra.rows} spectra, all the same`,
      expected: 'spectra that differ with structure',
    });
  }
  return {
    train,
    inputScale,
    outputScale,
    x: zScores(train.structures, inputScale),
    y,
    validation: {
      x: zScores(validation.structures, inputScale),
      y: scoresOf(validation.spectra, outputScale),
    },
    inputs: train.structures.columns,
    rank: outputScale.basis.rows,
    total,
    outside: Math.max(0, squares(scaled) - squares(y)),
  };
}

function checkSizes(
  { structures, spectra }: Samples,
  { inputScale, outputScale }: { inputScale: InputScale; outputScale: OutputScale },
): void {
  const inputs = inputScale.mean.length;
  const points = outputScale.mean.length;
  if (structures.columns === inputs && spectra.columns === points) return;
  throw new NetworkError({
    code: 'COLUMNS_DIFFER',
    what: 'the method given was fitted to other inputs or another grid',
    got: `${structures.columns} inputs, ${spectra.columns} points`,
    expected: `${inputs} inputs, ${points} points`,
    next: 'use the same descriptors and grid',
  });
}

/** @throws NetworkError COMPONENTS_TOO_MANY */
export function checkComponents(components: number, inputs: number, method: string): void {
  if (components <= inputs) return;
  throw new NetworkError({
    code: 'COMPONENTS_TOO_MANY',
    what: 'there cannot be more components than inputs',
    where: method,
    got: `${components} components`,
    expected: `1 to ${inputs}, the number of inputs`,
    next: 'ask for fewer components',
  });
}

/** @throws NetworkError OPTIONS_INVALID, naming every problem */
export function checkOptions<T>(
  schema: z.ZodType<T, unknown>,
  options: unknown,
  method: string,
): T {
  const parsed = schema.safeParse(options ?? {});
  if (parsed.success) return parsed.data;
  throw new NetworkError({
    code: 'OPTIONS_INVALID',
    what: 'the options do not hold',
    where: method,
    got: parsed.error.issues
      .map((i) => `${i.path.join('.') || 'options'}: ${i.message}`)
      .join('; '),
    next: 'mend these',
  });
}

/**
 * The method given, when it is the one expected.
 * @throws NetworkError METHOD_UNFIT
 */
export function checkMethod<T extends { readonly method: string }>(
  given: T | undefined,
  expected: string,
  where: string,
): T | undefined {
  if (!given || given.method === expected) return given;
  throw new NetworkError({
    code: 'METHOD_UNFIT',
    what: `this is not a fitted ${expected}`,
    where,
    got: given.method,
    expected,
  });
}
