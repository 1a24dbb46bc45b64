import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { readContents, type ShardContents } from '../arrow/contents.js';
import { ShardCorrupt } from '../errors.js';
import { systemError } from '../files/system-errors.js';
import { type DatasetLayout, imageLength } from './layout.js';
import type { ShardEntry } from './manifest.js';

/**
 * An open shard whose bytes have been compared with the manifest. Images come from memory while the
 * bytes are kept there; after that from the file, each compared with a checksum taken of the
 * verified bytes, so a file altered under the reader's hands is noticed as well.
 */
export class ShardFile {
  #bytes: Uint8Array | undefined;
  #checksums: Uint32Array | undefined;

  private constructor(
    readonly entry: ShardEntry,
    readonly contents: ShardContents,
    private readonly path: string,
    private readonly pixels: number,
    bytes: Uint8Array,
  ) {
    this.#bytes = bytes;
  }

  /** @throws ShardCorrupt when the file is missing, or its size or sha256 is not the manifest's */
  static async open(folder: string, layout: DatasetLayout, entry: ShardEntry): Promise<ShardFile> {
    const path = join(folder, entry.name);
    const corrupt = (what: string, got: string, expected: string) =>
      new ShardCorrupt(entry.name, {
        what,
        where: path,
        got,
        expected,
        next: 'generate the data set again (a pipeline: --force images): the others are kept',
      });
    let file: FileHandle;
    try {
      file = await open(path, 'r');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
        throw corrupt('A shard is missing', 'no file', `${entry.bytes} bytes`);
      }
      throw systemError(error, 'read a shard', path);
    }
    try {
      const { size } = await file.stat();
      if (size !== entry.bytes) {
        throw corrupt('A shard has another size', `${size} bytes`, `${entry.bytes} bytes`);
      }
      const bytes = takeBuffer(entry.bytes);
      const found = await readAndHash(file, bytes);
      if (found !== entry.sha256) {
        throw corrupt('A shard was altered', `sha256 ${found}`, `sha256 ${entry.sha256}`);
      }
      const contents = readContents(bytes, layout, entry, path);
      return new ShardFile(entry, contents, path, imageLength(layout), bytes);
    } catch (error) {
      throw systemError(error, 'read a shard', path);
    } finally {
      await file.close();
    }
  }

  /** Bytes held in memory. */
  get bytesHeld(): number {
    return this.#bytes?.length ?? 0;
  }

  /** Lets go of the bytes, after taking the checksum of each image. */
  release(): void {
    if (!this.#bytes) return;
    const bytes = this.#bytes;
    this.#checksums ??= Uint32Array.from(this.contents.imageOffsets, (at) =>
      crc32(bytes.subarray(at, at + 4 * this.pixels)),
    );
    this.#bytes = undefined;
    if (spare.length < spareBuffers) spare.push(bytes);
  }

  /**
   * Copies an image.
   * @param index of the row within the shard
   * @param target `[pixels]`
   */
  async readImage(index: number, target: Float32Array): Promise<void> {
    const at = this.contents.imageOffsets[index]!;
    const length = 4 * this.pixels;
    const out = new Uint8Array(target.buffer, target.byteOffset, length);
    if (this.#bytes) {
      out.set(this.#bytes.subarray(at, at + length));
      return;
    }
    const got = await this.#readFromFile(out, at);
    if (got < length || crc32(out) !== this.#checksums![index]) {
      target.fill(Number.NaN);
      throw new ShardCorrupt(this.entry.name, {
        what: 'A shard was altered while it was being read',
        where: this.path,
        got: `other bytes in row ${this.entry.firstRow + index}`,
        expected: `the bytes of sha256 ${this.entry.sha256}`,
        next: 'find out who writes to the folder; generate the data set again (a pipeline: --force images)',
      });
    }
  }

  /** @returns how many bytes were there */
  async #readFromFile(out: Uint8Array, at: number): Promise<number> {
    try {
      const file = await open(this.path, 'r');
      try {
        let got = 0;
        while (got < out.length) {
          const { bytesRead } = await file.read(out, got, out.length - got, at + got);
          if (bytesRead === 0) break;
          got += bytesRead;
        }
        return got;
      } finally {
        await file.close();
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
      throw systemError(error, 'read a shard', this.path);
    }
  }
}

/** Buffers of shards that were let go: fresh memory costs more than filling it. */
const spare: Uint8Array[] = [];
const spareBuffers = 2;

function takeBuffer(length: number): Uint8Array {
  const at = spare.findIndex((buffer) => buffer.length === length);
  return at < 0 ? new Uint8Array(length) : spare.splice(at, 1)[0]!;
}

/** Reads a whole file into `bytes`, hashing each piece while the next one is on its way. */
async function readAndHash(file: FileHandle, bytes: Uint8Array): Promise<string> {
  const hash = createHash('sha256');
  const piece = 4 << 20;
  const read = async (at: number): Promise<Uint8Array> => {
    const end = Math.min(bytes.length, at + piece);
    let done = at;
    while (done < end) {
      const { bytesRead } = await file.read(bytes, done, end - done, done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return bytes.subarray(at, done);
  };
  let next = read(0);
  for (let at = 0; at < bytes.length; at += piece) {
    const current = await next;
    if (at + piece < bytes.length) next = read(at + piece);
    hash.update(current);
  }
  return hash.digest('hex');
}
