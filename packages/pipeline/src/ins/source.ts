import type { DatasetReader } from '@spectraloom/shards';
import type { BatchSource } from '@spectraloom/training';

/** One split of a data set on disk as what a training reads from. */
export function splitSource(
  reader: DatasetReader,
  split: 'train' | 'validation' | 'calibration' | 'test',
  signal?: AbortSignal,
): BatchSource {
  const [rows, columns] = reader.manifest.imageShape as [number, number];
  return {
    length: reader.rowsOf(split).length,
    imageShape: [rows, columns],
    batches: ({ batchSize, seed, epoch, shuffle }) =>
      reader.epoch({ split, batchSize, seed, epoch, shuffle, ...(signal ? { signal } : {}) }),
  };
}
