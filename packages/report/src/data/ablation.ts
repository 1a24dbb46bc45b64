import { z } from 'zod';

const spread = z.strictObject({
  mean: z.number(),
  sd: z.number(),
  values: z.array(z.number()).min(1),
});

/** Data sets that differ in one thing alone, the same network trained on each. */
export const ablationSchema = z.strictObject({
  /** Class whose score of the measured image is given. */
  scored: z.string().min(1),
  repeats: z.number().int().positive(),
  testImages: z.number().int().nonnegative(),
  rows: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        what: z.string().min(1),
        validation: spread,
        measured: spread,
        /** Repeats that called the measured image outside by the network's features, of how many. */
        outside: z.tuple([z.number().int(), z.number().int()]),
        pValue: spread,
        /** Verdict on the measured image by the space of the training images. */
        space: z.strictObject({
          outside: z.boolean(),
          pValue: z.number().min(0).max(1),
          because: z.string().min(1),
        }),
        /** Part of the test images of each data set that this space refuses. */
        refused: z.record(z.string(), z.number().min(0).max(1)),
        /** Accuracy on the test images of each data set. */
        accuracy: z.record(z.string(), spread),
      }),
    )
    .min(1)
    .max(50),
});

export type AblationReport = z.infer<typeof ablationSchema>;
