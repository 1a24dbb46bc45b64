import { z } from 'zod';
import { ablationSchema } from './ablation.js';
import { calibrationReportSchema, doubtSchema } from './doubt.js';
import { learntSchema, placesSchema } from './places.js';
import type { Json, ReportData } from './types.js';

const text = z.string().min(1);
const finite = z.number();
const count = z.number().int().nonnegative();
const fraction = z.number().min(0).max(1);
const json: z.ZodType<Json> = z.json();
const pixels = z.instanceof(Float32Array, { error: 'expected a Float32Array' });
const maskArray = z.instanceof(Uint8Array, { error: 'expected a Uint8Array' });

const axis = z.strictObject({ label: text, unit: z.string(), first: finite, last: finite });

const column = z
  .strictObject({ fromFraction: finite, toFraction: finite })
  .refine((c) => c.toFraction > c.fromFraction, 'expected toFraction above fromFraction');

/** Schema of a TileLayout. */
export const layoutSchema = z.strictObject({
  tileRows: z.number().int().min(1).max(4096),
  tileCols: z.number().int().min(1).max(4096),
  rows: z
    .array(z.strictObject({ eiMeV: z.number().positive(), note: z.string().optional() }))
    .min(1)
    .max(64),
  columns: z.array(column).min(1).max(64),
  horizontal: axis,
  vertical: axis,
});

const tiledImage = z.strictObject({ values: pixels, mask: maskArray.optional() });
const quantity = z.strictObject({ label: text, unit: z.string() });
const parameterValues = z.record(z.string(), finite);

const reportClass = z.strictObject({
  name: text,
  label: text.optional(),
  description: z.string().optional(),
  file: z.string().optional(),
  parameters: z
    .array(
      z.strictObject({
        name: text,
        unit: z.string(),
        value: finite,
        prior: z.string().optional(),
      }),
    )
    .optional(),
});

const example = z.strictObject({
  className: text,
  image: tiledImage,
  parameters: parameterValues,
  row: count.optional(),
  seed: z.string().optional(),
});

const draws = z.strictObject({
  className: text,
  drawn: count,
  accepted: count,
  rejected: z.record(z.string(), count),
});

const epoch = z.strictObject({
  epoch: count,
  trainLoss: finite.nullable(),
  trainAccuracy: fraction.nullable(),
  validationLoss: finite.nullable().optional(),
  validationAccuracy: fraction.nullable().optional(),
  seconds: z.number().nonnegative().optional(),
});

const training = z.strictObject({
  network: text,
  parameterCount: count,
  inputShape: z.array(count),
  preprocessing: z.array(z.string()),
  lossLabel: text.optional(),
  splits: z.array(z.strictObject({ name: text, images: count })),
  epochs: z.array(epoch),
  bestEpoch: count.optional(),
  others: z
    .array(
      z.strictObject({
        name: text,
        network: text,
        parameterCount: count,
        lossLabel: text,
        epochs: z.array(epoch),
        bestEpoch: count.optional(),
        seconds: finite.optional(),
      }),
    )
    .optional(),
  stoppedBecause: z.string().optional(),
  settings: z.record(z.string(), json),
  backend: z.string().optional(),
});

const evaluation = z.strictObject({
  split: text,
  description: z.string().optional(),
  confusion: z.array(z.array(count)),
  nll: finite.optional(),
  ece: fraction.optional(),
  calibration: calibrationReportSchema.optional(),
  reliability: z
    .array(
      z.strictObject({
        from: fraction,
        to: fraction,
        count,
        meanConfidence: fraction.nullable(),
        accuracy: fraction.nullable(),
      }),
    )
    .optional(),
});

const origin = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('user-file'),
    path: text,
    sha256: text,
    mirrored: z.boolean(),
    stored: z.string().optional(),
  }),
  z.strictObject({
    kind: z.literal('fetched-dataset'),
    dataset: text,
    path: text,
    url: text,
    sha256: text,
    mirrored: z.boolean(),
    citation: z.string().optional(),
    stored: z.string().optional(),
  }),
  z.strictObject({
    kind: z.literal('simulated-stand-in'),
    className: text,
    parameters: parameterValues,
    seed: z.string(),
    added: z.array(z.string()),
  }),
]);

const verdict = z.strictObject({
  className: text.nullable(),
  scores: z.record(z.string(), fraction),
  outside: z
    .strictObject({ isOutside: z.boolean(), score: finite, threshold: finite, method: text })
    .optional(),
});

const bestMatch = z.strictObject({
  className: text,
  image: tiledImage,
  parameters: parameterValues,
  correlation: z.number().min(-1.000001).max(1.000001),
  pixels: count,
  definition: text,
  row: count.optional(),
  seed: z.string().optional(),
  scale: finite.optional(),
  candidates: z
    .array(z.strictObject({ label: text, className: text.optional(), correlation: finite }))
    .optional(),
});

const activation = z.strictObject({
  method: text,
  className: text,
  layer: z.string().optional(),
  map: pixels,
  shape: z.tuple([z.number().int().positive(), z.number().int().positive()]),
  signed: z.boolean(),
  tileMeans: pixels,
  warnings: z.array(z.string()).optional(),
});

const measured = z.strictObject({
  origin,
  image: tiledImage,
  quantity,
  verdict,
  bestMatch: bestMatch.optional(),
  activation: activation.optional(),
});

const provenance = z.strictObject({
  command: text,
  seeds: z.record(z.string(), z.string()),
  keys: z.array(z.strictObject({ name: text, value: text, covers: z.string().optional() })),
  versions: z.record(z.string(), z.string()),
  machine: z.record(z.string(), json).optional(),
  settings: z.record(z.string(), json),
  files: z
    .array(
      z.strictObject({
        path: text,
        what: z.string().optional(),
        sha256: z.string().optional(),
        bytes: count.optional(),
      }),
    )
    .optional(),
});

/** The shape of ReportData; what its parts owe each other is checked by `checkReportData`. */
export const reportSchema: z.ZodType<ReportData> = z.strictObject({
  format: z.literal('spectraloom-report/1'),
  title: text,
  pipeline: text,
  preset: text,
  createdAt: text,
  summary: z.array(z.string()).optional(),
  caveats: z.array(z.string()).optional(),
  layout: layoutSchema,
  intensity: quantity,
  classes: z.array(reportClass).min(1).max(64),
  examples: z.array(example),
  draws: z.array(draws),
  training: training.optional(),
  evaluation: z.array(evaluation).optional(),
  measured: measured.optional(),
  doubt: doubtSchema.optional(),
  places: placesSchema.optional(),
  learnt: learntSchema.optional(),
  ablation: ablationSchema.optional(),
  timing: z.array(
    z.strictObject({
      stage: text,
      seconds: z.number().nonnegative(),
      reused: z.boolean().optional(),
      detail: z.string().optional(),
    }),
  ),
  courses: z
    .array(
      z.strictObject({
        stage: text,
        unit: text,
        points: z.array(
          z.strictObject({
            seconds: z.number().nonnegative(),
            done: z.number().nonnegative(),
            memoryBytes: z.number().nonnegative().optional(),
          }),
        ),
      }),
    )
    .optional(),
  provenance,
});
