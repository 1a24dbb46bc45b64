import { z } from 'zod';
import {
  conformalPValue,
  conformalSet,
  type ConformalSets,
  fitConformal,
} from '../calibration/conformal.js';
import { fitTemperature } from '../calibration/temperature.js';
import { TrainingError } from '../errors.js';
import { argMax } from '../metrics/classification.js';
import { probabilitiesOf } from '../loss/classification.js';
import type { SourceOutput, UncertaintyMethod, UncertaintyOutput } from './method.js';

/** What is fitted on images that neither trained nor chose the network. Plain data. */
export interface Calibration {
  /** Divides the outputs z, or sharpens the mean of an ensemble: p^(1/T), made to sum to 1. */
  temperature: number;
  /** Likeness of the calibration images, ascending. */
  scores: number[];
  /** The same for each of its parts, where a method has them. */
  parts?: { name: string; meaning: string; scores: number[] }[] | undefined;
  marginal: ConformalSets;
  byClass: ConformalSets;
  /** An image with a p-value of its likeness below this is outside. */
  outsideBelow: number;
}

const sets = z.strictObject({
  alpha: z.number().gt(0).lt(1),
  // JSON has no infinity: null stands for it.
  thresholds: z.array(
    z.union([z.number(), z.null(), z.literal(Infinity)]).transform((t) => t ?? Infinity),
  ),
});
const ascending = z
  .array(z.number())
  .min(1)
  .refine((s) => s.every((x, i) => i === 0 || s[i - 1]! <= x), 'scores must ascend');
export const calibrationSchema: z.ZodType<Calibration, unknown> = z.strictObject({
  temperature: z.number().positive(),
  scores: ascending,
  parts: z
    .array(z.strictObject({ name: z.string(), meaning: z.string(), scores: ascending }))
    .max(20)
    .optional(),
  marginal: sets,
  byClass: sets,
  outsideBelow: z.number().gt(0).lt(1),
});

export interface CalibrateOptions {
  /** Sets of classes miss the label this often; 0.1 if not given. */
  alpha?: number;
  /** Part of usual images that may be called outside; 0.01 if not given. */
  outsideBelow?: number;
}

/**
 * Fits temperature, conformal sets and the scale of likeness from what a method says of the
 * calibration images. Throws `CALIBRATION` when there are too few for `outsideBelow`: with n images
 * no p-value is below 1 / (n + 1).
 */
export function calibrate(
  method: Pick<UncertaintyMethod, 'classes' | 'head' | 'name'>,
  output: SourceOutput,
  { alpha = 0.1, outsideBelow = 0.01 }: CalibrateOptions = {},
): Calibration {
  const { labels } = output;
  const classes = method.classes.length;
  if (1 / (labels.length + 1) >= outsideBelow) {
    throw new TrainingError({
      code: 'CALIBRATION',
      what: 'there are too few images to call one outside at this level',
      where: `calibration of ${method.name}`,
      got: `${labels.length} images, outsideBelow ${outsideBelow}`,
      expected: `${Math.ceil(1 / outsideBelow)} images or more`,
      next: 'make the calibration split larger, or outsideBelow',
    });
  }
  const z = output.logits ?? output.probabilities.map((p) => Math.log(Math.max(p, 1e-30)));
  const head = output.logits ? method.head : 'softmax';
  const temperature = fitTemperature(head, z, labels, classes);
  const p = calibratedProbabilities(method, output, { temperature });
  return {
    temperature,
    scores: [...output.inDistribution].sort((a, b) => a - b),
    ...(output.parts && {
      parts: output.parts.map((p) => ({ ...p, scores: [...p.scores].sort((a, b) => a - b) })),
    }),
    marginal: fitConformal(p, labels, classes, alpha, 'marginal'),
    byClass: fitConformal(p, labels, classes, alpha, 'by-class'),
    outsideBelow,
  };
}

/** [n, classes] after the temperature; rows sum to 1. */
export function calibratedProbabilities(
  { classes, head }: Pick<UncertaintyMethod, 'classes' | 'head'>,
  output: UncertaintyOutput,
  { temperature }: Pick<Calibration, 'temperature'>,
): Float64Array {
  const { logits, probabilities } = output;
  const z = logits
    ? Float64Array.from(logits, (v) => v / temperature)
    : probabilities.map((p) => Math.log(Math.max(p, 1e-30)) / temperature);
  return probabilitiesOf(logits ? head : 'softmax', z, classes.length);
}

/** What is said of one image: a class, or that it is outside; with the numbers behind it. */
export interface Verdict {
  /** Name of the class, or `outsideVerdict`. */
  verdict: string;
  outside: boolean;
  /** The class that would be called, outside or not. */
  called: string;
  /** After the temperature, one a class. */
  probabilities: number[];
  /** Likeness to the training images, in the method's own scale; the higher the more alike. */
  score: number;
  /**
   * Part of usual images that are as unlike or more: (1 + number of calibration images with a score
   * <= this one's) / (n + 1).
   */
  pValue: number;
  /** p-values below this are outside. */
  outsideBelow: number;
  /** Classes that cannot be ruled out at the level of the conformal sets. */
  set: string[];
  setByClass: string[];
  alpha: number;
  /** Each score behind the likeness with its own p-value, where a method has several. */
  parts?: PartVerdict[];
  /** The part that `score` is: what refused the image, where it is outside. */
  because?: string;
}

/** One score of several. */
export interface PartVerdict {
  name: string;
  meaning: string;
  /** Likeness by this score alone, in units in which the parts compare. */
  score: number;
  /** Of this score alone: the verdict is by that of the worst of all. */
  pValue: number;
}

export const outsideVerdict = 'outside what I was trained on';

/** The verdict of a calibrated method on each image. */
export function verdicts(
  method: Pick<UncertaintyMethod, 'classes' | 'head'>,
  output: UncertaintyOutput,
  calibration: Calibration,
): Verdict[] {
  const { classes } = method;
  const count = classes.length;
  const p = calibratedProbabilities(method, output, calibration);
  return Array.from(output.inDistribution, (score, i) => {
    const probabilities = [...p.subarray(i * count, (i + 1) * count)];
    const called = classes[argMax(p, i * count, count)]!;
    const pValue = conformalPValue(calibration.scores, score);
    const outside = !(pValue >= calibration.outsideBelow);
    const named = (s: ConformalSets) => conformalSet(s, probabilities).map((c) => classes[c]!);
    return {
      verdict: outside ? outsideVerdict : called,
      ...{ outside, called, probabilities, score, pValue },
      outsideBelow: calibration.outsideBelow,
      set: named(calibration.marginal),
      setByClass: named(calibration.byClass),
      alpha: calibration.marginal.alpha,
      ...partsOf(output, calibration, i),
    };
  });
}

function partsOf(
  output: UncertaintyOutput,
  calibration: Calibration,
  i: number,
): Pick<Verdict, 'parts' | 'because'> {
  if (!output.parts || !calibration.parts) return {};
  const parts = output.parts.map(({ name, meaning, scores }, k) => ({
    ...{ name, meaning, score: scores[i]! },
    pValue: conformalPValue(calibration.parts![k]!.scores, scores[i]!),
  }));
  const worst = parts.reduce((a, b) => (b.score < a.score ? b : a));
  return { parts, because: worst.name };
}
