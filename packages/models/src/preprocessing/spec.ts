import { z } from 'zod';
import { NetworkError } from '../errors.js';

const size = z.int().min(1).max(4096);

/**
 * What happens to an image between the file and the network, in order. Images are [rows, cols],
 * row-major, raw intensities, with exactly 0 where there is no detector.
 */
const step = z.discriminatedUnion('step', [
  /** x <- factor x: the absolute scale of a simulation against a measurement. */
  z.strictObject({ step: z.literal('scale'), factor: z.number().positive() }),
  /** x <- min(max(x, min), max) */
  z
    .strictObject({ step: z.literal('clip'), min: z.number(), max: z.number() })
    .refine(({ min, max }) => min < max, 'min must be below max'),
  /** x <- sqrt(max(x, 0)): makes the spread of counts even. */
  z.strictObject({ step: z.literal('sqrt') }),
  /** x <- log(1 + max(x, 0) / unit) */
  z.strictObject({ step: z.literal('log'), unit: z.number().positive() }),
  /** x <- (x - smallest) / (largest - smallest) of the image; a constant image becomes 0. */
  z.strictObject({ step: z.literal('min-max') }),
  /** x <- x / root mean square of the image; an empty image stays 0. */
  z.strictObject({ step: z.literal('unit-rms') }),
  /**
   * x <- x / (root mean square of its tile + floor * root mean square of the image): takes out how
   * strong one tile is against another. Tiles are blocks of rows x cols pixels of the image as it
   * is at this step.
   */
  z.strictObject({
    step: z.literal('tile-rms'),
    rows: size,
    cols: size,
    floor: z.number().min(0).default(0.1),
  }),
  /** Mean over blocks of rows x cols pixels; both must divide the image. */
  z.strictObject({ step: z.literal('downsample'), rows: size, cols: size }),
  /**
   * Folds each tile of rows x cols pixels onto its upper left quarter: the mean of a pixel and its
   * three mirror images, top to bottom and left to right. For patterns with that symmetry: a
   * quarter of the pixels, half of the noise, nothing lost. Exact zeros (no detector) are left out
   * of the mean with `zeros: 'missing'` and are values like others with 'counted'.
   */
  z
    .strictObject({
      step: z.literal('fold'),
      rows: size,
      cols: size,
      zeros: z.enum(['missing', 'counted']).default('missing'),
    })
    .refine(({ rows, cols }) => rows % 2 === 0 && cols % 2 === 0, 'a tile must have even sides'),
  /**
   * Adds a channel that is 1 where the image is exactly 0 (no detector) and 0 elsewhere. Later
   * steps that change values leave it alone, `downsample` averages it.
   */
  z.strictObject({ step: z.literal('mask-channel') }),
]);

export const preprocessingSchema = z.strictObject({
  /** [rows, cols] of the images that go in. */
  imageShape: z.tuple([size, size]),
  steps: z.array(step).max(32),
});

/** Declared preprocessing: data, part of a network's file, the same in training and prediction. */
export type Preprocessing = z.infer<typeof preprocessingSchema>;
export type PreprocessingInput = z.input<typeof preprocessingSchema>;
export type PreprocessingStep = Preprocessing['steps'][number];

/** Checks a declaration; throws `PREPROCESSING` with every problem and its place. */
export function parsePreprocessing(value: unknown): Preprocessing {
  const result = preprocessingSchema.safeParse(value);
  if (!result.success) {
    const problems = result.error.issues.map(
      (issue) => `${issue.path.join('.')}: ${issue.message}`,
    );
    throw new NetworkError({
      code: 'PREPROCESSING',
      what: 'the preprocessing is not valid',
      where: 'preprocessing',
      got: problems.join('; '),
    });
  }
  preprocessedShape(result.data);
  return result.data;
}

/** [rows, cols, channels] of a preprocessed image. Throws `PREPROCESSING` where a step cannot be. */
export function preprocessedShape(spec: Preprocessing): [number, number, number] {
  let [rows, cols] = spec.imageShape;
  let channels = 1;
  for (const [i, s] of spec.steps.entries()) {
    if (s.step === 'mask-channel') {
      if (channels > 1) throw unfit(i, s, 'the mask channel is there already');
      channels = 2;
    } else if (s.step === 'downsample' || s.step === 'tile-rms' || s.step === 'fold') {
      if (rows % s.rows !== 0 || cols % s.cols !== 0) {
        throw unfit(i, s, `blocks of ${s.rows} x ${s.cols} do not divide ${rows} x ${cols}`);
      }
      if (s.step === 'downsample') {
        rows /= s.rows;
        cols /= s.cols;
      } else if (s.step === 'fold') {
        rows /= 2;
        cols /= 2;
      }
    }
  }
  return [rows, cols, channels];
}

function unfit(index: number, { step: name }: PreprocessingStep, what: string): NetworkError {
  return new NetworkError({
    code: 'PREPROCESSING',
    what,
    where: `preprocessing step ${index} (${name})`,
  });
}
