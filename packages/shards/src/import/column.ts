import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import {
  asyncBufferFromFile,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
} from 'hyparquet';
import { ShardsError } from '../errors.js';
import { systemError } from '../files/system-errors.js';
import { npyAsFloat32, readNpy, type NpyArray } from '../npy/read.js';
import { readCsv } from './csv.js';
import { readNpz } from './npz.js';

/** A column of a file: an `.npy` array, an array of an `.npz`, a column of a CSV or Parquet file. */
export interface ColumnSource {
  readonly file: string;
  /** Name of the array or column; not for `.npy`, and not needed for an `.npz` of one array. */
  readonly name?: string;
}

/** One value a row: a number, a text, or an image. */
export interface Column {
  readonly source: string;
  readonly rows: number;
  /** Shape of a row's value; [] for a single number or text. */
  readonly shape: readonly number[];
  /** Texts and numbers as they are, for labels. */
  text(row: number): string;
  number(row: number): number;
  /** `[...shape]`, row-major. */
  image(row: number): Float32Array;
}

/** @throws ShardsError IMPORT_INVALID, NPY_FORMAT, IO */
export async function readColumn(source: ColumnSource): Promise<Column> {
  const { file, name } = source;
  const where = name === undefined ? file : `${file}: ${name}`;
  try {
    switch (extname(file).toLowerCase()) {
      case '.npy':
        return arrayColumn(readNpy(readFileSync(file), file), where);
      case '.npz': {
        const arrays = readNpz(readFileSync(file), file);
        const only = arrays.size === 1 ? [...arrays.keys()][0] : undefined;
        return arrayColumn(pick(arrays, name ?? only, file), where);
      }
      case '.csv':
        return valueColumn(pick(readCsv(readFileSync(file, 'utf8'), file), name, file), where);
      case '.parquet':
        return await parquetColumn(file, name, where);
      default:
        throw new ShardsError({
          code: 'IMPORT_INVALID',
          what: 'Files of this kind are not read',
          where: file,
          got: extname(file) || 'no ending',
          expected: '.npy, .npz, .csv or .parquet',
        });
    }
  } catch (error) {
    throw systemError(error, 'read a file to import', file);
  }
}

function pick<T>(columns: ReadonlyMap<string, T>, name: string | undefined, file: string): T {
  const column = name === undefined ? undefined : columns.get(name);
  if (column !== undefined) return column;
  throw new ShardsError({
    code: 'IMPORT_INVALID',
    what: 'The file has no such column',
    where: file,
    got: name ?? 'no name',
    expected: [...columns.keys()].join(', ') || 'at least one',
  });
}

function arrayColumn(array: NpyArray, source: string): Column {
  const [rows, ...shape] = array.shape;
  if (rows === undefined) {
    throw new ShardsError({
      code: 'IMPORT_INVALID',
      what: 'The array has no axis of rows',
      where: source,
      got: 'shape ()',
      expected: 'shape (rows, ...)',
    });
  }
  const size = shape.reduce((product, n) => product * n, 1);
  let floats: Float32Array | undefined;
  return {
    source,
    rows,
    shape,
    text: (row) => String(array.data[row * size]),
    number: (row) => Number(array.data[row * size]),
    image: (row) => (floats ??= npyAsFloat32(array)).subarray(row * size, (row + 1) * size),
  };
}

function valueColumn(values: readonly unknown[], source: string): Column {
  const lengths = new Set(values.map((value) => imageOf(value)?.length ?? 0));
  const length = lengths.size === 1 ? [...lengths][0]! : 0;
  if (lengths.size > 1) {
    throw new ShardsError({
      code: 'IMPORT_INVALID',
      what: 'The images of the column have different sizes',
      where: source,
      got: [...lengths].slice(0, 5).join(', '),
    });
  }
  return {
    source,
    rows: values.length,
    shape: length > 0 ? [length] : [],
    text: (row) => String(values[row]),
    number: (row) => {
      const value = values[row];
      // An empty field is no number, though Number('') is 0.
      return value === null || value === '' ? Number.NaN : Number(value);
    },
    image: (row) => imageOf(values[row]) ?? Float32Array.of(Number(values[row])),
  };
}

/** Pixels of a Parquet value: little-endian float32 bytes, or a list of numbers. */
function imageOf(value: unknown): Float32Array | undefined {
  if (value instanceof Uint8Array) {
    return value.length % 4 === 0 ? new Float32Array(Uint8Array.from(value).buffer) : undefined;
  }
  if (value instanceof Float32Array) return value;
  return Array.isArray(value) || ArrayBuffer.isView(value)
    ? Float32Array.from(value as unknown as number[])
    : undefined;
}

async function parquetColumn(file: string, name: string | undefined, where: string) {
  const buffer = await asyncBufferFromFile(file);
  const metadata = await parquetMetadataAsync(buffer);
  const names = parquetSchema(metadata).children.map((child) => child.element.name);
  pick(new Map(names.map((n) => [n, n])), name, file);
  // Bytes without a text type are pixels; by default hyparquet would make texts of them.
  try {
    const rows = await parquetReadObjects({
      file: buffer,
      metadata,
      columns: [name!],
      utf8: false,
    });
    return valueColumn(
      rows.map((row) => row[name!] as unknown),
      where,
    );
  } catch (error) {
    throw new ShardsError(
      {
        code: 'IMPORT_INVALID',
        what: 'The Parquet column could not be read',
        where,
        got: (error as Error).message,
        expected: 'uncompressed or Snappy pages',
      },
      { cause: error },
    );
  }
}
