import { readFileSync, statSync } from 'node:fs';
import { extname } from 'node:path';
import { ShardsError } from '../errors.js';
import { systemError } from '../files/system-errors.js';
import { npyAsFloat32, readNpy, type NpyArray } from '../npy/read.js';
import { openNpyRows } from '../npy/rows.js';
import { readCsv } from './csv.js';
import { readNpz } from './npz.js';
import { parquetColumn } from './parquet-column.js';

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
  /** `[...shape]`, row-major. Asked for in ascending order. */
  image(row: number): Float32Array | Promise<Float32Array>;
}

/** Node reads no larger file in one piece. */
const mostAtOnce = 2 ** 31 - 1;

/**
 * One quantity, a value or an array a row, from a `.npy`, `.npz`, `.csv` or `.parquet` file.
 * @throws ShardsError IMPORT_INVALID, NPY_FORMAT, IO
 */
export async function readColumn(source: ColumnSource): Promise<Column> {
  const { file, name } = source;
  const where = name === undefined ? file : `${file}: ${name}`;
  try {
    switch (extname(file).toLowerCase()) {
      case '.npy': {
        const rows = openNpyRows(file);
        if (!rows || rows.shape.length < 2) {
          return arrayColumn(readNpy(readWhole(file), file), where);
        }
        return rowsColumn(rows, where);
      }
      case '.npz': {
        const arrays = readNpz(readWhole(file), file);
        const only = arrays.size === 1 ? [...arrays.keys()][0] : undefined;
        return arrayColumn(pick(arrays, name ?? only, file), where);
      }
      case '.csv':
        return valueColumn(pick(readCsv(textOf(file), file), name, file), where);
      case '.parquet':
        return await parquetColumn(file, name, where, pick);
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

function readWhole(file: string): Buffer {
  const { size } = statSync(file);
  if (size <= mostAtOnce) return readFileSync(file);
  throw new ShardsError({
    code: 'IMPORT_INVALID',
    what: 'The file is too large to be read in one piece',
    where: file,
    got: `${size} bytes`,
    expected: `at most ${mostAtOnce}`,
    next: 'save the array with numpy.save in C order (numpy.ascontiguousarray): such a file is read row by row',
  });
}

function textOf(file: string): string {
  const bytes = readWhole(file);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new ShardsError(
      {
        code: 'IMPORT_INVALID',
        what: 'The file is not UTF-8 text',
        where: file,
        got: (error as Error).message,
        next: 'save it as UTF-8',
      },
      { cause: error },
    );
  }
}

/** @throws ShardsError IMPORT_INVALID when there is no such column */
export function pick<T>(
  columns: ReadonlyMap<string, T>,
  name: string | undefined,
  file: string,
): T {
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

/** Images of an `.npy` file, read one by one. */
function rowsColumn(
  array: { shape: readonly number[]; row(i: number): Float32Array },
  source: string,
): Column {
  const [rows = 0, ...shape] = array.shape;
  const single = (row: number) => array.row(row)[0];
  return {
    source,
    rows,
    shape,
    text: (row) => String(single(row)),
    number: (row) => single(row)!,
    image: (row) => array.row(row),
  };
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

/** Texts of a table: labels, or numbers. */
function valueColumn(values: readonly string[], source: string): Column {
  // An empty field is no number, though Number('') is 0.
  const number = (row: number) => (values[row]!.trim() === '' ? Number.NaN : Number(values[row]));
  return {
    source,
    rows: values.length,
    shape: [],
    text: (row) => values[row]!,
    number,
    image: (row) => Float32Array.of(number(row)),
  };
}
