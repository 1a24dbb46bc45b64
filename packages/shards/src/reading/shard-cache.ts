import { imageLength } from '../dataset/layout.js';
import type { Manifest, ShardEntry } from '../dataset/manifest.js';
import { ShardFile } from './shard-file.js';
import type { ReadingThreads } from './threads.js';
import { unfilled } from './verified.js';

/** Whole shards up to this size are read and hashed sooner than row by row. */
const wholeBytes = 2 ** 20;

/** The verified shards of one reader: all their heads, and the bytes of those used last. */
export class ShardCache {
  readonly #shards = new Map<number, Promise<ShardFile>>();
  /** Shards whose bytes are in memory, the one used last at the end. */
  readonly #held = new Map<number, ShardFile>();
  readonly #totalBytes: number;
  /** Memory of a shard that was let go, for the next of its size. */
  #spare: ArrayBuffer | undefined;

  /**
   * @param bytes of whole shards kept in memory, at most
   * @param verify as in `ReaderOptions`
   */
  constructor(
    private readonly folder: string,
    private readonly manifest: Manifest,
    private readonly threads: ReadingThreads,
    private readonly bytes: number,
    private readonly verify: 'rows' | 'shards' | undefined,
  ) {
    this.#totalBytes = manifest.shards.reduce((sum, shard) => sum + shard.bytes, 0);
  }

  /**
   * A verified shard, read when it is first asked for.
   * @param inOrder its rows are read one after the other: should it leave the memory, it is not
   *   needed image by image, and is read as a whole again if at all
   * @throws ShardCorrupt, ShardsError
   */
  async get(index: number, inOrder: boolean): Promise<ShardFile> {
    let opening = this.#shards.get(index);
    if (!opening) {
      opening = this.byRows(index)
        ? this.#openHeads(index)
        : this.#open(index, !inOrder && this.#totalBytes > this.bytes);
      this.#shards.set(index, opening);
      // A failed one is tried again when asked for again: the file may have been mended.
      opening.catch(() => this.#shards.delete(index));
    }
    const shard = await opening;
    if (shard.bytesHeld > 0) this.#keep(index, shard);
    return shard;
  }

  /** Whether a shard's rows are compared one by one. */
  byRows(index: number): boolean {
    const { tail, bytes } = this.manifest.shards[index]!;
    if (!tail || this.verify === 'shards') return false;
    return this.verify === 'rows' || bytes > wholeBytes;
  }

  /** Forgets all shards and frees their memory. */
  clear(): void {
    this.#shards.clear();
    this.#held.clear();
    this.#spare = undefined;
  }

  async #openHeads(index: number): Promise<ShardFile> {
    const { folder, manifest } = this;
    const { labels, parameters, imageShape } = manifest;
    const entry = manifest.shards[index]! as ShardEntry & Required<Pick<ShardEntry, 'tail'>>;
    const shape = { labels, parameters, imageShape };
    const shard = await this.threads.ask({ kind: 'heads', folder, shape, entry });
    return new ShardFile(entry, shard, imageLength(manifest));
  }

  async #open(index: number, tags: boolean): Promise<ShardFile> {
    const { folder, manifest } = this;
    const entry = manifest.shards[index]!;
    const { labels, parameters, imageShape } = manifest;
    const spare = this.#spare?.byteLength === entry.bytes ? this.#spare : undefined;
    if (spare) this.#spare = undefined;
    const shape = { labels, parameters, imageShape };
    const shard = await this.threads.ask({
      kind: 'shard',
      folder,
      shape,
      entry,
      tags,
      memory: spare ?? unfilled(entry.bytes),
    });
    return new ShardFile(entry, shard, imageLength(manifest));
  }

  /** Marks a shard as used last and lets go of those used longest ago, beyond the cache's size. */
  #keep(index: number, shard: ShardFile): void {
    this.#held.delete(index);
    this.#held.set(index, shard);
    let held = 0;
    for (const other of this.#held.values()) held += other.bytesHeld;
    for (const [n, other] of this.#held) {
      if (held <= this.bytes || other === shard) break;
      held -= other.bytesHeld;
      this.#spare = other.release() ?? this.#spare;
      this.#held.delete(n);
      if (!other.readableLater) this.#shards.delete(n);
    }
  }
}
