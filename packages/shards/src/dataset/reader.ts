import type { SplitFractions, SplitName } from '@spectraloom/sampling';
import { ShardsError } from '../errors.js';
import { ShardCache } from '../reading/shard-cache.js';
import type { ShardFile } from '../reading/shard-file.js';
import { type ReadingThreads, readingThreads } from '../reading/threads.js';
import { type ImagePlace, unfilled } from '../reading/verified.js';
import type { Batch, EpochBatch } from './batch.js';
import { imageLength } from './layout.js';
import { type Manifest, readManifest } from './manifest.js';
import { checkResume, noSplit, orderOf, type ResumeState, rowsOfSplit } from './order.js';

/** How rows are split, read and checked. */
export interface ReaderOptions {
  /** Parts of the rows kept from training; default none. */
  readonly fractions?: SplitFractions;
  /**
   * What is compared before a row is given out. `rows`: the row itself, with the check in its shard's
   * footer (a 128-bit GMAC), and the footer with its sha256 in the manifest: nothing is read but what
   * is asked for. `shards`: the sha256 of the whole shard. A row that does not match is never given out
   * either way. Default: `rows` for shards above 1 MiB; shards of before there were checks: `shards`.
   */
  readonly verify?: 'rows' | 'shards';
  /** Whole shards kept in memory, at most, where whole shards are read; default 1 GiB. */
  readonly cacheBytes?: number;
  /**
   * Threads that read, hash and check while this one goes on; 0: none. Default: as many as cores, 4 at
   * most, for a data set above 32 MiB, else none.
   */
  readonly threads?: number;
}

/** Which rows of an epoch come, in which batches, and how far ahead they are read. */
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
  /**
   * Batches read ahead of the one in use, at least 1. Default: as many as keep every thread on a shard
   * of its own in order (256 MiB of images at most), and one more.
   */
  readonly prefetch?: number;
  /**
   * Use the memory of a batch's images again once the next batch is asked for; its `images` are empty
   * from then on. For a consumer that has copied them: fresh memory costs as much as reading.
   */
  readonly reuse?: boolean;
  /** Of several readers that share an epoch: batches index, index + count, ... of it. */
  readonly reader?: { readonly index: number; readonly count: number };
  readonly signal?: AbortSignal;
}

const gibibyte = 2 ** 30;
const mostAhead = 2 ** 28;

/**
 * Reads a finished data set. What is handed out has been compared with the manifest: the whole shard
 * by its sha256, or the row by its check; nothing that does not match ever is.
 */
export class DatasetReader {
  readonly #threads: ReadingThreads;
  readonly #shards: ShardCache;
  readonly #splits = new Map<string, Uint32Array>();
  readonly fractions: SplitFractions;

  private constructor(
    readonly folder: string,
    readonly manifest: Manifest,
    options: ReaderOptions,
  ) {
    this.fractions = options.fractions ?? noSplit;
    const bytes = manifest.shards.reduce((sum, shard) => sum + shard.bytes, 0);
    this.#threads = readingThreads(options.threads, bytes);
    const { cacheBytes = gibibyte, verify } = options;
    this.#shards = new ShardCache(folder, manifest, this.#threads, cacheBytes, verify);
  }

  /** Threads that read for this reader; 0: the caller's own. */
  get threads(): number {
    return this.#threads.count;
  }

  /** @throws ShardsError MANIFEST_MISSING, MANIFEST_INVALID */
  static open(folder: string, options: ReaderOptions = {}): DatasetReader {
    return new DatasetReader(folder, readManifest(folder), options);
  }

  /** Rows of a split, ascending; every row is in exactly one of train, validation, calibration and test. */
  rowsOf(split: SplitName | 'all'): Uint32Array {
    let rows = this.#splits.get(split);
    if (!rows) this.#splits.set(split, (rows = rowsOfSplit(this.manifest, split, this.fractions)));
    return rows;
  }

  /**
   * Reads any rows, in the order asked for. The images of neighbouring rows of one record batch are
   * a view of the shard's own memory; others are gathered.
   * @throws ShardsError READ_INVALID for a row that does not exist; ShardCorrupt
   */
  read(rows: ArrayLike<number>): Promise<Batch> {
    return this.#read(rows, unfilled);
  }

