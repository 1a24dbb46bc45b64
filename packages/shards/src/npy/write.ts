import { ShardsError } from '../errors.js';

/**
 * The bytes of an `.npy` file, format 1.0, C order: `<f4` from a Float32Array, `<f8` from a
 * Float64Array. The elements start at a multiple of 64 bytes, as NumPy writes them.
 * @param data `[...shape]`, row-major
 * @throws ShardsError NPY_FORMAT when the shape does not hold as many elements as there are
 */
export function writeNpy(data: Float32Array | Float64Array, shape: readonly number[]): Uint8Array {
  const count = shape.reduce((product, n) => product * n, 1);
  const valid = shape.every((n) => Number.isSafeInteger(n) && n >= 0);
  if (!valid || count !== data.length) {
    throw new ShardsError({
      code: 'NPY_FORMAT',
      what: 'The shape does not hold the array',
      got: `${data.length} elements, shape (${shape.join(', ')})`,
      expected: 'axes of whole numbers >= 0 whose product is the number of elements',
    });
  }
  const descr = data instanceof Float32Array ? '<f4' : '<f8';
  // A tuple of one has a comma behind its item: (5,).
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const dictionary = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const preamble = 10;
  const end = Math.ceil((preamble + dictionary.length + 1) / 64) * 64;
  const header = `${dictionary.padEnd(end - preamble - 1, ' ')}\n`;
  const bytes = new Uint8Array(end + data.byteLength);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length & 0xff, header.length >> 8]);
  for (let i = 0; i < header.length; i++) bytes[preamble + i] = header.charCodeAt(i);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), end);
  return bytes;
}
