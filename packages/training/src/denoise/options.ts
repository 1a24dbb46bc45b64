import { z } from 'zod';
import { TrainingError } from '../errors.js';
import { fitSettingsSchema } from '../fit/options.js';

/** Numbers that decide the training of a denoiser; the defaults are the published ones. */
export const denoiserSettingsSchema = fitSettingsSchema
  .pick({
    microBatchSize: true,
    schedule: true,
    stepFactor: true,
    warmupSteps: true,
    optimiser: true,
    momentum: true,
    weightDecay: true,
    clipNorm: true,
    seed: true,
    augmentationCycle: true,
  })
  .extend({
    epochs: z.int().min(1).max(100_000).default(100),
    batchSize: z.int().min(1).max(65_536).default(32),
    learningRate: z.number().positive().default(1e-4),
    /** Weight of the Kullback-Leibler divergence of the code; 1: the evidence bound. */
    divergence: z.number().min(0).default(1),
    /** Epochs without a smaller loss on the validation images before it stops. */
    patience: z.int().min(1).optional(),
  });

export type DenoiserSettings = z.infer<typeof denoiserSettingsSchema>;
export type DenoiserSettingsInput = z.input<typeof denoiserSettingsSchema>;

/** Throws `FIT_SETTINGS` with every problem. */
export function parseDenoiserSettings(value: unknown): DenoiserSettings {
  const result = denoiserSettingsSchema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map((i) => `${i.path.join('.')}: ${i.message}`);
  throw new TrainingError({
    code: 'FIT_SETTINGS',
    what: 'the settings of the denoiser are not valid',
    where: 'fitDenoiser',
    got: problems.join('; '),
  });
}
