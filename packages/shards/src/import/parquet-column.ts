import { type FileHandle, open } from 'node:fs/promises';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import {
  type AsyncBuffer,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
} from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { ShardsError } from '../errors.js';
import type { Column } from './column.js';

type Pick = <T>(columns: ReadonlyMap<string, T>, name: string | undefined, file: string) => T;

/** No codec packs better than this: a larger claim of a file is not believed. */
const bestRatio = 1100;

/**
 * A column of a Parquet file: numbers and texts are read at once, images (lists of numbers, or bytes:
 * little-endian float32) row group by row group.
 * @throws ShardsError IMPORT_INVALID
 */
export async function parquetColumn(
  path: string,
  name: string | undefined,
  where: string,
  pick: Pick,
): Promise<Column> {
  const handle = await open(path, 'r');
  const { size } = await handle.stat();
  await handle.close();
  const file = bufferOf(path, size);
  const metadata = await understood(where, () => parquetMetadataAsync(file));
  const names = parquetSchema(metadata).children.map((child) => child.element.name);
  pick(new Map(names.map((n) => [n, n])), name, path);
  const groups = groupsOf(metadata, name!, size, where);
  await checkPages(file, metadata, name!, where);
  const read = async (rowStart: number, rowEnd: number): Promise<unknown[]> => {
    const rows = await understood(where, () =>
      parquetReadObjects({
        file,
        metadata,
        columns: [name!],
        rowStart,
        rowEnd,
        // Bytes without a text type are pixels; by default they would become texts.
        utf8: false,
        compressors: {
          GZIP: (bytes, length) => gunzipSync(bytes, { maxOutputLength: Math.max(1, length) }),
          BROTLI: (bytes, length) =>
            brotliDecompressSync(bytes, { maxOutputLength: Math.max(1, length) }),
        },
      }),
    );
    if (rows.length !== rowEnd - rowStart) {
      throw unreadable(where, `${rows.length} rows`, `${rowEnd - rowStart} rows`);
    }
    return rows.map((row) => row[name!]);
  };
  const rows = groups.at(-1)?.end ?? 0;
  const first = rows > 0 ? imageOf((await read(0, 1))[0], where) : undefined;
  return first
    ? imageColumn(groups, rows, first.length, read, where)
    : plainColumn(await read(0, rows), where);
}

interface Group {
  readonly start: number;
  readonly end: number;
}

/** Row groups, their claims compared with the file before anything is allocated for them. */
function groupsOf(metadata: FileMetaData, name: string, size: number, where: string): Group[] {
  const groups: Group[] = [];
  let start = 0;
  for (const { num_rows, columns } of metadata.row_groups) {
    const rows = Number(num_rows);
    const chunk = columns.find(({ meta_data }) => meta_data?.path_in_schema[0] === name)?.meta_data;
    const packed = Number(chunk?.total_compressed_size ?? 0);
    const unpacked = Number(chunk?.total_uncompressed_size ?? 0);
    const values = Number(chunk?.num_values ?? 0);
    if (
      !(rows >= 0 && packed <= size && unpacked <= (packed + 1024) * bestRatio) ||
      // Levels and dictionary indices are packed too, to no less than a bit in 64 values of a run.
      !(rows <= values && values <= (unpacked + 1024) * 2048)
    ) {
      throw unreadable(
        where,
        `a row group of ${rows} rows, ${values} values, ${packed} bytes packed, ${unpacked} unpacked`,
        `sizes that fit a file of ${size} bytes`,
      );
    }
    groups.push({ start, end: start + rows });
    start += rows;
  }
  return groups;
}

/**
 * Walks over the page headers of a column: whole pages, each with values, one behind the other. On
 * others hyparquet 1.31 may never come to an end.
 */
