import type { Network, Preprocessing } from '@spectraloom/models';
import {
  type Augmentation,
  checkLabels,
  checkSource,
  prepareBatch,
  type PreparedCache,
} from './batches/prepare.js';
import type { BatchSource } from './batches/source.js';
import { TrainingError } from './errors.js';
import { forwardLogits } from './fit/step.js';
import { probabilitiesOf, scoresOf } from './loss/classification.js';
import { classificationMetrics, type ClassificationMetrics } from './metrics/classification.js';

export interface EvaluateOptions {
  network: Network;
  preprocessing: Preprocessing;
  source: BatchSource;
  batchSize?: number;
  /** Divides the linear outputs first, see `fitTemperature`. */
  temperature?: number;
  /** Looks at changed images instead, with the random numbers of (seed, epoch, row). */
  augmentation?: Augmentation;
  seed?: number;
  epoch?: number;
  /** Prepared images are kept here, for another evaluation of the same source and settings. */
  cache?: PreparedCache;
  signal?: AbortSignal;
}

export interface Evaluation {
  metrics: ClassificationMetrics;
  /** Linear outputs [n, classes], before any temperature. */
  logits: Float32Array;
  /** [n, classes], rows sum to 1. */
  probabilities: Float64Array;
  labels: Int32Array;
  rows: Float64Array;
}

/** Runs a network over all images of a source, in their order, and measures it. */
export async function evaluate(options: EvaluateOptions): Promise<Evaluation> {
  const { network, preprocessing, source, batchSize = 32, signal } = options;
  const { temperature = 1, seed = 0, epoch = 0, augmentation } = options;
  checkSource('evaluate', source, preprocessing);
  const classes = network.options.classes.length;
  const logits = new Float32Array(source.length * classes);
  const labels = new Int32Array(source.length);
  const rows = new Float64Array(source.length);
  let done = 0;
  for await (const batch of source.batches({ batchSize, seed, epoch, shuffle: false })) {
    signal?.throwIfAborted();
    checkLabels('evaluate', batch, classes);
    const n = batch.labels.length;
    const inputs = prepareBatch(batch, {
      preprocessing,
      seed,
      epoch,
      ...(augmentation ? { augmentation } : {}),
      ...(options.cache ? { cache: options.cache } : {}),
    });
    logits.set(await forwardLogits(network, inputs, n, batchSize), done * classes);
    labels.set(Array.from(batch.labels), done);
    rows.set(Array.from(batch.rows), done);
    done += n;
  }
  const scaled = temperature === 1 ? logits : logits.map((z) => z / temperature);
  const probabilities = probabilitiesOf(network.head, scaled, classes);
  const metrics = classificationMetrics(probabilities, labels, classes);
  return { metrics, logits, probabilities, labels, rows };
}

export interface Prediction {
  /** The class with the highest score. */
  called: string;
  /** Linear outputs, one a class. */
  logits: number[];
  /** What the last layer gives, one a class: softmax, or each class's own sigmoid. */
  scores: number[];
  /** Scores made to sum to 1, after the temperature. */
  probabilities: number[];
}

/**
 * Classifies one raw image [rows * cols]. Throws `IMAGE_SIZE` for another size, `IMAGE_NOT_FINITE`,
 * and `OUTPUT_NOT_FINITE` where the outputs overflow.
 */
export async function predict(
  {
    network,
    preprocessing,
    temperature = 1,
  }: {
    network: Network;
    preprocessing: Preprocessing;
    temperature?: number;
  },
  image: Float32Array,
): Promise<Prediction> {
  const { classes } = network.options;
  const batch = { images: image, labels: [0], rows: [0] };
  const inputs = prepareBatch(batch, { preprocessing, seed: 0, epoch: 0 });
  const z = (await forwardLogits(network, inputs, 1, 1)).map((v) => v / temperature);
  if (!z.every(Number.isFinite)) {
    throw new TrainingError({
      code: 'OUTPUT_NOT_FINITE',
      what: 'the network gives no finite output for this image',
      where: network.name,
      got: z.join(', '),
      next: 'are the intensities in the unit of the training images?',
    });
  }
  const scores = [...scoresOf(network.head, z, classes.length)];
  return {
    called: classes[scores.indexOf(Math.max(...scores))]!,
    logits: [...z],
    scores,
    probabilities: [...probabilitiesOf(network.head, z, classes.length)],
  };
}
