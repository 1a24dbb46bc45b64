import {
  Field,
  FixedSizeList,
  Float32,
  Float64,
  makeData,
  RecordBatch,
  type Schema,
  Struct,
  Uint32,
  Uint64,
  Utf8,
} from 'apache-arrow';
import { type DatasetLayout, type DatasetRow, imageLength } from '../dataset/layout.js';

/**
 * One record batch; the images are not copied.
 * @param images `[rows.length, ...imageShape]`, row-major; may be longer
 */
export function recordBatch(
  schema: Schema,
  layout: DatasetLayout,
  rows: readonly DatasetRow[],
  images: Float32Array,
): RecordBatch {
  const length = rows.length;
  const pixels = imageLength(layout);
  const labels = rows.map((row) => new TextEncoder().encode(row.label));
  const labelOffsets = new Int32Array(length + 1);
  labels.forEach((bytes, i) => {
    labelOffsets[i + 1] = labelOffsets[i]! + bytes.length;
  });
  const labelBytes = new Uint8Array(labelOffsets[length]!);
  labels.forEach((bytes, i) => labelBytes.set(bytes, labelOffsets[i]!));
  const parameters = layout.parameters.map(({ name }) => {
    const data = new Float64Array(length);
    const nullBitmap = new Uint8Array(Math.ceil(length / 64) * 8);
    let nullCount = 0;
    rows.forEach((row, i) => {
      const value = row.parameters[name];
      if (value === undefined) {
        nullCount++;
        return;
      }
      data[i] = value;
      nullBitmap[i >> 3]! |= 1 << (i & 7);
    });
    return makeData({ type: new Float64(), length, nullCount, nullBitmap, data });
  });
  const children = [
    makeData({ type: new Uint32(), length, data: Uint32Array.from(rows, (r) => r.row) }),
    makeData({ type: new Utf8(), length, valueOffsets: labelOffsets, data: labelBytes }),
    makeData({ type: new Uint64(), length, data: BigUint64Array.from(rows, (r) => r.seed) }),
    ...parameters,
    makeData({
      type: new FixedSizeList(pixels, new Field('item', new Float32(), false)),
      length,
      child: makeData({
        type: new Float32(),
        length: length * pixels,
        data: images.subarray(0, length * pixels),
      }),
    }),
  ];
  return new RecordBatch(
    schema,
    makeData({ type: new Struct(schema.fields), length, nullCount: 0, children }),
  );
}
