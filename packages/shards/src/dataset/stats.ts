import { imageLength } from './layout.js';
import type { DatasetReader } from './reader.js';

/** Extremes and moments of some numbers. */
export interface Moments {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** Of the population. */
  readonly sd: number;
}

/** Numbers that describe a data set, by label. */
export interface DatasetStats {
  readonly rows: number;
  readonly byLabel: Readonly<
    Record<
      string,
      {
        readonly rows: number;
        /** Over all pixels of the label's images, zeros included. */
        readonly pixels: Moments;
        /** Share of pixels that are exactly 0 (masked, or empty). */
        readonly zeroFraction: number;
        readonly parameters: Readonly<Record<string, Moments & { readonly unit: string }>>;
      }
    >
  >;
}

/** Sums that make moments; the mean is updated as it goes, so large counts lose nothing (Welford). */
class Accumulator {
  #count = 0;
  #min = Infinity;
  #max = -Infinity;
  #mean = 0;
  #squares = 0;

  add(value: number): void {
    this.#count++;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
    const delta = value - this.#mean;
    this.#mean += delta / this.#count;
    this.#squares += delta * (value - this.#mean);
  }

  get moments(): Moments {
    const sd = Math.sqrt(this.#squares / Math.max(1, this.#count));
    return { count: this.#count, min: this.#min, max: this.#max, mean: this.#mean, sd };
  }
}

/**
 * Statistics of a data set, every row read and verified.
 * @throws ShardCorrupt, ShardsError; the signal's reason when aborted
 */
export async function datasetStats(
  reader: DatasetReader,
  options: { signal?: AbortSignal; onProgress?: (done: { rows: number; of: number }) => void } = {},
): Promise<DatasetStats> {
  const { manifest } = reader;
  const pixels = imageLength(manifest);
  const width = manifest.parameters.length;
  const labels = manifest.labels.map(() => ({
    rows: 0,
    zeros: 0,
    pixels: new Accumulator(),
    parameters: manifest.parameters.map(() => new Accumulator()),
  }));
  for (const { firstRow, rows } of manifest.shards) {
    options.signal?.throwIfAborted();
    const batch = await reader.read(Array.from({ length: rows }, (_, i) => firstRow + i));
    for (let i = 0; i < rows; i++) {
      const label = labels[batch.labels[i]!]!;
      label.rows++;
      for (let at = i * pixels; at < (i + 1) * pixels; at++) {
        const value = batch.images[at]!;
        if (value === 0) label.zeros++;
        label.pixels.add(value);
      }
      for (let p = 0; p < width; p++) {
        const value = batch.parameters[i * width + p]!;
        if (!Number.isNaN(value)) label.parameters[p]!.add(value);
      }
    }
    options.onProgress?.({ rows: firstRow + rows, of: manifest.rows });
  }
  const byLabel = Object.fromEntries(
    labels.map((label, index) => {
      const parameters = manifest.parameters.flatMap(({ name, unit }, p) => {
        const { moments } = label.parameters[p]!;
        return moments.count > 0 ? [[name, { ...moments, unit }] as const] : [];
      });
      return [
        manifest.labels[index]!,
        {
          rows: label.rows,
          pixels: label.pixels.moments,
          zeroFraction: label.zeros / Math.max(1, label.rows * pixels),
          parameters: Object.fromEntries(parameters),
        },
      ];
    }),
  );
  return { rows: manifest.rows, byLabel };
}
