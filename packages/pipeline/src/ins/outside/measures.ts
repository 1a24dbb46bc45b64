import { PipelineError } from '../../errors.js';
import {
  type Augmentation,
  auprc,
  auroc,
  type BatchSource,
  calibratedProbabilities,
  type Calibration,
  type CalibrationError,
  calibrationError,
  classificationMetrics,
  type ClassificationMetrics,
  memorySource,
  predictSource,
  rejectionCurve,
  type RejectionPoint,
  type UncertaintyMethod,
  verdicts,
} from '@spectraloom/training';

/** How well one method tells one set of images from outside. */
export interface OutsideMeasure {
  readonly set: string;
  readonly what: string;
  readonly images: number;
  /** Outside is the positive class, unlikeness the score. */
  readonly auroc: number;
  readonly auprc: number;
  /** Part of the set that the verdict calls outside. */
  readonly refused: number;
  /** The same by each score alone, where the method has several. */
  readonly parts?: readonly PartMeasure[];
}

/** One score of several, alone. */
export interface PartMeasure {
  readonly name: string;
  readonly auroc: number;
  readonly refused: number;
}

/** What is known of one method, from images that had no part in fitting it. */
export interface MethodMeasures {
  readonly name: string;
  readonly scoreMeaning: string;
  readonly temperature: number;
  /** On the test images, after the temperature. */
  readonly metrics: ClassificationMetrics;
  /** ECE after it, beside what chance gives for so many images. */
  readonly calibration: CalibrationError;
  /** ECE and NLL before it. */
  readonly before: { readonly ece: number; readonly nll: number };
  /** Part of the test images called outside, and what it should be at most. */
  readonly falseAlarms: number;
  /** The same of the test images as simulated, without noise. */
  readonly falseAlarmsClean: number;
  readonly outsideBelow: number;
  /** Each score behind the likeness, where there are several: what it is, its own false alarms. */
  readonly parts?: readonly {
    readonly name: string;
    readonly meaning: string;
    readonly falseAlarms: number;
  }[];
  /** Sets of classes: level, part of test images whose label is in the set, mean size. */
  readonly conformal: {
    readonly alpha: number;
    readonly coverage: number;
    readonly coverageByClass: number;
    readonly meanSize: number;
    /** Where the coverage lies for 95 % of test sets of this size. */
    readonly bounds: readonly [number, number];
  };
  /** Accuracy of those answered, refusing the most unlike first. */
  readonly rejection: { readonly curve: readonly RejectionPoint[]; readonly area: number };
  readonly outside: readonly OutsideMeasure[];
}

export interface MeasureOptions {
  readonly method: UncertaintyMethod;
  readonly calibration: Calibration;
  /** Test images, inside. */
  readonly inside: BatchSource;
  readonly sets: readonly {
    readonly name: string;
    readonly what: string;
    readonly images: readonly Float32Array[];
    /** The images have their noise already: none is added. */
    readonly noisy?: boolean | undefined;
  }[];
  readonly augmentation?: Augmentation | undefined;
  readonly seed: number;
  readonly signal: AbortSignal;
}

/** Measures a fitted method on test images and on sets from outside, all with the same noise added. */
export async function measureMethod(options: MeasureOptions): Promise<MethodMeasures> {
  const { method, calibration, inside, sets, augmentation, seed, signal } = options;
  const pass = { ...(augmentation ? { augmentation } : {}), seed, signal };
  const output = await predictSource(method, inside, pass);
  const classes = method.classes.length;
  const { labels } = output;
  const probabilities = calibratedProbabilities(method, output, calibration);
  const metrics = classificationMetrics(probabilities, labels, classes);
  const uncalibrated = classificationMetrics(
    calibratedProbabilities(method, output, { temperature: 1 }),
    labels,
    classes,
  );
  const judged = verdicts(method, output, calibration);
  const name = (i: number): string => method.classes[labels[i]!]!;
  const part = (hits: readonly boolean[]): number => hits.filter(Boolean).length / hits.length;
  const coverage = part(judged.map((v, i) => v.set.includes(name(i))));
  const measured: OutsideMeasure[] = [];
  const clean = augmentation ? await predictSource(method, inside, { signal }) : output;
  for (const { name: set, what, images, noisy } of sets) {
    const source = imagesSource(images, method.imageShape);
    const outside = await predictSource(method, source, noisy ? { signal } : pass);
    const refused = verdicts(method, outside, calibration);
    const unlike = [...output.inDistribution, ...outside.inDistribution].map((s) => -s);
    const positive = unlike.map((_, i) => i >= output.inDistribution.length);
    measured.push({
      ...{ set, what, images: images.length },
      auroc: auroc(unlike, positive),
      // A sum of parts may pass 1 by rounding.
      auprc: Math.min(1, auprc(unlike, positive)),
      refused: part(refused.map((v) => v.outside)),
      ...(outside.parts && {
        parts: outside.parts.map(({ name: score, scores }, k) => ({
          name: score,
          auroc: auroc(
            [...output.parts![k]!.scores, ...scores].map((s) => -s),
            positive,
          ),
          refused: part(refused.map((v) => v.parts![k]!.pValue < calibration.outsideBelow)),
        })),
      }),
    });
  }
  const { alpha } = calibration.marginal;
  const right = judged.map((v, i) => v.called === name(i));
  return {
    name: method.name,
    scoreMeaning: method.scoreMeaning,
    temperature: calibration.temperature,
    metrics,
    calibration: calibrationError(probabilities, labels, classes),
    before: { ece: uncalibrated.ece, nll: uncalibrated.nll },
    falseAlarms: part(judged.map((v) => v.outside)),
    falseAlarmsClean: part(verdicts(method, clean, calibration).map((v) => v.outside)),
    ...(output.parts && {
      parts: output.parts.map(({ name: score, meaning }, k) => ({
        ...{ name: score, meaning },
        falseAlarms: part(judged.map((v) => v.parts![k]!.pValue < calibration.outsideBelow)),
      })),
    }),
    outsideBelow: calibration.outsideBelow,
    conformal: {
      alpha,
      coverage,
      coverageByClass: part(judged.map((v, i) => v.setByClass.includes(name(i)))),
      meanSize: judged.reduce((sum, v) => sum + v.set.length, 0) / judged.length,
      bounds: coverageBounds(1 - alpha, calibration.scores.length, judged.length),
    },
    rejection: rejectionCurve(output.inDistribution, right),
    outside: measured,
  };
}

/**
 * Where the coverage of n test images lies in 95 % of cases: mean level, variance of a Beta(k,
 * m + 1 - k) (m calibration images, k = ceil((m + 1) level)) and of the n draws from it; normal.
 */
export function coverageBounds(level: number, m: number, n: number): [number, number] {
  const k = Math.min(m, Math.ceil((m + 1) * level));
  const mean = k / (m + 1);
  const spread = (mean * (1 - mean)) / (m + 2) + (mean * (1 - mean)) / n;
  const reach = 1.96 * Math.sqrt(spread);
  return [Math.max(0, mean - reach), Math.min(1, mean + reach)];
}

function imagesSource(
  images: readonly Float32Array[],
  [rows, cols]: readonly [number, number],
): BatchSource {
  const pixels = rows * cols;
  const all = new Float32Array(images.length * pixels);
  images.forEach((image, i) => all.set(image, i * pixels));
  if (images.length === 0) {
    throw new PipelineError('STAGE_DAMAGED', {
      what: 'a set of images from outside is empty',
      next: 'run with --force outside',
    });
  }
  return memorySource({
    imageShape: [rows, cols],
    images: all,
    labels: new Int32Array(images.length),
  });
}
