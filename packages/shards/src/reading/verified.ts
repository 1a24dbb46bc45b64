import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { readContents, type ShardContents } from '../arrow/contents.js';
import { isTagged, tagLength, tagOf } from '../checks/tag.js';
import { type DatasetLayout, imageLength } from '../dataset/layout.js';
import type { ShardEntry } from '../dataset/manifest.js';
import { ShardCorrupt } from '../errors.js';
import { systemError } from '../files/system-errors.js';

/** The layout's part that a shard is read with. */
export type ShardShape = Pick<DatasetLayout, 'labels' | 'parameters' | 'imageShape'>;

/** What is known of a shard once it is compared with the manifest. */
export interface VerifiedShard {
  /** The whole file, every byte compared; absent when its images are compared as they are read. */
  readonly bytes?: Uint8Array<ArrayBuffer>;
  readonly contents: ShardContents;
  /** `[rows, tagLength]`; tag of each image: those of the footer, or taken of verified bytes. */
  readonly tags?: Uint8Array;
}

/** An image of a shard whose bytes are not in memory. */
export interface ImagePlace {
  readonly shard: ShardEntry;
  readonly row: number;
  /** Byte of the file at which it starts. */
  readonly at: number;
  /** `[tagLength]` */
  readonly tag: Uint8Array;
}

/**
 * Memory that is not set to zero first: every byte of it is to be written before it is shown. Taken in
 * the caller's own thread, where the allocator gives used memory again; in others it asks the system
 * for fresh pages each time, which costs more than filling them.
 */
export function unfilled(bytes: number): ArrayBuffer {
  return Buffer.allocUnsafeSlow(bytes).buffer;
}

/** Read, then hashed while it is still in the processor's cache. */
const piece = 1 << 20;

const again = 'generate the data set again (a pipeline: --force images): the others are kept';

/** The error of a shard that is not what the manifest says. */
export function corruptShard(
  folder: string,
  { name }: Pick<ShardEntry, 'name'>,
  what: string,
  got: string,
  expected: string,
): ShardCorrupt {
  return new ShardCorrupt(name, { what, where: join(folder, name), got, expected, next: again });
}

/**
 * Opens a shard whose size is that of the manifest.
 * @param use gets the open file; closed afterwards
 * @throws ShardCorrupt when it is missing or has another size
 */
export function withShard<T>(folder: string, entry: ShardEntry, use: (file: number) => T): T {
  const path = join(folder, entry.name);
  const file = openOrUndefined(path);
  if (file === undefined) {
    throw corruptShard(folder, entry, 'A shard is missing', 'no file', `${entry.bytes} bytes`);
  }
  try {
    const { size } = fstatSync(file);
    if (size !== entry.bytes) throw otherSize(folder, entry, size);
    return use(file);
  } catch (error) {
    throw systemError(error, 'read a shard', path);
  } finally {
    closeSync(file);
  }
}

function otherSize(folder: string, entry: ShardEntry, size: number): ShardCorrupt {
  const what = 'A shard has another size';
  return corruptShard(folder, entry, what, `${size} bytes`, `${entry.bytes} bytes`);
}

/** Fills `out` from byte `from` of a file. @returns how many bytes were there */
export function readFrom(file: number, out: Uint8Array, from: number): number {
  let done = 0;
  while (done < out.length) {
    const got = readSync(file, out, done, out.length - done, from + done);
    if (got === 0) break;
    done += got;
  }
  return done;
}

/**
 * Reads a shard into memory and compares it with the manifest before anything is made of it.
 * @param memory of the shard's size, to be overwritten
 * @param tags take a tag of each image, for `readImages`
 * @throws ShardCorrupt when the file is missing, or its size or sha256 is not the manifest's
 */
export function readVerified(
  folder: string,
  shape: ShardShape,
  entry: ShardEntry,
  memory: ArrayBuffer,
  tags: boolean,
): VerifiedShard {
  const bytes = new Uint8Array(memory);
  withShard(folder, entry, (file) => {
    const hash = createHash('sha256');
    for (let at = 0; at < bytes.length;) {
      const part = bytes.subarray(at, at + piece);
      const got = readFrom(file, part, at);
      if (got < part.length) throw otherSize(folder, entry, at + got);
      hash.update(part);
      at += got;
    }
    const found = hash.digest('hex');
    if (found !== entry.sha256) {
      const [got, expected] = [`sha256 ${found}`, `sha256 ${entry.sha256}`];
      throw corruptShard(folder, entry, 'A shard was altered', got, expected);
    }
  });
  const contents = readContents(bytes, shape, entry, join(folder, entry.name));
  if (!tags) return { bytes, contents };
  const length = 4 * imageLength(shape);
  const taken = new Uint8Array(entry.rows * tagLength);
  contents.imageOffsets.forEach((at, i) => {
    const place = { kind: 'image' as const, row: entry.firstRow + i };
    taken.set(tagOf(place, bytes.subarray(at, at + length)), i * tagLength);
  });
  return { bytes, contents, tags: taken };
}

/**
 * Reads images straight into the memory of a batch. Each is compared with its tag, so that no other
 * bytes than those that were written, in that very row, are given out.
 * @param pixels of one image
 * @param memory for all of them, to be overwritten
 * @returns `[places.length, pixels]`
 * @throws ShardCorrupt
 */
export function readImages(
  folder: string,
  places: readonly ImagePlace[],
  pixels: number,
  memory: ArrayBuffer,
): Float32Array<ArrayBuffer> {
  const length = 4 * pixels;
  const out = new Uint8Array(memory);
  for (let i = 0; i < places.length;) {
    const { shard } = places[i]!;
    let end = i + 1;
    while (end < places.length && places[end]!.shard.name === shard.name) end++;
    withShard(folder, shard, (file) => {
      for (; i < end; i++) {
        const { row, at, tag } = places[i]!;
        const image = out.subarray(i * length, (i + 1) * length);
        const got = readFrom(file, image, at);
        if (got < length || !isTagged(tag, 0, { kind: 'image', row }, image)) {
          throw corruptShard(
            folder,
            shard,
            'A shard was altered',
            `other bytes in the image of row ${row}`,
            'the bytes that were written, by the check of the row',
          );
        }
      }
    });
  }
  return new Float32Array(out.buffer);
}

/** @returns undefined when there is no such file */
function openOrUndefined(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw systemError(error, 'read a shard', path);
  }
}
