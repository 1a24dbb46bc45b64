import { type Preprocessing, preprocessImage } from '@spectraloom/models';
import { type Augmentation, type BatchSource, Random } from '@spectraloom/training';

/** Images ready for a network, one behind the other. */
export interface Prepared {
  /** [count, rows, cols, channels]. */
  readonly inputs: Float32Array;
  readonly labels: Int32Array;
  /** Row of each in its data set; the place in a list of images. */
  readonly rows: Float64Array;
  readonly count: number;
}

export interface PrepareOptions {
  readonly augmentation?: Augmentation | undefined;
  /** Of the augmentation: with the image's row it decides what happens to it. */
  readonly seed?: number;
  /** At most so many, the first of the source. */
  readonly limit?: number;
}

/** Augments and preprocesses the images of a source, in its order. */
export async function prepareSource(
  source: BatchSource,
  preprocessing: Preprocessing,
  options: PrepareOptions = {},
): Promise<Prepared> {
  const { augmentation, seed = 0, limit = Infinity } = options;
  const parts: Float32Array[] = [];
  const labels: number[] = [];
  const rows: number[] = [];
  const request = { batchSize: 32, seed: 0, epoch: 0, shuffle: false };
  for await (const batch of source.batches(request)) {
    const n = Math.min(batch.labels.length, limit - parts.length);
    const pixels = batch.images.length / batch.labels.length;
    for (let i = 0; i < n; i++) {
      const raw = batch.images.subarray(i * pixels, (i + 1) * pixels);
      parts.push(prepareOne(raw, preprocessing, augmentation, seed, batch.rows[i]!));
      labels.push(batch.labels[i]!);
      rows.push(batch.rows[i]!);
    }
    if (parts.length >= limit) break;
  }
  return {
    inputs: joined(parts),
    labels: Int32Array.from(labels),
    rows: Float64Array.from(rows),
    count: parts.length,
  };
}

/** The same for images in memory; their place in the list stands for the row, label 0 for all. */
export function prepareImages(
  images: readonly Float32Array[],
  preprocessing: Preprocessing,
  { augmentation, seed = 0 }: PrepareOptions = {},
): Prepared {
  const parts = images.map((raw, i) => prepareOne(raw, preprocessing, augmentation, seed, i));
  return {
    inputs: joined(parts),
    labels: new Int32Array(images.length),
    rows: Float64Array.from(images.keys()),
    count: images.length,
  };
}

function prepareOne(
  raw: Float32Array,
  preprocessing: Preprocessing,
  augmentation: Augmentation | undefined,
  seed: number,
  row: number,
): Float32Array {
  if (!augmentation) return preprocessImage(preprocessing, raw);
  const image = raw.slice();
  augmentation(image, new Random(seed, 1, row));
  return preprocessImage(preprocessing, image);
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(parts.reduce((sum, p) => sum + p.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
