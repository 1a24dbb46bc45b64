import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writevSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import type { Schema } from 'apache-arrow';
import { recordBatch } from '../arrow/batch.js';
import { StreamingFileWriter } from '../arrow/file-writer.js';
import { shardSchema } from '../arrow/schema.js';
import { checksKey, ChecksTaker } from '../checks/shard-checks.js';
import { hashBeside, hashHere, type ShardHash } from '../checks/shard-hash.js';
import { ShardsError } from '../errors.js';
import { partialName, syncFolder, writeAll } from '../files/durable.js';
import { systemError } from '../files/system-errors.js';
import { appendJournal } from './journal.js';
import {
  checkLayout,
  type DatasetLayout,
  type DatasetRow,
  imageLength,
  recordBatchRows,
  shardCount,
  type ShardRange,
  shardRange,
} from './layout.js';
import type { ShardEntry } from './manifest.js';

/** Writes the rows of one shard, in order. Until `finish` nothing stands under the shard's name. */
export interface ShardWriter {
  readonly range: ShardRange;
  /** Rows appended so far. */
  readonly rowsDone: number;
  /**
   * @param image `[...imageShape]`, row-major, finite; copied
   * @throws ShardsError ROW_INVALID, DISK_FULL, NOT_WRITABLE, IO
   */
  append(row: DatasetRow, image: Float32Array): void;
  /** Completes the file: fsync, rename, fsync of the folder, line in the journal. */
  finish(): ShardEntry;
  /** Removes what was written. */
  abort(): void;
}

/** How a shard is written; its bytes do not depend on it. */
export interface ShardWriterOptions {
  /**
   * Hash in a thread of its own while this one goes on: for a caller that writes one shard after the
   * other and leaves a core idle. Where every core has a worker it wins nothing. Default false.
   */
  readonly hashBeside?: boolean;
}

/**
 * Opens shard `index` of a data set for writing. The bytes depend on the layout and the rows alone.
 * @param key hash of what the shard is to hold, for the journal
 * @throws ShardsError ROW_INVALID for a shard the layout has not; DISK_FULL, NOT_WRITABLE, IO
 */
export function openShard(
  folder: string,
  layout: DatasetLayout,
  index: number,
  key: string,
  options: ShardWriterOptions = {},
): ShardWriter {
  checkLayout(layout);
  if (!(Number.isInteger(index) && index >= 0 && index < shardCount(layout))) {
    throw new ShardsError({
      code: 'ROW_INVALID',
      what: 'The data set has no such shard',
      got: String(index),
      expected: `0 <= index < ${shardCount(layout)}`,
    });
  }
  const hash = options.hashBeside ? hashBeside() : hashHere();
  return new ArrowShardWriter(folder, layout, shardRange(layout, index), key, hash);
}

class ArrowShardWriter implements ShardWriter {
  readonly #path: string;
  readonly #temporary: string;
  readonly #schema: Schema;
  readonly #arrow: StreamingFileWriter;
  readonly #checks: ChecksTaker;
  #images: Float32Array;
  readonly #since = performance.now();
  #pieces: Uint8Array[] = [];
  #pending: DatasetRow[] = [];
  #bytes = 0;
  #file: number | undefined;
  rowsDone = 0;

