import type { SplitFractions, SplitName } from '@spectraloom/sampling';
import { ShardsError } from '../errors.js';
import { imageLength } from './layout.js';
import { type Manifest, readManifest } from './manifest.js';
import { checkResume, noSplit, orderOf, type ResumeState, rowsOfSplit } from './order.js';
import { ShardFile } from './shard-file.js';

/** Rows as typed arrays. */
export interface Batch {
  readonly count: number;
  /** `[count, ...imageShape]`, row-major. */
  readonly images: Float32Array;
  /** `[count]`; class numbers: places in the data set's labels. */
  readonly labels: Int32Array;
  /** `[count, parameters]`, row-major, in each parameter's unit; NaN where the model has it not. */
  readonly parameters: Float64Array;
  /** `[count]` */
  readonly seeds: BigUint64Array;
  /** `[count]` */
  readonly rows: Uint32Array;
}

/** A batch of an epoch with what is needed to go on behind it. */
export interface EpochBatch extends Batch {
  /** Place of its first row in the epoch. */
  readonly position: number;
  /** State once this batch is used. */
  readonly state: ResumeState;
}

export interface ReaderOptions {
  /** Parts of the rows kept from training; default none. */
  readonly fractions?: SplitFractions;
  /** Verified shards kept in memory, at most; default 1 GiB. */
  readonly cacheBytes?: number;
}

export interface EpochOptions {
  /** Default 'all'. */
  readonly split?: SplitName | 'all';
  readonly batchSize: number;
  readonly seed?: number;
  readonly epoch?: number;
  /** Default true. */
  readonly shuffle?: boolean;
  /** Leave out a last batch that is not full. */
  readonly dropLast?: boolean;
  /** Go on from here; overrides split, seed and epoch. */
  readonly resume?: ResumeState;
  /** Of several readers that share an epoch: batches index, index + count, ... of it. */
  readonly reader?: { readonly index: number; readonly count: number };
  readonly signal?: AbortSignal;
}

const gibibyte = 2 ** 30;

/**
 * Reads a finished data set. A shard is compared with the manifest, size and sha256, when it is
 * first needed; no byte of one that does not match is ever handed out.
 */
export class DatasetReader {
  readonly #shards = new Map<number, Promise<ShardFile>>();
  readonly #held = new Set<ShardFile>();
  readonly #splits = new Map<string, Uint32Array>();
  readonly #cacheBytes: number;
  readonly fractions: SplitFractions;

  private constructor(
    readonly folder: string,
    readonly manifest: Manifest,
    options: ReaderOptions,
  ) {
    this.#cacheBytes = options.cacheBytes ?? gibibyte;
    this.fractions = options.fractions ?? noSplit;
  }

  /** @throws ShardsError MANIFEST_MISSING, MANIFEST_INVALID */
  static open(folder: string, options: ReaderOptions = {}): DatasetReader {
    return new DatasetReader(folder, readManifest(folder), options);
  }

  /** Rows of a split, ascending; every row is in exactly one of train, validation and test. */
  rowsOf(split: SplitName | 'all'): Uint32Array {
    let rows = this.#splits.get(split);
    if (!rows) this.#splits.set(split, (rows = rowsOfSplit(this.manifest, split, this.fractions)));
    return rows;
  }

  /**
   * Reads any rows, in the order asked for.
   * @throws ShardsError READ_INVALID for a row that does not exist; ShardCorrupt
   */
  async read(rows: ArrayLike<number>): Promise<Batch> {
    const count = rows.length;
    const { manifest } = this;
    const pixels = imageLength(manifest);
    const width = manifest.parameters.length;
    for (let i = 0; i < count; i++) {
      const row = rows[i]!;
      if (!(Number.isInteger(row) && row >= 0 && row < manifest.rows)) {
        throw new ShardsError({
          code: 'READ_INVALID',
          what: 'The data set has no such row',
          where: this.folder,
          got: String(row),
          expected: `0 <= row < ${manifest.rows}`,
        });
      }
    }
    const batch: Batch = {
      count,
      images: new Float32Array(count * pixels),
      labels: new Int32Array(count),
      parameters: new Float64Array(count * width),
      seeds: new BigUint64Array(count),
      rows: Uint32Array.from(rows),
    };
    // Shard by shard, so that one that leaves the cache is not needed again by the same batch.
    const byShard = new Map<number, number[]>();
    batch.rows.forEach((row, i) => {
      const shard = Math.floor(row / manifest.rowsPerShard);
      byShard.set(shard, [...(byShard.get(shard) ?? []), i]);
    });
    for (const [shardIndex, places] of byShard) {
      const shard = await this.#shard(shardIndex);
      const { contents } = shard;
      for (const i of places) {
        const at = batch.rows[i]! - shard.entry.firstRow;
        batch.labels[i] = contents.labels[at]!;
        batch.seeds[i] = contents.seeds[at]!;
        batch.parameters.set(contents.parameters.subarray(at * width, (at + 1) * width), i * width);
        await shard.readImage(at, batch.images.subarray(i * pixels, (i + 1) * pixels));
      }
    }
    return batch;
  }

