import { InstrumentError } from '../errors.js';

/** A mask as it lies in a file: values other than 0 are masked. Row-major. */
export interface MaskArray {
  readonly shape: readonly [number, number];
  readonly mask: Uint8Array;
}

function bad(what: string, got: string, expected: string): InstrumentError {
  return new InstrumentError('BAD_MASK', {
    what,
    where: 'mask file',
    got,
    expected,
    next: 'save the mask as a 2-dimensional NumPy .npy or MATLAB v5 .mat array',
  });
}

/** Reads an element at byte offset `at`. */
type Reader = (view: DataView, at: number, little: boolean) => number;

const numpyTypes: Readonly<Record<string, readonly [number, Reader]>> = {
  b1: [1, (v, at) => v.getUint8(at)],
  u1: [1, (v, at) => v.getUint8(at)],
  i1: [1, (v, at) => v.getInt8(at)],
  u2: [2, (v, at, le) => v.getUint16(at, le)],
  i2: [2, (v, at, le) => v.getInt16(at, le)],
  u4: [4, (v, at, le) => v.getUint32(at, le)],
  i4: [4, (v, at, le) => v.getInt32(at, le)],
  i8: [8, (v, at, le) => Number(v.getBigInt64(at, le))],
  u8: [8, (v, at, le) => Number(v.getBigUint64(at, le))],
  f4: [4, (v, at, le) => v.getFloat32(at, le)],
  f8: [8, (v, at, le) => v.getFloat64(at, le)],
};

/** Truthiness of `rows x columns` elements, from row-major or column-major order to row-major. */
function gather(
  view: DataView,
  start: number,
  rows: number,
  columns: number,
  columnMajor: boolean,
  [size, read]: readonly [number, Reader],
  little: boolean,
): MaskArray {
  if (start + rows * columns * size > view.byteLength) {
    throw bad(
      'the mask file is cut short',
      `${view.byteLength} bytes`,
      `${start + rows * columns * size}`,
    );
  }
  const mask = new Uint8Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const index = columnMajor ? j * rows + i : i * columns + j;
      mask[i * columns + j] = read(view, start + index * size, little) === 0 ? 0 : 1;
    }
  }
  return { shape: [rows, columns], mask };
}

function numpyMask(bytes: Uint8Array): MaskArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const long = bytes[6]! >= 2;
  const length = long ? view.getUint32(8, true) : view.getUint16(8, true);
  const start = (long ? 12 : 10) + length;
  const header = new TextDecoderLike().decode(bytes.subarray(long ? 12 : 10, start));
  const descr = /'descr':\s*'([<>|=])(\w\d)'/.exec(header);
  const type = descr ? numpyTypes[descr[2]!] : undefined;
  const shape = /'shape':\s*\(([^)]*)\)/.exec(header);
  const dims = (shape?.[1] ?? '')
    .split(',')
    .map((d) => d.trim())
    .filter((d) => d !== '')
    .map(Number)
    .filter((d) => d !== 1);
  if (!descr || !type || dims.length !== 2) {
    const got = header.trim();
    throw bad(
      'the .npy array is no mask',
      /^\{.*\}$/s.test(got) ? got : 'a header that cannot be read',
      'two axes of numbers or booleans',
    );
  }
  const fortran = /'fortran_order':\s*True/.test(header);
  return gather(view, start, dims[0]!, dims[1]!, fortran, type, descr[1] !== '>');
}

/** ASCII of a header; TextDecoder is not in the ES library this package is compiled against. */
class TextDecoderLike {
  decode(bytes: Uint8Array): string {
    let out = '';
    for (const b of bytes) out += String.fromCharCode(b);
    return out;
  }
}

interface InflateGlobals {
  DecompressionStream?: new (format: string) => {
    readable: unknown;
    writable: { getWriter(): { write(b: Uint8Array): Promise<void>; close(): Promise<void> } };
  };
  Response?: new (body: unknown) => { arrayBuffer(): Promise<ArrayBuffer> };
}

