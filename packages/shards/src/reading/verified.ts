import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { readContents, type ShardContents } from '../arrow/contents.js';
import { type DatasetLayout, imageLength } from '../dataset/layout.js';
import type { ShardEntry } from '../dataset/manifest.js';
import { ShardCorrupt } from '../errors.js';
import { systemError } from '../files/system-errors.js';

/** The layout's part that a shard is read with. */
export type ShardShape = Pick<DatasetLayout, 'labels' | 'parameters' | 'imageShape'>;

/** A whole shard, its bytes those of the manifest. */
export interface VerifiedShard {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly contents: ShardContents;
  /** `[rows]`; CRC-32 of each image, taken of the verified bytes. */
  readonly checksums?: Uint32Array;
}

/** An image of a shard whose bytes are not in memory. */
export interface ImagePlace {
  readonly shard: ShardEntry;
  readonly row: number;
  /** Byte of the file at which it starts. */
  readonly at: number;
  readonly checksum: number;
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

/**
 * Reads a shard into memory and compares it with the manifest before anything is made of it.
 * @param memory of the shard's size, to be overwritten
 * @throws ShardCorrupt when the file is missing, or its size or sha256 is not the manifest's
 */
export function readVerified(
  folder: string,
  shape: ShardShape,
  entry: ShardEntry,
  memory: ArrayBuffer,
  checksums: boolean,
): VerifiedShard {
  const path = join(folder, entry.name);
  const corrupt = (what: string, got: string, expected: string) =>
    new ShardCorrupt(entry.name, { what, where: path, got, expected, next: again });
  const file = openOrUndefined(path);
  if (file === undefined) {
    throw corrupt('A shard is missing', 'no file', `${entry.bytes} bytes`);
  }
  try {
    const { size } = fstatSync(file);
    if (size !== entry.bytes) {
      throw corrupt('A shard has another size', `${size} bytes`, `${entry.bytes} bytes`);
    }
    const bytes = new Uint8Array(memory);
    const hash = createHash('sha256');
    for (let at = 0; at < bytes.length;) {
      const got = readSync(file, bytes, at, Math.min(piece, bytes.length - at), at);
      if (got === 0) throw corrupt('A shard has another size', `${at} bytes`, `${size} bytes`);
      hash.update(bytes.subarray(at, at + got));
      at += got;
    }
    const found = hash.digest('hex');
    if (found !== entry.sha256) {
      throw corrupt('A shard was altered', `sha256 ${found}`, `sha256 ${entry.sha256}`);
    }
    const contents = readContents(bytes, shape, entry, path);
    if (!checksums) return { bytes, contents };
    const length = 4 * imageLength(shape);
    const taken = Uint32Array.from(contents.imageOffsets, (at) =>
      crc32(bytes.subarray(at, at + length)),
    );
    return { bytes, contents, checksums: taken };
  } catch (error) {
    throw systemError(error, 'read a shard', path);
  } finally {
    closeSync(file);
  }
}

/**
 * Reads images straight into the memory of a batch. Each is compared with the checksum taken when its
 * shard was verified, so a file altered since then is noticed.
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
  places.forEach(({ shard, row, at, checksum }, i) => {
    const image = out.subarray(i * length, (i + 1) * length);
    const path = join(folder, shard.name);
    if (readAt(path, image, at) < length || crc32(image) !== checksum) {
      throw new ShardCorrupt(shard.name, {
        what: 'A shard was altered while it was being read',
        where: path,
        got: `other bytes in row ${row}`,
        expected: `the bytes of sha256 ${shard.sha256}`,
        next: `find out who writes to the folder; ${again}`,
      });
    }
  });
  return new Float32Array(out.buffer);
}

/** @returns how many bytes were there */
function readAt(path: string, out: Uint8Array, from: number): number {
  const file = openOrUndefined(path);
  if (file === undefined) return 0;
  try {
    let done = 0;
    while (done < out.length) {
      const got = readSync(file, out, done, out.length - done, from + done);
      if (got === 0) break;
      done += got;
    }
    return done;
  } catch (error) {
    throw systemError(error, 'read a shard', path);
  } finally {
    closeSync(file);
  }
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
