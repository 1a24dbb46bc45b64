import { RecordBatchReader, type RecordBatch } from 'apache-arrow';
import { ShardCorrupt } from '../errors.js';
import { type DatasetLayout, imageLength } from '../dataset/layout.js';
import type { ShardEntry } from '../dataset/manifest.js';

/** A shard's columns; the images stay where they are in the file. */
export interface ShardContents {
  /** `[rows]`; index of the label in the data set's labels. */
  readonly labels: Int32Array;
  /** `[rows]` */
  readonly seeds: BigUint64Array;
  /** `[rows, parameters]`, row-major, in each parameter's unit; NaN for null. */
  readonly parameters: Float64Array;
  /** `[rows]`; byte of the file at which the row's image starts. */
  readonly imageOffsets: Float64Array;
}

/**
 * Reads the columns of a shard.
 * @param bytes the whole file, its sha256 already compared with the manifest's
 * @throws ShardCorrupt when it is not a shard of this data set (never for bytes this package wrote)
 */
export function readContents(
  bytes: Uint8Array,
  layout: Pick<DatasetLayout, 'labels' | 'parameters' | 'imageShape'>,
  shard: ShardEntry,
  path: string,
): ShardContents {
  const pixels = imageLength(layout);
  const corrupt = (got: string, expected: string, cause?: unknown) =>
    new ShardCorrupt(
      shard.name,
      { what: 'A shard is not one of this data set', where: path, got, expected },
      { cause },
    );
  let batches: RecordBatch[];
  try {
    batches = [...RecordBatchReader.from(bytes)];
  } catch (error) {
    throw corrupt((error as Error).message, 'an Arrow IPC file', error);
  }
  const width = layout.parameters.length;
  const contents = {
    labels: new Int32Array(shard.rows),
    seeds: new BigUint64Array(shard.rows),
    parameters: new Float64Array(shard.rows * width).fill(Number.NaN),
    imageOffsets: new Float64Array(shard.rows),
  };
  let done = 0;
  for (const batch of batches) {
    if (done + batch.numRows > shard.rows) break;
    const row = batch.getChild('row');
    const label = batch.getChild('label');
    const seed = batch.getChild('seed');
    const images = batch.getChild('image')?.data[0]?.children[0]?.values as unknown;
    if (
      !row ||
      !label ||
      !seed ||
      !(images instanceof Float32Array) ||
      images.length < batch.numRows * pixels ||
      images.buffer !== bytes.buffer
    ) {
      throw corrupt(
        `columns ${batch.schema.names.map(String).join(', ')}`,
        `row, label, seed and images of ${pixels} float32`,
      );
    }
    const columns = layout.parameters.map(({ name }) => batch.getChild(name));
    for (let i = 0; i < batch.numRows; i++) {
      const at = done + i;
      const classNumber = layout.labels.indexOf(label.get(i) as string);
      if (row.get(i) !== shard.firstRow + at || classNumber < 0) {
        throw corrupt(
          `row ${row.get(i)} with label ${label.get(i)}`,
          `row ${shard.firstRow + at}, one of ${layout.labels.join(', ')}`,
        );
      }
      contents.labels[at] = classNumber;
      contents.seeds[at] = seed.get(i) as bigint;
      columns.forEach((column, p) => {
        const value = column?.get(i) as number | null | undefined;
        if (value !== null && value !== undefined) contents.parameters[at * width + p] = value;
      });
      contents.imageOffsets[at] = images.byteOffset - bytes.byteOffset + 4 * i * pixels;
    }
    done += batch.numRows;
  }
  if (done !== shard.rows) throw corrupt(`${done} whole rows`, `${shard.rows} rows`);
  return contents;
}