  /**
   * The batches of one epoch, the next one being read while the last one is used. The order is
   * computed from (seed, epoch, manifest) and does not depend on batch size or number of readers.
   * @throws ShardsError READ_INVALID, ShardCorrupt; the signal's reason when aborted
   */
  async *epoch(options: EpochOptions): AsyncGenerator<EpochBatch, void, void> {
    const { resume, batchSize } = options;
    const split = resume?.split ?? options.split ?? 'all';
    const seed = resume?.seed ?? options.seed ?? 0;
    const epoch = resume?.epoch ?? options.epoch ?? 0;
    const { index, count } = options.reader ?? { index: 0, count: 1 };
    const whole = (n: number) => Number.isInteger(n) && n >= 0;
    if (!whole(batchSize) || batchSize < 1 || !whole(index) || !(index < count)) {
      throw new ShardsError({
        code: 'READ_INVALID',
        what: 'The epoch cannot be read like this',
        got: `batches of ${batchSize} rows, reader ${index} of ${count}`,
        expected: 'batchSize >= 1, 0 <= index < count',
      });
    }
    const fractions = resume?.fractions ?? this.fractions;
    const rows =
      fractions === this.fractions
        ? this.rowsOf(split)
        : rowsOfSplit(this.manifest, split, fractions);
    if (resume) checkResume(resume, this.manifest, rows.length);
    const order = orderOf(this.manifest, rows, seed, epoch, options.shuffle ?? true);
    const start = resume?.consumed ?? 0;
    const load = (position: number) => {
      const end = Math.min(rows.length, position + batchSize);
      if (position >= end || (options.dropLast && end < position + batchSize)) return undefined;
      const wanted = Array.from({ length: end - position }, (_, i) => order(position + i));
      const batch = this.read(wanted);
      // An error shows when the batch is asked for; until then it is not unhandled.
      batch.catch(() => undefined);
      return batch;
    };
    let position = start + index * batchSize;
    let next = load(position);
    while (next) {
      options.signal?.throwIfAborted();
      const batch = await next;
      next = load(position + count * batchSize);
      const state: ResumeState = {
        manifest: this.manifest.manifestHash,
        split,
        fractions,
        seed,
        epoch,
        consumed: position + batch.count,
      };
      yield { ...batch, position, state };
      position += count * batchSize;
    }
  }

  /** Forgets all shards and frees their memory; batches already handed out stay good. */
  close(): void {
    this.#shards.clear();
    this.#held.clear();
  }

  async #shard(index: number): Promise<ShardFile> {
    let opening = this.#shards.get(index);
    if (!opening) {
      opening = ShardFile.open(this.folder, this.manifest, this.manifest.shards[index]!);
      this.#shards.set(index, opening);
      // A failed one is tried again when asked for again: the file may have been mended.
      opening.catch(() => this.#shards.delete(index));
    }
    const shard = await opening;
    if (shard.bytesHeld > 0) {
      this.#held.delete(shard);
      this.#held.add(shard);
      let held = 0;
      for (const other of this.#held) held += other.bytesHeld;
      for (const other of this.#held) {
        if (held <= this.#cacheBytes || other === shard) break;
        held -= other.bytesHeld;
        other.release();
        this.#held.delete(other);
      }
    }
    return shard;
  }
}
