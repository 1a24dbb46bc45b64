import { epochOrder } from '@spectraloom/sampling';
import { TrainingError } from '../errors.js';
import type { Batch, BatchRequest, BatchSource } from './source.js';

/**
 * A batch source over arrays that are in memory already. `rows` are the images' numbers in their
 * dataset; 0 .. n-1 if not given. Throws `BATCH_SOURCE` where the sizes do not fit each other.
 */
export function memorySource(data: {
  imageShape: readonly [number, number];
  images: Float32Array;
  labels: ArrayLike<number>;
  rows?: ArrayLike<number>;
}): BatchSource {
  const { imageShape, images, labels } = data;
  const pixels = imageShape[0] * imageShape[1];
  const length = labels.length;
  const rows = data.rows ?? Int32Array.from({ length }, (_, i) => i);
  if (images.length !== length * pixels || rows.length !== length) {
    throw new TrainingError({
      code: 'BATCH_SOURCE',
      what: 'images, labels and rows do not belong together',
      where: 'memorySource',
      got: `${images.length} pixels, ${length} labels, ${rows.length} rows`,
      expected: `${length} images of ${imageShape.join(' x ')} pixels`,
    });
  }
  return {
    length,
    imageShape,
    async *batches({ batchSize, seed, epoch, shuffle }: BatchRequest): AsyncIterable<Batch> {
      const order = shuffle ? epochOrder('memory', seed, epoch, length) : (i: number) => i;
      for (let start = 0; start < length; start += batchSize) {
        const n = Math.min(batchSize, length - start);
        const chosen = Array.from({ length: n }, (_, i) => order(start + i));
        const batch = new Float32Array(n * pixels);
        chosen.forEach((row, i) =>
          batch.set(images.subarray(row * pixels, (row + 1) * pixels), i * pixels),
        );
        yield {
          images: batch,
          labels: Int32Array.from(chosen, (i) => labels[i]!),
          rows: Int32Array.from(chosen, (i) => rows[i]!),
        };
      }
    },
  };
}

/** All images of a source, in the order of the dataset, kept in memory. */
export async function loadIntoMemory(source: BatchSource): Promise<BatchSource> {
  const pixels = source.imageShape[0] * source.imageShape[1];
  const images = new Float32Array(source.length * pixels);
  const labels: number[] = [];
  const rows: number[] = [];
  const request = { batchSize: 32, seed: 0, epoch: 0, shuffle: false };
  for await (const batch of source.batches(request)) {
    images.set(batch.images, labels.length * pixels);
    labels.push(...Array.from(batch.labels));
    rows.push(...Array.from(batch.rows));
  }
  return memorySource({ imageShape: source.imageShape, images, labels, rows });
}