async function inflate(bytes: Uint8Array): Promise<Uint8Array> {
  const { DecompressionStream, Response } = globalThis as InflateGlobals;
  if (!DecompressionStream || !Response) {
    throw bad('this runtime cannot inflate a compressed .mat file', 'no DecompressionStream', '');
  }
  const stream = new DecompressionStream('deflate');
  const writer = stream.writable.getWriter();
  const written = writer.write(bytes).then(() => writer.close());
  // Together: a damaged stream rejects both.
  const [out] = await Promise.all([new Response(stream.readable).arrayBuffer(), written]);
  return new Uint8Array(out);
}

/** MATLAB v5 data types to readers. */
const matlabTypes: Readonly<Record<number, readonly [number, Reader]>> = {
  1: numpyTypes['i1']!,
  2: numpyTypes['u1']!,
  3: numpyTypes['i2']!,
  4: numpyTypes['u2']!,
  5: numpyTypes['i4']!,
  6: numpyTypes['u4']!,
  7: numpyTypes['f4']!,
  9: numpyTypes['f8']!,
};

/** Tag of an element at `at`: type, bytes of data, start of data, start of the next element. */
function tag(view: DataView, at: number): [number, number, number, number] {
  const word = view.getUint32(at, true);
  if (word >>> 16 !== 0) return [word & 0xffff, word >>> 16, at + 4, at + 8];
  const size = view.getUint32(at + 4, true);
  return [word, size, at + 8, at + 8 + ((size + 7) & ~7)];
}

/** The first 2-dimensional numeric array of a MATLAB v5 file. */
async function matlabMask(bytes: Uint8Array): Promise<MaskArray> {
  let at = 128;
  while (at + 8 <= bytes.length) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const [type, size, start, next] = tag(view, at);
    // Compressed elements are not padded.
    at = type === 15 ? start + size : next;
    const element = type === 15 ? await inflate(bytes.subarray(start, start + size)) : undefined;
    const inner = element ?? bytes.subarray(start - 8, start + size);
    const v = new DataView(inner.buffer, inner.byteOffset, inner.byteLength);
    if (tag(v, 0)[0] !== 14) continue;
    const flags = tag(v, 8);
    const dims = tag(v, flags[3]);
    const name = tag(v, dims[3]);
    const data = tag(v, name[3]);
    const reader = matlabTypes[data[0]];
    if (dims[1] !== 8 || !reader) continue;
    const rows = v.getInt32(dims[2], true);
    const columns = v.getInt32(dims[2] + 4, true);
    return gather(v, data[2], rows, columns, true, reader, true);
  }
  throw bad(
    'the .mat file holds no 2-dimensional numeric array',
    `${bytes.length} bytes`,
    'one array',
  );
}

/**
 * A mask from the bytes of a NumPy `.npy` or MATLAB v5 `.mat` file (its first 2-dimensional numeric
 * array). Any value other than 0 is masked.
 * @param source name of the file, for messages.
 * @returns the array row-major, with its shape; values other than 0 are masked
 * @throws InstrumentError BAD_MASK.
 */
export async function readMaskFile(bytes: Uint8Array, source = 'mask file'): Promise<MaskArray> {
  try {
    return await read(bytes);
  } catch (error) {
    const told =
      error instanceof InstrumentError
        ? error
        : // An offset out of the file, a stream that does not inflate.
          bad('the mask file is damaged', (error as Error).message, 'a whole .npy or .mat file');
    const { code, what, got, expected, next } = told;
    throw new InstrumentError(code, { what, where: source, got, expected, next });
  }
}

async function read(bytes: Uint8Array): Promise<MaskArray> {
  if (bytes[0] === 0x93 && bytes[1] === 0x4e) return numpyMask(bytes);
  const start = new TextDecoderLike().decode(bytes.subarray(0, 6));
  if (start === 'MATLAB') return matlabMask(bytes);
  throw bad(
    'not a mask file',
    bytes.length === 0
      ? 'an empty file'
      : `it begins with bytes ${[...bytes.subarray(0, 6)].join(' ')}`,
    'NumPy .npy or MATLAB v5 .mat',
  );
}
