/** Some images with their labels, as they lie in the shards: nothing preprocessed. */
export interface Batch {
  /** [n, rows * cols], row-major, raw intensities; exactly 0 where there is no detector. */
  images: Float32Array;
  /** [n] index of the class. */
  labels: ArrayLike<number>;
  /** [n] row in the dataset's plan: names an image in messages and seeds its augmentation. */
  rows: ArrayLike<number>;
}

export interface BatchRequest {
  batchSize: number;
  /** The order is a function of (seed, epoch) and of the dataset, of nothing else. */
  seed: number;
  epoch: number;
  /** False: in the order of the dataset. */
  shuffle: boolean;
}

/** Where images come from: shards on disk, or arrays in memory. */
export interface BatchSource {
  /** Images in one pass. */
  readonly length: number;
  readonly imageShape: readonly [number, number];
  /** One pass over all images; the last batch may be smaller. */
  batches(request: BatchRequest): AsyncIterable<Batch>;
}
