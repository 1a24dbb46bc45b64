import { Message } from 'apache-arrow';
import { recordBatchRows } from '../dataset/layout.js';
import type { ShardShape } from '../reading/verified.js';
import type { ShardContents } from './contents.js';
import type { BatchPlace } from './footer.js';

/** The scalars of a record batch, as they lie in its file. */
export interface Head {
  /** Everything in front of the batch's images, from byte `at` of the file on. */
  readonly bytes: Uint8Array;
  readonly at: number;
  readonly place: BatchPlace;
  readonly imagesAt: number;
}

/**
 * Reads the columns but the images from the heads of a shard's record batches, which hold them.
 * @param heads their bytes compared with their tags
 * @throws Error when they are not heads of such a shard (never for bytes this package wrote)
 */
export function readHeads(
  heads: readonly Head[],
  { labels, parameters, imageShape }: ShardShape,
  { firstRow, rows }: { firstRow: number; rows: number },
): ShardContents {
  const width = parameters.length;
  const imageBytes = 4 * imageShape.reduce((product, n) => product * n, 1);
  const contents = {
    labels: new Int32Array(rows),
    seeds: new BigUint64Array(rows),
    parameters: new Float64Array(rows * width).fill(Number.NaN),
    imageOffsets: new Float64Array(rows),
  };
  heads.forEach((head, batch) => {
    const done = batch * recordBatchRows;
    const length = Math.min(recordBatchRows, rows - done);
    const buffer = buffersOf(head, length, width);
    for (let i = 0; i < length; i++) {
      const at = done + i;
      const row = buffer.rows.getUint32(4 * i, true);
      const [start, end] = [4 * i, 4 * i + 4].map((o) => buffer.labelOffsets.getInt32(o, true));
      const label = buffer.labelBytes.toString('utf8', start, end);
      const classNumber = labels.indexOf(label);
      if (row !== firstRow + at || classNumber < 0) {
        throw new Error(`row ${row} with label ${label} in the place of row ${firstRow + at}`);
      }
      contents.labels[at] = classNumber;
      contents.seeds[at] = buffer.seeds.getBigUint64(8 * i, true);
      contents.imageOffsets[at] = head.imagesAt + i * imageBytes;
      buffer.parameters.forEach(({ valid, values }, p) => {
        const there = !valid || (valid[i >> 3]! >> (i & 7)) & 1;
        if (there) contents.parameters[at * width + p] = values.getFloat64(8 * i, true);
      });
    }
  });
  return contents;
}

/** The buffers of a batch: of each column, in order, a bitmap of what is not null, and the values. */
function buffersOf({ bytes, at, place, imagesAt }: Head, rows: number, width: number) {
  // Behind the continuation mark and the length, 4 bytes each.
  const start = place.offset - at;
  const message = Message.decode(bytes.subarray(start + 8, start + place.metadataLength));
  if (!message.isRecordBatch()) throw new Error('no record batch');
  const header = message.header();
  const body = place.offset + place.metadataLength;
  const images = header.buffers.at(-1)!;
  // row, label, seed, the parameters, image and its child.
  if (
    header.length !== rows ||
    header.buffers.length !== 2 + 3 + 2 + 2 * width + 1 + 2 ||
    body + images.offset !== imagesAt
  ) {
    throw new Error(`a record batch of ${header.length} rows, ${header.buffers.length} buffers`);
  }
  const buffer = (index: number) => {
    const { offset, length } = header.buffers[index]!;
    const from = body + offset - at;
    return Buffer.from(bytes.buffer, bytes.byteOffset + from, length);
  };
  const view = (index: number) => {
    const { buffer: memory, byteOffset, length } = buffer(index);
    return new DataView(memory, byteOffset, length);
  };
  return {
    rows: view(1),
    labelOffsets: view(3),
    labelBytes: buffer(4),
    seeds: view(6),
    parameters: Array.from({ length: width }, (_, p) => {
      const valid = buffer(7 + 2 * p);
      return { valid: valid.length > 0 ? valid : undefined, values: view(8 + 2 * p) };
    }),
  };
}
