import { z } from 'zod';
import { TrainingError } from '../errors.js';

const positive = z.number().positive();
const probability = z.number().min(0).max(1);
/** A range to draw from, uniformly in the logarithm. */
const factors = z.tuple([positive, positive]).refine(([a, b]) => a <= b, 'from must not exceed to');

/**
 * How a simulated image is made to look measured, step by step; every random number is drawn anew
 * for each image and epoch. Intensities are in the unit of the images. A tile is a block of pixels
 * with one energy slice. Pixels that are exactly 0 in the simulation have no detector: no step
 * gives them a value.
 */
const step = z.discriminatedUnion('step', [
  /** The absolute scale: one factor for the image. */
  z.strictObject({ step: z.literal('gain'), factor: factors }),
  /**
   * High-energy modes weaker (or stronger) than spin-wave theory has them: tiles above an energy,
   * drawn from `aboveMeV`, are multiplied by a factor, the change spread over `widthMeV`.
   */
  z.strictObject({
    step: z.literal('damping'),
    aboveMeV: factors,
    factor: factors,
    widthMeV: positive.default(10),
  }),
  /** Each row of tiles (incident energy), or each tile, times exp(spread * normal). */
  z.strictObject({
    step: z.literal('relative-gain'),
    per: z.enum(['row', 'tile']),
    spread: z.number().min(0).max(2),
  }),
  /** Remainder of a background subtraction: level * normal is added to each tile. */
  z.strictObject({ step: z.literal('background'), level: factors }),
  /**
   * Counting noise, normal: variance = constant^2 + counting * intensity, the constant times
   * exp(spread * normal) for each row of tiles.
   */
  z.strictObject({
    step: z.literal('noise'),
    constant: factors,
    counting: factors,
    spread: z.number().min(0).max(2).default(0),
  }),
  /** Bright single pixels: a part of all pixels gets an intensity drawn from a range. */
  z.strictObject({ step: z.literal('spikes'), part: probability, intensity: factors }),
  /** Shift of every tile by up to so many pixels along rows and columns; what is uncovered is 0. */
  z.strictObject({ step: z.literal('shift'), pixels: z.int().min(0).max(8) }),
  /**
   * The crystal turned about the beam: the pattern of every tile about its middle, by the same angle,
   * up to so many degrees to either side. Pixels are interpolated between their four neighbours; one
   * that needs a pixel without a detector, or one outside the tile, has none itself.
   */
  z.strictObject({ step: z.literal('rotate'), degrees: z.number().positive().max(45) }),
  /** Every tile mirrored top to bottom or left to right, with a probability each. */
  z.strictObject({ step: z.literal('mirror'), rows: probability, cols: probability }),
  /** Tiles without data: 0. */
  z.strictObject({ step: z.literal('drop-tiles'), part: probability }),
  /** Detectors that were off: so many rectangles of up to so many pixels a side, in every tile. */
  z.strictObject({
    step: z.literal('dead-areas'),
    count: z.int().min(0).max(100),
    size: z.int().min(1).max(100),
  }),
]);

export const augmentationSchema = z.strictObject({
  /** [rows, cols] of the image. */
  imageShape: z.tuple([z.int().min(1), z.int().min(1)]),
  /** [rows, cols] of a tile. */
  tile: z.tuple([z.int().min(1), z.int().min(1)]),
  /** Centre of each tile's energy slice, row by row; needed by `damping` only. */
  energiesMeV: z.array(z.number()).optional(),
  steps: z.array(step).max(32),
});

export type AugmentationSpec = z.infer<typeof augmentationSchema>;
export type AugmentationInput = z.input<typeof augmentationSchema>;
export type AugmentationStep = AugmentationSpec['steps'][number];

/** Throws `AUGMENTATION` with every problem. */
export function parseAugmentation(value: unknown): AugmentationSpec {
  const result = augmentationSchema.safeParse(value);
  if (!result.success) {
    throw problem(result.error.issues.map((i) => `${i.path.join('.')}: ${i.message}`).join('; '));
  }
  const spec = result.data;
  const [rows, cols] = [0, 1].map((i) => spec.imageShape[i]! / spec.tile[i]!) as [number, number];
  if (!Number.isInteger(rows) || !Number.isInteger(cols)) {
    throw problem(`tile: ${spec.tile.join(' x ')} does not divide ${spec.imageShape.join(' x ')}`);
  }
  const damped = spec.steps.some((s) => s.step === 'damping');
  if ((damped || spec.energiesMeV) && spec.energiesMeV?.length !== rows * cols) {
    const got = spec.energiesMeV?.length ?? 0;
    throw problem(`energiesMeV: ${got} energies for ${rows} x ${cols} tiles`);
  }
  return spec;
}

function problem(got: string): TrainingError {
  return new TrainingError({
    code: 'AUGMENTATION',
    what: 'the augmentation is not valid',
    where: 'augmentation',
    got,
  });
}
