import {
  NetworkError,
  type Preprocessing,
  preprocessedShape,
  preprocessImage,
} from '@spectraloom/models';
import { TrainingError } from '../errors.js';
import { Random } from '../random.js';
import type { Batch, BatchSource } from './source.js';

/**
 * Changes one raw image in place, before preprocessing. `random` is seeded by (seed, epoch, row),
 * so that an image's fate does not depend on the batch it comes in.
 */
export type Augmentation = (image: Float32Array, random: Random) => void;

/** Prepared images by (epoch, row), for those that are wanted again. */
export type PreparedCache = Map<string, Float32Array>;

export interface PrepareOptions {
  preprocessing: Preprocessing;
  augmentation?: Augmentation;
  seed: number;
  epoch: number;
  /**
   * Only so many of the images are augmented (0 to 1), chosen by (seed, this epoch, row); all where
   * it is not given.
   */
  part?: { readonly augmented: number; readonly epoch: number };
  /** Looked into first, and filled. */
  cache?: PreparedCache;
}

/** Augments and preprocesses a batch: [n, rows, cols, channels]. */
export function prepareBatch(batch: Batch, options: PrepareOptions): Float32Array {
  const { preprocessing, augmentation, seed, epoch, cache } = options;
  const pixels = preprocessing.imageShape[0] * preprocessing.imageShape[1];
  const size = preprocessedShape(preprocessing).reduce((product, n) => product * n, 1);
  const n = batch.labels.length;
  const out = new Float32Array(n * size);
  const changed = augmentation ? new Float32Array(pixels) : undefined;
  for (let i = 0; i < n; i++) {
    const row = batch.rows[i]!;
    const change = augmentation !== undefined && isAugmented(options, row);
    const key = change || !augmentation ? `${epoch}/${row}` : `as it is/${row}`;
    const kept = cache?.get(key);
    if (kept) {
      out.set(kept, i * size);
      continue;
    }
    let image = batch.images.subarray(i * pixels, (i + 1) * pixels);
    if (change && changed) {
      changed.set(image);
      image = changed;
      augmentation(image, new Random(seed, epoch, row));
    }
    const ready = preprocessed(preprocessing, image, row);
    cache?.set(key, ready);
    out.set(ready, i * size);
  }
  return out;
}

function isAugmented({ part, seed }: PrepareOptions, row: number): boolean {
  if (!part || part.augmented >= 1) return true;
  // One word more than the stream of the augmentation itself, which it must not be.
  return new Random(seed, part.epoch, row, 1).uniform() < part.augmented;
}

function preprocessed(spec: Preprocessing, image: Float32Array, row: number): Float32Array {
  try {
    return preprocessImage(spec, image);
  } catch (cause) {
    if (!(cause instanceof NetworkError)) throw cause;
    const { code, what, where, got, expected } = cause;
    throw new TrainingError({
      code,
      what,
      where: `image of row ${row}${where ? `, ${where}` : ''}`,
      ...(got === undefined ? {} : { got }),
      ...(expected === undefined ? {} : { expected }),
      cause,
    });
  }
}

/** Preprocesses raw images [count, rows * cols] that are of no data set: [count, rows', ...]. */
export function prepareImages(
  preprocessing: Preprocessing,
  images: Float32Array,
  count: number,
): Float32Array {
  const rows = Array.from({ length: count }, (_, i) => i);
  return prepareBatch({ images, labels: rows, rows }, { preprocessing, seed: 0, epoch: 0 });
}

/** Throws `BATCH_SOURCE` when a source is empty or its images are not those of the preprocessing. */
export function checkSource(
  name: string,
  source: BatchSource,
  preprocessing: { readonly imageShape: readonly [number, number] },
): void {
  const problem = (what: string, got: string, expected: string) =>
    new TrainingError({ code: 'BATCH_SOURCE', what, where: name, got, expected });
  if (source.length < 1) throw problem('there are no images', '0', 'at least one');
  const [rows, cols] = source.imageShape;
  const [r, c] = preprocessing.imageShape;
  if (rows !== r || cols !== c) {
    throw problem('the images have another size', `${rows} x ${cols}`, `${r} x ${c}`);
  }
}

/** Throws `LABEL` when a label is no class of the network. */
export function checkLabels(name: string, batch: Batch, classes: number): void {
  for (let i = 0; i < batch.labels.length; i++) {
    const label = batch.labels[i]!;
    if (Number.isInteger(label) && label >= 0 && label < classes) continue;
    throw new TrainingError({
      code: 'LABEL',
      what: `the label of row ${batch.rows[i]} is no class of the network`,
      where: name,
      got: String(label),
      expected: `a whole number from 0 to ${classes - 1}`,
    });
  }
}
