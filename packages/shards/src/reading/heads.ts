import { createHash } from 'node:crypto';
import { decodeFooter } from '../arrow/footer.js';
import { readHeads } from '../arrow/heads.js';
import { checksKey, parseChecks } from '../checks/shard-checks.js';
import { isTagged } from '../checks/tag.js';
import { imageLength, recordBatchRows } from '../dataset/layout.js';
import type { ShardEntry } from '../dataset/manifest.js';
import { ShardCorrupt } from '../errors.js';
import {
  corruptShard,
  readFrom,
  type ShardShape,
  type VerifiedShard,
  withShard,
} from './verified.js';

/**
 * Reads everything of a shard but its images: the tail, compared with the manifest, and the heads of
 * its record batches, compared with their tags in the tail. Of 64 rows some 10 kB.
 * @param entry one with a tail
 * @throws ShardCorrupt
 */
export function readShardHeads(
  folder: string,
  shape: ShardShape,
  entry: ShardEntry & Required<Pick<ShardEntry, 'tail'>>,
): VerifiedShard {
  const corrupt = (got: string, expected: string, what = 'A shard was altered') =>
    corruptShard(folder, entry, what, got, expected);
  return withShard(folder, entry, (file) => {
    const { bytes, sha256 } = entry.tail;
    const tail = new Uint8Array(bytes);
    readFrom(file, tail, entry.bytes - bytes);
    const found = createHash('sha256').update(tail).digest('hex');
    if (found !== sha256) {
      throw corrupt(`sha256 ${found} of its last ${bytes} bytes`, `sha256 ${sha256}`);
    }
    try {
      const { batches, metadata } = decodeFooter(tail);
      const checks = parseChecks(metadata.get(checksKey) ?? '{}', entry.rows, entry.bytes);
      const imageBytes = 4 * imageLength(shape);
      let at = 0;
      const heads = checks.imagesAt.map((imagesAt, batch) => {
        const row = batch * recordBatchRows;
        const head = { bytes: new Uint8Array(imagesAt - at), at, place: batches[batch]!, imagesAt };
        readFrom(file, head.bytes, at);
        const place = { kind: 'head' as const, row: entry.firstRow + row };
        if (!isTagged(checks.heads, batch, place, head.bytes)) {
          throw corrupt(
            `other bytes between ${at} and ${imagesAt}, the scalars of row ${place.row} and on`,
            'the bytes that were written, by the check of the record batch',
          );
        }
        at = imagesAt + Math.min(recordBatchRows, entry.rows - row) * imageBytes;
        return head;
      });
      return { contents: readHeads(heads, shape, entry), tags: checks.images };
    } catch (error) {
      if (error instanceof ShardCorrupt) throw error;
      // Bytes that were verified and yet are none of this data set: only by a forged manifest.
      const what = 'A shard is not one of this data set';
      throw corrupt((error as Error).message, 'the rows and columns of the manifest', what);
    }
  });
}
