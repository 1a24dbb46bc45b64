import { preprocessingSchema } from '@spectraloom/models';
import { z } from 'zod';

export const checkpointFormat = 'spectraloom-checkpoint/1';

/**
 * What a checkpoint says of itself, as JSON in the file's metadata. Nothing in it changes from run
 * to run (no times, hosts or paths): equal training gives equal bytes.
 */
export const checkpointHeaderSchema = z.strictObject({
  format: z.literal(checkpointFormat),
  network: z.strictObject({
    name: z.string(),
    /** What `buildNetwork` was given, defaults filled in. */
    options: z.looseObject({
      inputShape: z.tuple([z.int(), z.int(), z.int()]),
      classes: z.array(z.string()),
      seed: z.int(),
    }),
  }),
  preprocessing: preprocessingSchema,
  /** Keys of what the network was trained on, such as physicsKey; chosen by the caller. */
  keys: z.record(z.string(), z.string()),
  /** Seed of order and augmentation. */
  seed: z.int().min(0),
  /** Epochs done when this was written, and the metrics of the last one on the validation images. */
  epoch: z.int().min(0),
  metrics: z.record(z.string(), z.number()),
  /** Divides the linear outputs before the softmax; 1: not calibrated. */
  temperature: z.number().positive(),
  /** Weights in the order of the layers, as they must stand in the file. */
  weights: z.array(z.strictObject({ name: z.string(), shape: z.array(z.int().min(0)) })),
  /** sha256 over all numbers in the file. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** What exact continuation needs; absent in a checkpoint that is only for prediction. */
  resume: z
    .strictObject({
      /** Hash of everything that decides the training; a continuation must have the same. */
      training: z.string(),
      step: z.int().min(0),
      state: z.unknown(),
    })
    .optional(),
});

export type CheckpointHeader = z.infer<typeof checkpointHeaderSchema>;
