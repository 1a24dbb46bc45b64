import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { ShardsError } from '../errors.js';
import { parseDescr } from './dtype.js';
import { longestHeader, parseNpyHeader } from './header.js';
import { checkNpySize, decodeNpy } from './read.js';

/** An `.npy` file read row by row, whatever its size. */
export interface NpyRows {
  /** `[rows, ...]` */
  readonly shape: readonly number[];
  /** The elements of one row as float32, row-major. */
  row(index: number): Float32Array;
}

/**
 * Opens an `.npy` file for reading along its first axis: header and size are checked, no element is
 * read. Only C order: in Fortran order a row is spread over the whole file.
 * @returns undefined for a file in Fortran order
 * @throws ShardsError NPY_FORMAT; errors of the file system as they are
 */
export function openNpyRows(path: string): NpyRows | undefined {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const head = new Uint8Array(Math.min(size, longestHeader + 12));
    readSync(file, head, 0, head.length, 0);
    const header = parseNpyHeader(head, path);
    const type = checkNpySize(header, size, path);
    const [rows = 0, ...rest] = header.shape;
    if (header.fortranOrder && rest.some((n) => n > 1)) return undefined;
    const rowBytes = rest.reduce((product, n) => product * n, type.element.bytes);
    return {
      shape: header.shape,
      row: (index) => {
        if (!(index >= 0 && index < rows)) throw new RangeError(`row ${index} of ${rows}`);
        const raw = readRow(path, header.dataOffset + index * rowBytes, rowBytes);
        const data = decodeNpy(raw, parseDescr(header.descr)!);
        return data instanceof Float32Array ? data : Float32Array.from(data, Number);
      },
    };
  } finally {
    closeSync(file);
  }
}

function readRow(path: string, from: number, length: number): Uint8Array<ArrayBuffer> {
  const raw = new Uint8Array(length);
  const file = openSync(path, 'r');
  try {
    let done = 0;
    while (done < length) {
      const got = readSync(file, raw, done, length - done, from + done);
      if (got === 0) {
        throw new ShardsError({
          code: 'NPY_FORMAT',
          what: 'The file became shorter while it was read',
          where: path,
          got: `it ends at byte ${from + done}`,
          expected: `${length} bytes from byte ${from} on`,
        });
      }
      done += got;
    }
    return raw;
  } finally {
    closeSync(file);
  }
}
