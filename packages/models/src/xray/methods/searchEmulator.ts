import { createDesign } from '@spectraloom/sampling';
import { z } from 'zod';
import type { TrainingSamples } from '../data/samples.js';
import { type ActivationName, activationNames } from '../mlp/activation.js';
import { type FitControl, trainingSchema } from '../mlp/train.js';
import { emulate, type EmulatorOptions } from './emulator.js';
import type { Interpreter } from './interpreter.js';
import { checkOptions, prepare, scalingSchema, seedSchema } from './prepare.js';

const range = z
  .tuple([z.number(), z.number()])
  .refine(([a, b]) => a <= b, 'from must not exceed to');
const schema = z.strictObject({
  scaling: scalingSchema,
  seed: seedSchema,
  /** Settings tried: points of a Sobol sequence over the ranges below. */
  trials: z.number().int().min(1).max(1000).default(12),
  depth: z.array(z.number().int().min(0).max(16)).min(1).default([2, 3, 4]),
  width: z.array(z.number().int().min(1).max(4096)).min(1).default([32, 64, 96]),
  activation: z.array(z.enum(activationNames)).min(1).default(['tanh', 'silu']),
  /** Log-uniform. */
  weightDecay: range.refine(([a]) => a > 0, 'must be above 0').default([1e-6, 1e-2]),
  /** Log-uniform. */
  learningRate: range.refine(([a]) => a > 0, 'must be above 0').default([2e-3, 2e-2]),
  training: trainingSchema.omit({ learningRate: true, weightDecay: true }).partial().default({}),
});
export type SearchOptions = z.input<typeof schema>;

/** A setting that was tried. */
export interface Trial {
  readonly options: EmulatorOptions;
  /** Best validation loss: with scaling `global`, about 1 - rho. */
  readonly validation: number;
}

/**
 * Tries settings of the emulator over a small grid and log-uniform ranges, spread by a Sobol
 * sequence, and keeps the one with the best validation loss. The test samples have no say.
 * @returns the best emulator, and every trial, best first
 */
export async function searchEmulator(
  data: TrainingSamples,
  options: SearchOptions = {},
  control: FitControl = {},
): Promise<{ readonly best: Interpreter; readonly trials: readonly Trial[] }> {
  const settings = checkOptions(schema, options, 'emulator search');
  const prepared = prepare(data, settings.scaling);
  const design = createDesign('sobol', [settings.seed >>> 0, 0x5ea2c4], 5, settings.trials);
  const u = new Float64Array(5);
  const pick = <T>(items: readonly T[], at: number): T =>
    items[Math.min(items.length - 1, Math.floor(at * items.length))];
  const between = ([a, b]: readonly [number, number], at: number) => a * (b / a) ** at;
  const trials: Trial[] = [];
  let best: Interpreter | undefined;
  for (let i = 0; i < settings.trials; i++) {
    design(i, u);
    const own = {
      scaling: settings.scaling,
      seed: settings.seed,
      hidden: Array<number>(pick(settings.depth, u[0])).fill(pick(settings.width, u[1])),
      activation: pick<ActivationName>(settings.activation, u[2]),
      training: trainingSchema.parse({
        ...settings.training,
        weightDecay: between(settings.weightDecay, u[3]),
        learningRate: between(settings.learningRate, u[4]),
      }),
    };
    const fitted = await emulate(prepared, own, {
      ...(control.signal && { signal: control.signal }),
      onProgress: ({ part }) =>
        control.onProgress?.({
          what: `trial ${i + 1} of ${settings.trials}`,
          part: (i + part) / settings.trials,
        }),
    });
    const validation = Math.min(...fitted.parts.history.map((h) => h.validation));
    if (!best || validation < Math.min(...trials.map((t) => t.validation))) best = fitted;
    trials.push({ options: own, validation });
  }
  return { best: best!, trials: trials.sort((a, b) => a.validation - b.validation) };
}
