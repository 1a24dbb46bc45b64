import { NetworkError } from '../../errors.js';

/** Numbers in rows and columns, `[rows, columns]` row-major. */
export interface Matrix {
  readonly data: Float64Array;
  readonly rows: number;
  readonly columns: number;
}

/** What every method takes: a `Matrix`, or one list of numbers a row. */
export type MatrixLike = Matrix | readonly ArrayLike<number>[];

/** A matrix of zeros. */
export function zeros(rows: number, columns: number): Matrix {
  return { data: new Float64Array(rows * columns), rows, columns };
}

/** Wraps numbers that are there already. */
export function matrix(data: Float64Array, rows: number, columns: number): Matrix {
  return { data, rows, columns };
}

/** A row of a matrix, as a view. */
export function rowOf(m: Matrix, row: number): Float64Array {
  return m.data.subarray(row * m.columns, (row + 1) * m.columns);
}

/** The rows named, in that order. */
export function takeRows(m: Matrix, rows: ArrayLike<number>): Matrix {
  const out = zeros(rows.length, m.columns);
  for (let i = 0; i < rows.length; i++) out.data.set(rowOf(m, rows[i]), i * m.columns);
  return out;
}

/** Lists of numbers, one a row: for JSON and for people. */
export function toRows(m: Matrix): number[][] {
  return Array.from({ length: m.rows }, (_, i) => Array.from(rowOf(m, i)));
}

/**
 * The numbers of an argument, checked: as many in every row, all finite.
 * @param what what messages call it: 'structures', 'spectra'
 * @param columns how many columns it must have
 * @throws NetworkError ROWS_DIFFER, NOT_A_NUMBER, COLUMNS_DIFFER
 */
export function toMatrix(input: MatrixLike, what: string, columns?: number): Matrix {
  let result: Matrix;
  if ('data' in input) {
    result = input;
    if (input.data.length !== input.rows * input.columns) {
      throw new NetworkError({
        code: 'ROWS_DIFFER',
        what: 'a matrix does not have the numbers its shape says',
        where: what,
        got: `${input.data.length} numbers`,
        expected: `${input.rows} x ${input.columns}`,
      });
    }
  } else {
    const width = input.length === 0 ? (columns ?? 0) : input[0].length;
    result = zeros(input.length, width);
    input.forEach((row, i) => {
      if (row.length !== width) {
        throw new NetworkError({
          code: 'ROWS_DIFFER',
          what: 'rows have different lengths',
          where: `${what}, row ${i}`,
          got: `${row.length} numbers`,
          expected: `${width}, as in row 0`,
          next:
            what === 'spectra'
              ? 'bring all spectra onto one grid first (interpolate them)'
              : 'give the same descriptors for every structure',
        });
      }
      result.data.set(row, i * width);
    });
  }
  const bad = result.data.findIndex((v) => !Number.isFinite(v));
  if (bad >= 0) {
    throw new NetworkError({
      code: 'NOT_A_NUMBER',
      what: 'a value is not a finite number',
      where: `${what}, row ${Math.floor(bad / result.columns)}, column ${bad % result.columns}`,
      got: String(result.data[bad]),
      expected: 'a finite number',
      next: 'leave that sample out, or mend it',
    });
  }
  if (columns !== undefined && result.columns !== columns) {
    throw new NetworkError({
      code: 'COLUMNS_DIFFER',
      what: `the ${what} have another number of columns than those the method was fitted with`,
      where: what,
      got: String(result.columns),
      expected: String(columns),
      next: what === 'spectra' ? 'bring them onto the same grid' : 'use the same descriptors',
    });
  }
  return result;
}