  constructor(
    private readonly folder: string,
    private readonly layout: DatasetLayout,
    readonly range: ShardRange,
    private readonly key: string,
    private readonly hash: ShardHash,
  ) {
    this.#path = join(folder, range.name);
    this.#temporary = partialName(this.#path);
    try {
      this.#file = openSync(this.#temporary, 'wx');
    } catch (error) {
      hash.end(new Float32Array(0));
      throw systemError(error, `write ${range.name}`, this.#path);
    }
    this.#images = hash.memory(Math.min(recordBatchRows, range.rows) * imageLength(layout));
    this.#schema = shardSchema(layout, range);
    this.#checks = new ChecksTaker(range.firstRow, 4 * imageLength(layout));
    this.#arrow = new StreamingFileWriter(
      this.#schema,
      (piece) => this.#take(piece),
      () => new Map([[checksKey, this.#checks.text()]]),
    );
  }

  append(row: DatasetRow, image: Float32Array): void {
    if (this.#file === undefined) throw new Error(`${this.range.name} is closed`);
    checkRow(this.layout, this.range, this.rowsDone, row, image);
    this.#images.set(image, this.#pending.length * image.length);
    this.#pending.push(row);
    this.rowsDone++;
    if (this.#pending.length === recordBatchRows) this.#flush();
  }

  finish(): ShardEntry {
    if (this.rowsDone !== this.range.rows) {
      throw new ShardsError({
        code: 'ROW_INVALID',
        what: 'A shard was finished before all of its rows were there',
        where: this.#path,
        got: `${this.rowsDone} rows`,
        expected: `${this.range.rows}`,
      });
    }
    try {
      if (this.#pending.length > 0) this.#flush();
      this.#arrow.writeEnd();
      this.#drain();
      fsyncSync(this.#file!);
      this.#close();
      renameSync(this.#temporary, this.#path);
    } catch (error) {
      this.abort();
      throw systemError(error, `write ${this.range.name}`, this.#path);
    }
    syncFolder(dirname(this.#path));
    const { name, firstRow, rows } = this.range;
    const tail = this.#checks.tail();
    const entry = {
      name,
      firstRow,
      rows,
      bytes: this.#bytes,
      sha256: this.hash.digest(this.#path),
      tail: { bytes: tail.length, sha256: createHash('sha256').update(tail).digest('hex') },
    };
    appendJournal(this.folder, {
      event: 'shard',
      key: this.key,
      ...entry,
      finishedAt: new Date().toISOString(),
      seconds: Math.round(performance.now() - this.#since) / 1000,
      host: hostname(),
      pid: process.pid,
    });
    return entry;
  }

  abort(): void {
    this.#close();
    rmSync(this.#temporary, { force: true });
  }

  #flush(): void {
    this.#arrow.writeBatch(recordBatch(this.#schema, this.layout, this.#pending, this.#images));
    this.#pending = [];
    try {
      this.#drain();
    } catch (error) {
      this.abort();
      throw systemError(error, `write ${this.range.name}`, this.#path);
    }
    this.#images = this.hash.nextMemory(this.#images);
  }

  #take(piece: Uint8Array): void {
    // Arrow hands the images over where they are: nothing else lies in that memory.
    if (piece.buffer === this.#images.buffer) this.#checks.takeImages(piece);
    else this.#checks.take(piece);
    this.#pieces.push(piece);
  }

  /** Hashes and writes the pieces gathered since the last call. */
  #drain(): void {
    const pieces = this.#pieces;
    this.#pieces = [];
    for (const piece of pieces) this.hash.update(piece);
    const total = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const limit = 512;
    for (let at = 0; at < pieces.length; at += limit) {
      const group = pieces.slice(at, at + limit);
      let written = writevSync(this.#file!, group);
      for (const piece of group) {
        // A short write: the rest goes piece by piece.
        if (written < piece.length) writeAll(this.#file!, piece.subarray(Math.max(0, written)));
        written = Math.max(0, written - piece.length);
      }
    }
    this.#bytes += total;
  }

  #close(): void {
    if (this.#file === undefined) return;
    closeSync(this.#file);
    this.#file = undefined;
    this.hash.end(this.#images);
  }
}

/**
 * Index of the first NaN or infinity, or the length: those whose exponent bits are all set. With the
 * sign cleared, adding one to the exponent carries into bit 31 for these alone, and the carries of a
 * block are gathered without a branch: 40 us for 240 x 400 pixels, Number.isFinite takes several times that.
 */
function firstNonFinite(image: Float32Array): number {
  const bits = new Int32Array(image.buffer, image.byteOffset, image.length);
  const carry = (i: number) => ((bits[i]! & 0x7fffffff) + 0x00800000) | 0;
  const whole = bits.length & ~7;
  let carried = 0;
  for (let i = 0; i < whole; i += 8) {
    const a = carry(i) | carry(i + 1) | carry(i + 2) | carry(i + 3);
    carried |= a | carry(i + 4) | carry(i + 5) | carry(i + 6) | carry(i + 7);
  }
  for (let i = whole; i < bits.length; i++) carried |= carry(i);
  return carried >= 0 ? image.length : image.findIndex((value) => !Number.isFinite(value));
}

function checkRow(
  layout: DatasetLayout,
  range: ShardRange,
  done: number,
  row: DatasetRow,
  image: Float32Array,
): void {
  const names = new Set(layout.parameters.map((p) => p.name));
  const badPixel = firstNonFinite(image);
  const problems = [
    done >= range.rows && `row ${row.row}, after the last of ${range.rows}`,
    row.row !== range.firstRow + done && `row ${row.row} in the place of ${range.firstRow + done}`,
    !layout.labels.includes(row.label) && `label '${row.label}'`,
    !(row.seed >= 0n && row.seed < 2n ** 64n) && `seed ${row.seed}`,
    image.length !== imageLength(layout) && `an image of ${image.length} pixels`,
    badPixel < image.length && `${image[badPixel]} at pixel ${badPixel}`,
    ...Object.entries(row.parameters).map(
      ([name, value]) =>
        (!names.has(name) && `parameter ${name}`) ||
        (!Number.isFinite(value) && `${name} = ${value}`),
    ),
  ].filter((problem) => typeof problem === 'string');
  if (problems.length === 0) return;
  throw new ShardsError({
    code: 'ROW_INVALID',
    what: 'A row does not fit the data set',
    where: `row ${row.row} of ${range.name}`,
    got: problems.join('; '),
    expected: `rows in order, labels ${layout.labels.join(', ')}, parameters ${[...names].join(', ')}, ${imageLength(layout)} finite pixels`,
  });
}