async function checkPages(
  file: AsyncBuffer,
  metadata: FileMetaData,
  name: string,
  where: string,
): Promise<void> {
  for (const { columns } of metadata.row_groups) {
    for (const { meta_data } of columns) {
      if (meta_data?.path_in_schema[0] !== name) continue;
      const { data_page_offset, dictionary_page_offset, total_compressed_size } = meta_data;
      const start = Number(dictionary_page_offset || data_page_offset);
      const end = start + Number(total_compressed_size);
      const reader = { view: new DataView(await file.slice(start, end)), offset: 0 };
      while (reader.offset < reader.view.byteLength) {
        const at = reader.offset;
        const header = await understood(where, async () => parquetHeader(reader));
        const { data_page_header: v1, data_page_header_v2: v2, dictionary_page_header: d } = header;
        const values: unknown = (v2 ?? v1 ?? d)?.num_values;
        const length: unknown = header.compressed_page_size;
        const isCount = (n: unknown) => Number.isSafeInteger(n) && (n as number) >= 0;
        const next = reader.offset + Number(length);
        if (!isCount(length) || !isCount(values) || next <= at || next > reader.view.byteLength) {
          throw unreadable(
            where,
            `a page at byte ${start + at} of ${String(length)} bytes and ${String(values)} values`,
            `whole pages up to byte ${end}`,
          );
        }
        reader.offset = next;
      }
    }
  }
}

function imageColumn(
  groups: readonly Group[],
  rows: number,
  length: number,
  read: (start: number, end: number) => Promise<unknown[]>,
  where: string,
): Column {
  // Rows of 64 images at most: a row group may hold the whole file.
  const step = 64;
  let held: { start: number; values: unknown[] } = { start: 0, values: [] };
  return {
    source: where,
    rows,
    shape: [length],
    text: () => '',
    number: () => Number.NaN,
    image: async (row) => {
      if (row < held.start || row >= held.start + held.values.length) {
        const { end } = groups.find((group) => row < group.end)!;
        held = { start: row, values: await read(row, Math.min(end, row + step)) };
      }
      const image = imageOf(held.values[row - held.start], where);
      if (image?.length === length) return image;
      throw new ShardsError({
        code: 'IMPORT_INVALID',
        what: 'The images of the column have different sizes',
        where,
        got: `${image?.length ?? 'no'} numbers in row ${row}`,
        expected: `${length}, as in row 0`,
      });
    },
  };
}

function plainColumn(values: readonly unknown[], source: string): Column {
  return {
    source,
    rows: values.length,
    shape: [],
    text: (row) => String(values[row]),
    number: (row) => {
      const value = values[row];
      return value === null || value === undefined || value === '' ? Number.NaN : Number(value);
    },
    image: (row) => Float32Array.of(Number(values[row])),
  };
}

/**
 * Pixels of a value: a list of numbers, or little-endian float32 bytes. A null in a list is NaN.
 * @returns undefined for a single number or text
 */
function imageOf(value: unknown, where: string): Float32Array | undefined {
  if (value instanceof Float32Array) return value;
  if (value instanceof Uint8Array) {
    if (value.length % 4 === 0) return new Float32Array(Uint8Array.from(value).buffer);
    throw unreadable(where, `${value.length} bytes`, 'whole float32 numbers, 4 bytes each');
  }
  if (!Array.isArray(value) && !ArrayBuffer.isView(value)) return undefined;
  const list = value as unknown as ArrayLike<unknown>;
  if (Array.isArray(list[0])) {
    throw unreadable(where, 'lists of lists', 'one list an image, row-major (and imageShape)');
  }
  return Float32Array.from(list, (item) =>
    typeof item === 'number' || typeof item === 'bigint' ? Number(item) : Number.NaN,
  );
}

async function understood<T>(where: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ShardsError) throw error;
    throw unreadable(
      where,
      (error as Error).message,
      'a Parquet file, its pages uncompressed or packed with Snappy, gzip or Brotli',
      error,
    );
  }
}

function unreadable(where: string, got: string, expected: string, cause?: unknown): ShardsError {
  return new ShardsError(
    { code: 'IMPORT_INVALID', what: 'The Parquet column could not be read', where, got, expected },
    { cause },
  );
}

/** Reads by position; the handle is closed after each piece, so none is left behind. */
function bufferOf(path: string, size: number): AsyncBuffer {
  return {
    byteLength: size,
    slice: async (start, end = size) => {
      const from = Math.max(0, start);
      const out = new Uint8Array(Math.max(0, Math.min(end, size) - from));
      let handle: FileHandle | undefined;
      try {
        handle = await open(path, 'r');
        let done = 0;
        while (done < out.length) {
          const { bytesRead } = await handle.read(out, done, out.length - done, from + done);
          if (bytesRead === 0) throw new Error(`the file ends at byte ${from + done}`);
          done += bytesRead;
        }
        return out.buffer;
      } finally {
        await handle?.close();
      }
    },
  };
}
