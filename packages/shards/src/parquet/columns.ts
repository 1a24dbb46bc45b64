import { canonicalJson } from '@spectraloom/sampling';
import type { KeyValue, SchemaElement } from 'hyparquet';
import type { ColumnSource } from 'hyparquet-writer';
import { type DatasetLayout, type DatasetRow, imageLength } from '../dataset/layout.js';

/** What is written of a row. */
export interface ParquetRow extends DatasetRow {
  /** File that holds its image. */
  readonly shard?: string;
}

/** Columns beside row, label, seed and the parameters. */
export interface ParquetExtras {
  readonly shard?: boolean;
  readonly image?: boolean;
}

/**
 * The Parquet schema: row (uint32), label (string), seed (uint64), one double a parameter (null where
 * the model has it not), shard (string), image (`repeated float`: a list of float32, row-major). Only
 * what every reader knows: no logical type beyond the old converted ones. A bare repeated field is a
 * list of numbers in pyarrow, DuckDB, hyparquet and parquetjs-lite alike; the three-level LIST would be
 * an object a pixel in parquetjs-lite.
 */
export function parquetSchema(layout: DatasetLayout, extras: ParquetExtras): SchemaElement[] {
  const columns: SchemaElement[] = [
    { name: 'row', type: 'INT32', converted_type: 'UINT_32', repetition_type: 'REQUIRED' },
    { name: 'label', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
    { name: 'seed', type: 'INT64', converted_type: 'UINT_64', repetition_type: 'REQUIRED' },
    ...layout.parameters.map(({ name }): SchemaElement => ({
      name,
      type: 'DOUBLE',
      repetition_type: 'OPTIONAL',
    })),
  ];
  if (extras.shard) {
    columns.push({
      name: 'shard',
      type: 'BYTE_ARRAY',
      converted_type: 'UTF8',
      repetition_type: 'REQUIRED',
    });
  }
  if (extras.image) {
    columns.push({ name: 'image', type: 'FLOAT', repetition_type: 'REPEATED' });
  }
  return [{ name: 'root', num_children: columns.length }, ...columns];
}

/** The rows as columns, in the schema's order, but the images. */
export function parquetColumns(
  layout: DatasetLayout,
  extras: ParquetExtras,
  rows: readonly ParquetRow[],
): ColumnSource[] {
  // Dictionaries are left out: not every reader knows them with version 2 pages.
  const encoding = 'PLAIN' as const;
  return [
    { name: 'row', encoding, data: Int32Array.from(rows, (row) => row.row | 0) },
    { name: 'label', encoding, data: rows.map((row) => row.label) },
    { name: 'seed', encoding, data: rows.map((row) => row.seed) },
    ...layout.parameters.map(({ name }): ColumnSource => ({
      name,
      encoding,
      data: rows.map((row) => row.parameters[name] ?? null),
    })),
    ...(extras.shard
      ? [{ name: 'shard', encoding, data: rows.map((row) => row.shard ?? '') }]
      : []),
  ];
}

/** What the rows are: goes into the file's own metadata. */
export function parquetMetadata(layout: DatasetLayout, extras: ParquetExtras): KeyValue[] {
  const units = Object.fromEntries(layout.parameters.map(({ name, unit }) => [name, unit]));
  const facts: Record<string, unknown> = {
    planId: layout.planId,
    labels: layout.labels,
    units,
    provenance: layout.provenance,
    ...(extras.image && {
      image: { dtype: '<f4', order: 'C', shape: layout.imageShape, pixels: imageLength(layout) },
    }),
  };
  return Object.entries(facts).map(([key, value]) => ({
    key: `spectraloom.${key}`,
    value: typeof value === 'string' ? value : canonicalJson(value),
  }));
}
