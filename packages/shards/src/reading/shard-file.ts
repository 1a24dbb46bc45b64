import type { ShardContents } from '../arrow/contents.js';
import { tagLength } from '../checks/tag.js';
import type { ShardEntry } from '../dataset/manifest.js';
import type { ImagePlace, VerifiedShard } from './verified.js';

/**
 * A shard that has been compared with the manifest. Images come from memory while the bytes are kept
 * there; else from the file, each compared with its tag (`readImages`).
 */
export class ShardFile {
  #bytes: Uint8Array<ArrayBuffer> | undefined;
  #lent = false;
  readonly contents: ShardContents;
  readonly #tags: Uint8Array | undefined;

  constructor(
    readonly entry: ShardEntry,
    shard: VerifiedShard,
    private readonly pixels: number,
  ) {
    this.#bytes = shard.bytes;
    this.contents = shard.contents;
    this.#tags = shard.tags;
  }

  /** Bytes held in memory. */
  get bytesHeld(): number {
    return this.#bytes?.length ?? 0;
  }

  /** Whether images can be had without the bytes. */
  get readableLater(): boolean {
    return this.#tags !== undefined;
  }

  /** Lets go of the bytes. @returns their memory, when nobody else looks at it */
  release(): ArrayBuffer | undefined {
    const bytes = this.#bytes;
    this.#bytes = undefined;
    return this.#lent ? undefined : bytes?.buffer;
  }

  /**
   * Copies an image from memory.
   * @param index of the row within the shard
   * @param target `[pixels]`
   */
  copyImage(index: number, target: Float32Array): void {
    const at = this.contents.imageOffsets[index]!;
    target.set(new Float32Array(this.#bytes!.buffer, at, this.pixels));
  }

  /**
   * The images of neighbouring rows where they lie, not copied.
   * @returns `[count, pixels]`; undefined when they do not lie side by side
   */
  lendImages(index: number, count: number): Float32Array<ArrayBuffer> | undefined {
    const { imageOffsets } = this.contents;
    const first = imageOffsets[index]!;
    const length = 4 * this.pixels;
    // Offsets grow from row to row: the last one tells for all.
    if (!this.#bytes || imageOffsets[index + count - 1] !== first + (count - 1) * length) {
      return undefined;
    }
    this.#lent = true;
    return new Float32Array(this.#bytes.buffer, first, count * this.pixels);
  }

  /** Where an image is, for reading it from the file. */
  place(index: number): ImagePlace {
    return {
      shard: this.entry,
      row: this.entry.firstRow + index,
      at: this.contents.imageOffsets[index]!,
      tag: this.#tags!.slice(index * tagLength, (index + 1) * tagLength),
    };
  }
}
