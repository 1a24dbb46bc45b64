import type { DatasetReader } from '../dataset/reader.js';
import { imageLength } from '../dataset/layout.js';
import { parquetColumns, parquetMetadata, type ParquetRow, parquetSchema } from './columns.js';
import { openParquet } from './file.js';

/** A way to stop an export, and to see it go on. */
export interface ExportOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: { rows: number; of: number }) => void;
}

/**
 * Writes a whole data set, images included, to one Parquet file: a row group a shard, an image as
 * a list of float32 (row-major; the shape is in the file's metadata). Every shard is verified.
 * @returns size and sha256 of the file
 * @throws ShardCorrupt, ShardsError; the signal's reason when aborted; no file is left then
 */
export async function exportParquet(
  reader: DatasetReader,
  path: string,
  options: ExportOptions = {},
): Promise<{ bytes: number; sha256: string }> {
  const { manifest } = reader;
  const extras = { image: true };
  const pixels = imageLength(manifest);
  const width = manifest.parameters.length;
  const file = openParquet(
    path,
    parquetSchema(manifest, extras),
    parquetMetadata(manifest, extras),
  );
  try {
    for (const { firstRow, rows: count } of manifest.shards) {
      options.signal?.throwIfAborted();
      const batch = await reader.read(Array.from({ length: count }, (_, i) => firstRow + i));
      const rows = Array.from({ length: count }, (_, i): ParquetRow => {
        const parameters: Record<string, number> = {};
        manifest.parameters.forEach(({ name }, p) => {
          const value = batch.parameters[i * width + p]!;
          if (!Number.isNaN(value)) parameters[name] = value;
        });
        return {
          row: batch.rows[i]!,
          label: manifest.labels[batch.labels[i]!]!,
          seed: batch.seeds[i]!,
          parameters,
        };
      });
      file.write(parquetColumns(manifest, extras, rows), {
        name: 'image',
        length: pixels,
        values: batch.images,
      });
      options.onProgress?.({ rows: firstRow + count, of: manifest.rows });
    }
    return file.finish();
  } catch (error) {
    file.abort();
    throw error;
  }
}