  async #read(rows: ArrayLike<number>, memory: (bytes: number) => ArrayBuffer): Promise<Batch> {
    const count = rows.length;
    const { manifest } = this;
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
    const width = manifest.parameters.length;
    const batch = {
      count,
      labels: new Int32Array(count),
      parameters: new Float64Array(count * width),
      seeds: new BigUint64Array(count),
      rows: Uint32Array.from(rows),
    };
    const images = await this.#images(batch.rows, memory, (i, { contents }, at) => {
      batch.labels[i] = contents.labels[at]!;
      batch.seeds[i] = contents.seeds[at]!;
      batch.parameters.set(contents.parameters.subarray(at * width, (at + 1) * width), i * width);
    });
    return { ...batch, images };
  }

  /**
   * The images of some rows; `each` gets every row's shard and its place in there.
   * Shard by shard, so that one that leaves the cache is not needed again by the same batch.
   */
  async #images(
    rows: Uint32Array,
    memory: (bytes: number) => ArrayBuffer,
    each: (i: number, shard: ShardFile, at: number) => void,
  ): Promise<Float32Array> {
    const pixels = imageLength(this.manifest);
    const neighbours = rows.every((row, i) => i === 0 || row === rows[i - 1]! + 1);
    const inOrder = neighbours && rows.length > 1;
    const byShard = new Map<number, number[]>();
    rows.forEach((row, i) => {
      const shard = Math.floor(row / this.manifest.rowsPerShard);
      const places = byShard.get(shard);
      if (places) places.push(i);
      else byShard.set(shard, [i]);
    });
    const wanted = [...byShard];
    let images: Float32Array | undefined;
    const elsewhere: { i: number; place: ImagePlace }[] = [];
    // The heads of all shards are small: they are asked for at once.
    for (const [index] of wanted) {
      if (this.#shards.byRows(index)) this.#shards.get(index, inOrder).catch(() => undefined);
    }
    for (const [n, [shardIndex, places]] of wanted.entries()) {
      // Whole shards behind are read meanwhile, each thread one.
      for (const [ahead] of wanted.slice(n + 1, n + Math.max(1, this.#threads.count))) {
        this.#shards.get(ahead, inOrder).catch(() => undefined);
      }
      let shard = await this.#shards.get(shardIndex, inOrder);
      // Let go by another batch in the meantime, without a way to read its images alone.
      while (shard.bytesHeld === 0 && !shard.readableLater) {
        shard = await this.#shards.get(shardIndex, false);
      }
      const { firstRow } = shard.entry;
      for (const i of places) each(i, shard, rows[i]! - firstRow);
      if (neighbours && wanted.length === 1) {
        const lent = shard.lendImages(rows[0]! - firstRow, rows.length);
        if (lent) return lent;
      }
      for (const i of places) {
        const at = rows[i]! - firstRow;
        if (shard.bytesHeld > 0) {
          images ??= new Float32Array(memory(4 * rows.length * pixels));
          shard.copyImage(at, images.subarray(i * pixels, (i + 1) * pixels));
        } else elsewhere.push({ i, place: shard.place(at) });
      }
    }
    if (elsewhere.length === 0) return images ?? new Float32Array(0);
    elsewhere.sort((a, b) => a.i - b.i);
    const read = await this.#threads.ask({
      kind: 'images',
      folder: this.folder,
      places: elsewhere.map(({ place }) => place),
      pixels,
      memory: memory(4 * elsewhere.length * pixels),
    });
    if (elsewhere.length === rows.length) return read;
    elsewhere.forEach(({ i }, n) =>
      images!.set(read.subarray(n * pixels, (n + 1) * pixels), i * pixels),
    );
    return images!;
  }

  /**
   * The batches of one epoch, the next ones being read while the last one is used. The order is
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
    const { prefetch = this.#ahead(batchSize) } = options;
    if (
      !whole(batchSize) ||
      batchSize < 1 ||
      !whole(index) ||
      !(index < count) ||
      !(whole(prefetch) && prefetch >= 1)
    ) {
      throw new ShardsError({
        code: 'READ_INVALID',
        what: 'The epoch cannot be read like this',
        got: `batches of ${batchSize} rows, reader ${index} of ${count}, ${prefetch} ahead`,
        expected: 'batchSize >= 1, 0 <= index < count, prefetch >= 1',
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
    const spare: ArrayBuffer[] = [];
    const memory = (bytes: number) => {
      const at = spare.findIndex(({ byteLength }) => byteLength === bytes);
      return at < 0 ? unfilled(bytes) : spare.splice(at, 1)[0]!;
    };
    const load = (position: number) => {
      const end = Math.min(rows.length, position + batchSize);
      if (position >= end || (options.dropLast && end < position + batchSize)) return undefined;
      const wanted = Array.from({ length: end - position }, (_, i) => order(position + i));
      const batch = this.#read(wanted, memory);
      // An error shows when the batch is asked for; until then it is not unhandled.
      batch.catch(() => undefined);
      return batch;
    };
    let position = start + index * batchSize;
    const step = count * batchSize;
    const coming: Promise<Batch>[] = [];
    let next = position;
    const fill = () => {
      while (coming.length < prefetch) {
        const batch = load(next);
        if (!batch) return;
        coming.push(batch);
        next += step;
      }
    };
    for (fill(); coming.length > 0;) {
      options.signal?.throwIfAborted();
      const batch = await coming.shift()!;
      fill();
      const state: ResumeState = {
        manifest: this.manifest.manifestHash,
        split,
        fractions,
        seed,
        epoch,
        consumed: position + batch.count,
      };
      yield { ...batch, position, state };
      position += step;
      if (options.reuse) spare.push(...takeBack(batch.images));
    }
  }

  /** Forgets all shards and frees their memory; batches already handed out stay good. */
  close(): void {
    this.#shards.clear();
  }

  /** Batches to read ahead. */
  #ahead(batchSize: number): number {
    const unit = this.#shards.byRows(0) ? batchSize : this.manifest.rowsPerShard;
    const rows = this.#threads.count * unit;
    const room = Math.floor(mostAhead / (batchSize * imageLength(this.manifest) * 4));
    return 1 + Math.max(0, Math.min(Math.ceil(rows / batchSize), room));
  }
}

/** The memory of a batch's images, unless it is a view of a shard's; the batch has it no more. */
function takeBack({ buffer, byteLength }: Float32Array): ArrayBuffer[] {
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength !== byteLength) return [];
  return [structuredClone(buffer, { transfer: [buffer] })];
}
