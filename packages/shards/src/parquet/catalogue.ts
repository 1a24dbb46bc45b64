import { join } from 'node:path';
import { type DatasetLayout, type DatasetRow, shardRange } from '../dataset/layout.js';
import { parquetColumns, parquetMetadata, type ParquetRow, parquetSchema } from './columns.js';
import { openParquet } from './file.js';

/** Name of the catalogue in a data set's folder. */
export const catalogueName = 'catalog.parquet';

/** The catalogue's file, for the manifest. */
export interface CatalogueEntry {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

const rowGroup = 65_536;

/**
 * Writes the catalogue of a data set: its rows without their images, for DuckDB, pandas, Polars.
 * @param rows all rows in order
 * @throws ShardsError DISK_FULL, NOT_WRITABLE, IO; nothing is left of a catalogue half written
 */
export function writeCatalogue(
  folder: string,
  layout: DatasetLayout,
  rows: Iterable<DatasetRow>,
): CatalogueEntry {
  const extras = { shard: true };
  const file = openParquet(
    join(folder, catalogueName),
    parquetSchema(layout, extras),
    parquetMetadata(layout, extras),
  );
  try {
    let group: ParquetRow[] = [];
    for (const row of rows) {
      const index = Math.floor(row.row / layout.rowsPerShard);
      group.push({ ...row, shard: shardRange(layout, index).name });
      if (group.length === rowGroup) {
        file.write(parquetColumns(layout, extras, group));
        group = [];
      }
    }
    if (group.length > 0) file.write(parquetColumns(layout, extras, group));
    return { name: catalogueName, ...file.finish() };
  } catch (error) {
    file.abort();
    throw error;
  }
}
