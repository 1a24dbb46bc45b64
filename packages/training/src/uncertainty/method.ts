import type { Network } from '@spectraloom/models';
import { type Augmentation, checkLabels, checkSource } from '../batches/prepare.js';
import type { BatchSource } from '../batches/source.js';
import { Random } from '../random.js';

/** What a method says of n images. */
export interface UncertaintyOutput {
  /** [n, classes], rows sum to 1, before any temperature. */
  probabilities: Float64Array;
  /** [n]: the higher, the more like the training images. The scale is the method's own. */
  inDistribution: Float64Array;
  /** [n, classes] outputs z that `head` turns into the probabilities, where there is one network. */
  logits?: Float32Array;
  /** Scores that `inDistribution` is the worst of, where there are several; [n] each. */
  parts?: { name: string; meaning: string; scores: Float64Array }[];
}

/**
 * A way to classify images and to say how much they are like the training images. Fitted already;
 * its networks are their maker's to dispose.
 */
export interface UncertaintyMethod {
  /** softmax, ddu, ddu-bounded, duq, ensemble, denoiser, subspace */
  readonly name: string;
  /** What `inDistribution` is, in words, with its formula. */
  readonly scoreMeaning: string;
  readonly classes: readonly string[];
  readonly head: Network['head'];
  /** [rows, cols] of a raw image. */
  readonly imageShape: readonly [number, number];
  /**
   * @param images raw images [count, rows * cols], as in the shards; exactly 0 without a detector
   * @param batchSize images a pass takes at once; 32 if not given
   */
  predict(images: Float32Array, count: number, batchSize?: number): Promise<UncertaintyOutput>;
}

export interface SourceOutput extends UncertaintyOutput {
  labels: Int32Array;
  rows: Float64Array;
}

/** Options of a pass over images. */
export interface PassOptions {
  batchSize?: number;
  /** Changes the images first, with the random numbers of (seed, 0, row). */
  augmentation?: Augmentation;
  seed?: number;
  signal?: AbortSignal;
}

/** What a method says of all images of a source, in their order. */
export async function predictSource(
  method: UncertaintyMethod,
  source: BatchSource,
  { batchSize = 32, augmentation, seed = 0, signal }: PassOptions = {},
): Promise<SourceOutput> {
  const where = `images for ${method.name}`;
  checkSource(where, source, { imageShape: method.imageShape });
  const classes = method.classes.length;
  const pixels = method.imageShape[0] * method.imageShape[1];
  const n = source.length;
  const all: SourceOutput = {
    probabilities: new Float64Array(n * classes),
    inDistribution: new Float64Array(n),
    labels: new Int32Array(n),
    rows: new Float64Array(n),
  };
  const logits = new Float32Array(n * classes);
  let hasLogits = true;
  let done = 0;
  for await (const batch of source.batches({ batchSize, seed, epoch: 0, shuffle: false })) {
    signal?.throwIfAborted();
    checkLabels(where, batch, classes);
    const count = batch.labels.length;
    const images = augmentation ? batch.images.slice() : batch.images;
    for (let i = 0; augmentation && i < count; i++) {
      const image = images.subarray(i * pixels, (i + 1) * pixels);
      augmentation(image, new Random(seed, 0, batch.rows[i]!));
    }
    const out = await method.predict(images, count, batchSize);
    all.probabilities.set(out.probabilities, done * classes);
    all.inDistribution.set(out.inDistribution, done);
    all.parts ??= out.parts?.map((p) => ({ ...p, scores: new Float64Array(n) }));
    out.parts?.forEach(({ scores }, k) => all.parts![k]!.scores.set(scores, done));
    if (out.logits) logits.set(out.logits, done * classes);
    else hasLogits = false;
    all.labels.set(Array.from(batch.labels), done);
    all.rows.set(Array.from(batch.rows), done);
    done += count;
  }
  return { ...all, ...(hasLogits ? { logits } : {}) };
}
