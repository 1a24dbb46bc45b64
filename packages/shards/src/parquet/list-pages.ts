/**
 * Data pages of a `repeated float` column, written byte by byte: the Parquet writer used for all other
 * columns refuses repeated leaves, and its nested ones would cost a JavaScript number and two levels a
 * pixel. Here an image is a page of its own and its pixels are copied as they lie in memory.
 *
 * Layout after the format's text (github.com/apache/parquet-format, `parquet.thrift`, `Encodings.md`):
 * a page header in Thrift's compact protocol, repetition levels, definition levels (each one run or two
 * of the RLE/bit-packing hybrid, bit width 1), then the values, plain little-endian float32.
 */

/** ULEB128. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  bytes.push(value);
  return bytes;
}

/** A Thrift compact integer >= 0 (zigzag doubles it). */
const int = (value: number): number[] => varint(2 * value);

/** A run of `count` equal levels of one bit. */
const run = (count: number, level: 0 | 1): number[] =>
  count > 0 ? [...varint(2 * count), level] : [];

/** Thrift compact field headers: id delta in the high half, type in the low one. */
const nextI32 = 0x15;
const boolFalseAfter = 0x12;
const structFiveOn = 0x5c;
const stop = 0;

const dataPageV2 = 3;
const plain = 0;

/**
 * Everything in front of the pixels of a page that holds one row: header and levels.
 * @param length pixels of the row, at least 1
 */
export function listPageHead(length: number): Uint8Array {
  // The first pixel begins a row (0), the others go on with it (1); all are there.
  const repetition = [...run(1, 0), ...run(length - 1, 1)];
  const definition = run(length, 1);
  const size = repetition.length + definition.length + 4 * length;
  return Uint8Array.of(
    ...[nextI32, ...int(dataPageV2)],
    ...[nextI32, ...int(size)], // uncompressed_page_size
    ...[nextI32, ...int(size)], // compressed_page_size
    structFiveOn, // data_page_header_v2, field 8
    ...[nextI32, ...int(length)], // num_values
    ...[nextI32, ...int(0)], // num_nulls
    ...[nextI32, ...int(1)], // num_rows
    ...[nextI32, ...int(plain)], // encoding
    ...[nextI32, ...int(definition.length)], // definition_levels_byte_length
    ...[nextI32, ...int(repetition.length)], // repetition_levels_byte_length
    boolFalseAfter, // is_compressed
    ...[stop, stop],
    ...repetition,
    ...definition,
  );
}
