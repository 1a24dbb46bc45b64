import type { SplitFractions, SplitName } from '@spectraloom/sampling';
import { ShardsError } from '../errors.js';
import { ShardFile } from '../reading/shard-file.js';
import { type ReadingThreads, readingThreads } from '../reading/threads.js';
import { type ImagePlace, unfilled } from '../reading/verified.js';
import { imageLength } from './layout.js';
import { type Manifest, readManifest, type ShardEntry } from './manifest.js';
import { checkResume, noSplit, orderOf, type ResumeState, rowsOfSplit } from './order.js';

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

/** Whole shards up to this size are read and hashed sooner than row by row. */
const wholeBytes = 2 ** 20;

/**
 * Reads a finished data set. What is handed out has been compared with the manifest: the whole shard
 * by its sha256, or the row by its check; nothing that does not match ever is.
 */
export class DatasetReader {
  readonly #shards = new Map<number, Promise<ShardFile>>();
  /** Shards whose bytes are in memory, the one used last at the end. */
  readonly #held = new Map<number, ShardFile>();
  readonly #threads: ReadingThreads;
  readonly #totalBytes: number;
  #spare: ArrayBuffer | undefined;
  readonly #splits = new Map<string, Uint32Array>();
  readonly #cacheBytes: number;
  readonly #verify: 'rows' | 'shards' | undefined;
  readonly fractions: SplitFractions;

  private constructor(
    readonly folder: string,
    readonly manifest: Manifest,
    options: ReaderOptions,
  ) {
    this.#cacheBytes = options.cacheBytes ?? gibibyte;
    this.#verify = options.verify;
    this.fractions = options.fractions ?? noSplit;
    this.#totalBytes = manifest.shards.reduce((sum, shard) => sum + shard.bytes, 0);
    this.#threads = readingThreads(options.threads, this.#totalBytes);
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
      if (this.#byRows(index)) this.#shard(index, inOrder).catch(() => undefined);
    }
    for (const [n, [shardIndex, places]] of wanted.entries()) {
      // Whole shards behind are read meanwhile, each thread one.
      for (const [ahead] of wanted.slice(n + 1, n + Math.max(1, this.#threads.count))) {
        this.#shard(ahead, inOrder).catch(() => undefined);
      }
      let shard = await this.#shard(shardIndex, inOrder);
      // Let go by another batch in the meantime, without a way to read its images alone.
      while (shard.bytesHeld === 0 && !shard.readableLater) {
        shard = await this.#shard(shardIndex, false);
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
    this.#held.clear();
    this.#spare = undefined;
  }

  /** Batches to read ahead. */
  #ahead(batchSize: number): number {
    const unit = this.#byRows(0) ? batchSize : this.manifest.rowsPerShard;
    const rows = this.#threads.count * unit;
    const room = Math.floor(mostAhead / (batchSize * imageLength(this.manifest) * 4));
    return 1 + Math.max(0, Math.min(Math.ceil(rows / batchSize), room));
  }

  /**
   * A verified shard.
   * @param inOrder its rows are read one after the other: should it leave the memory, it is not
   *   needed image by image, and is read as a whole again if at all
   */
  async #shard(index: number, inOrder: boolean): Promise<ShardFile> {
    let opening = this.#shards.get(index);
    if (!opening) {
      opening = this.#byRows(index)
        ? this.#openHeads(index)
        : this.#open(index, !inOrder && this.#totalBytes > this.#cacheBytes);
      this.#shards.set(index, opening);
      // A failed one is tried again when asked for again: the file may have been mended.
      opening.catch(() => this.#shards.delete(index));
    }
    const shard = await opening;
    if (shard.bytesHeld > 0) this.#keep(index, shard);
    return shard;
  }

  /** Whether a shard's rows are compared one by one. */
  #byRows(index: number): boolean {
    const { tail, bytes } = this.manifest.shards[index]!;
    if (!tail || this.#verify === 'shards') return false;
    return this.#verify === 'rows' || bytes > wholeBytes;
  }

  async #openHeads(index: number): Promise<ShardFile> {
    const { folder, manifest } = this;
    const { labels, parameters, imageShape } = manifest;
    const entry = manifest.shards[index]! as ShardEntry & Required<Pick<ShardEntry, 'tail'>>;
    const shape = { labels, parameters, imageShape };
    const shard = await this.#threads.ask({ kind: 'heads', folder, shape, entry });
    return new ShardFile(entry, shard, imageLength(manifest));
  }

  async #open(index: number, tags: boolean): Promise<ShardFile> {
    const { folder, manifest } = this;
    const entry = manifest.shards[index]!;
    const { labels, parameters, imageShape } = manifest;
    const spare = this.#spare?.byteLength === entry.bytes ? this.#spare : undefined;
    if (spare) this.#spare = undefined;
    const shape = { labels, parameters, imageShape };
    const shard = await this.#threads.ask({
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
      if (held <= this.#cacheBytes || other === shard) break;
      held -= other.bytesHeld;
      this.#spare = other.release() ?? this.#spare;
      this.#held.delete(n);
      if (!other.readableLater) this.#shards.delete(n);
    }
  }
}

/** The memory of a batch's images, unless it is a view of a shard's; the batch has it no more. */
function takeBack({ buffer, byteLength }: Float32Array): ArrayBuffer[] {
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength !== byteLength) return [];
  return [structuredClone(buffer, { transfer: [buffer] })];
}
