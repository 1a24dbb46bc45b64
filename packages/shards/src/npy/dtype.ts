/** The arrays a NumPy file can become here. 64-bit integers stay exact, as bigint arrays. */
export type NpyData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array;

/** One element type: bytes an element, and the typed array over a little-endian buffer. */
export interface NpyElement {
  readonly bytes: number;
  readonly view: (buffer: ArrayBuffer) => NpyData;
}

const elements: Readonly<Record<string, NpyElement>> = {
  f4: { bytes: 4, view: (b) => new Float32Array(b) },
  f8: { bytes: 8, view: (b) => new Float64Array(b) },
  i1: { bytes: 1, view: (b) => new Int8Array(b) },
  i2: { bytes: 2, view: (b) => new Int16Array(b) },
  i4: { bytes: 4, view: (b) => new Int32Array(b) },
  i8: { bytes: 8, view: (b) => new BigInt64Array(b) },
  u1: { bytes: 1, view: (b) => new Uint8Array(b) },
  u2: { bytes: 2, view: (b) => new Uint16Array(b) },
  u4: { bytes: 4, view: (b) => new Uint32Array(b) },
  u8: { bytes: 8, view: (b) => new BigUint64Array(b) },
  b1: { bytes: 1, view: (b) => new Uint8Array(b) },
};

/** Element types that are read, for messages. */
export const readableElements = Object.keys(elements).join(', ');

/**
 * Reads a `descr` such as `<f8`, `>i4`, `|u1`, `=f4`.
 * @returns undefined for a type that is not read here (complex, half, strings, records, objects)
 */
export function parseDescr(descr: string): { element: NpyElement; bigEndian: boolean } | undefined {
  const match = /^([<>|=]?)([a-z]\d+)$/.exec(descr);
  if (!match) return undefined;
  const element = elements[match[2]!];
  if (!element) return undefined;
  // '|' says that order does not apply: only one-byte elements may have it.
  if (match[1] === '|' && element.bytes > 1) return undefined;
  return { element, bigEndian: match[1] === '>' };
}
