import { ShardsError } from '../errors.js';
import { type NpyData, parseDescr, readableElements } from './dtype.js';
import { type NpyHeader, parseNpyHeader } from './header.js';

/** An array of a NumPy file. */
export interface NpyArray {
  /** As the file gives it, e.g. `<f8`. */
  readonly descr: string;
  readonly shape: readonly number[];
  /** How the file held it; `data` is in C order (last axis fastest) in either case. */
  readonly fortranOrder: boolean;
  /** `[...shape]`, row-major; booleans as 0 and 1 in a Uint8Array. */
  readonly data: NpyData;
}

/**
 * Reads an `.npy` file of versions 1.0 to 3.0, C or Fortran order, either byte order, of
 * `f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 b1`. The result owns its memory and is in C order.
 * The number of elements is compared with the bytes there before anything is allocated.
 * @param source what messages call the file
 * @throws ShardsError NPY_FORMAT
 */
export function readNpy(bytes: Uint8Array, source = 'NumPy file'): NpyArray {
  const header = parseNpyHeader(bytes, source);
  const type = checkNpySize(header, bytes.length, source);
  const raw = Uint8Array.from(bytes.subarray(header.dataOffset));
  let data = decodeNpy(raw, type);
  if (header.fortranOrder && header.shape.filter((n) => n > 1).length > 1) {
    data = toRowMajor(data, header.shape, type.element.view(new ArrayBuffer(raw.length)));
  }
  return { descr: header.descr, shape: header.shape, fortranOrder: header.fortranOrder, data };
}

type NpyType = NonNullable<ReturnType<typeof parseDescr>>;

/**
 * Compares what a header claims with the file's size.
 * @throws ShardsError NPY_FORMAT
 */
export function checkNpySize(header: NpyHeader, fileBytes: number, source: string): NpyType {
  const type = parseDescr(header.descr);
  if (!type) {
    throw new ShardsError({
      code: 'NPY_FORMAT',
      what: 'Elements of this type are not read',
      where: source,
      got: `descr '${header.descr}'`,
      expected: `one of ${readableElements}`,
      next: "save it with numpy.save(path, array.astype('<f4'))",
    });
  }
  const size = header.shape.reduce((product, n) => product * n, type.element.bytes);
  const there = fileBytes - header.dataOffset;
  if (size !== there) {
    throw new ShardsError({
      code: 'NPY_FORMAT',
      what: size > there ? 'The file is truncated' : 'The file is longer than its array',
      where: source,
      got: `${there} bytes behind the header`,
      expected: `${size} bytes for shape (${header.shape.join(', ')}) of ${header.descr}`,
    });
  }
  return type;
}

/** Elements as they lie in a file, as the machine's own (little-endian); `raw` may be changed. */
export function decodeNpy(raw: Uint8Array<ArrayBuffer>, type: NpyType): NpyData {
  const { bytes } = type.element;
  if (type.bigEndian && bytes > 1) reverseElements(raw, bytes);
  return type.element.view(raw.buffer);
}

/** The elements as float32, rounded to nearest; a copy unless they are already float32. */
export function npyAsFloat32(array: NpyArray): Float32Array {
  const { data } = array;
  if (data instanceof Float32Array) return data;
  const result = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) result[i] = Number(data[i]);
  return result;
}

/** The same elements without axes of length 1: (1, 240, 400, 1) becomes (240, 400). */
export function npySqueeze(array: NpyArray): NpyArray {
  return { ...array, shape: array.shape.filter((n) => n !== 1) };
}

function reverseElements(raw: Uint8Array, size: number): void {
  for (let start = 0; start < raw.length; start += size) {
    raw.subarray(start, start + size).reverse();
  }
}

/** Column-major `from` (first axis fastest) into row-major `to` (last axis fastest). */
function toRowMajor(from: NpyData, shape: readonly number[], to: NpyData): NpyData {
  const rank = shape.length;
  const strides = new Array<number>(rank);
  let stride = 1;
  for (let axis = 0; axis < rank; axis++) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  const index = new Array<number>(rank).fill(0);
  let source = 0;
  for (let target = 0; target < from.length; target++) {
    to[target] = from[source]!;
    for (let axis = rank - 1; axis >= 0; axis--) {
      source += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      source -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return to;
}
