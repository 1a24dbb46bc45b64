import { canonicalJson } from '@spectraloom/sampling';
import type { KeyValue, SchemaElement } from 'hyparquet';
import type { ColumnSource } from 'hyparquet-writer';
import { type DatasetLayout, type DatasetRow, imageLength } from '../dataset/layout.js';

/** What is written of a row. */
export interface ParquetRow extends DatasetRow {
  /** File that holds its image. */
  readonly shard?: string;
  /** `[...imageShape]`, row-major. */
  readonly image?: Float32Array;
}

/** Columns beside row, label, seed and the parameters. */
export interface ParquetExtras {
  readonly shard?: boolean;
  readonly image?: boolean;
}

/**
 * The Parquet schema: row (uint32), label (string), seed (uint64), one double a parameter (null where
 * the model has it not), shard (string), image (bytes: little-endian float32, row-major). Only what
 * every reader knows: no nesting, no logical type beyond the old converted ones.
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
    columns.push({ name: 'image', type: 'BYTE_ARRAY', repetition_type: 'REQUIRED' });
  }
  return [{ name: 'root', num_children: columns.length }, ...columns];
}

/** The rows as columns, in the schema's order. Images are not copied. */
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
    ...(extras.image
      ? [
          {
            name: 'image',
            encoding,
            statistics: false,
            data: rows.map((row) => bytesOf(row.image)),
          },
        ]
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

function bytesOf(image: Float32Array | undefined): Uint8Array {
  return image
    ? new Uint8Array(image.buffer, image.byteOffset, image.byteLength)
    : new Uint8Array(0);
}
