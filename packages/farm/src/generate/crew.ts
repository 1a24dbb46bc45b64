import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plan } from '@spectraloom/sampling';
import { type DatasetLayout, type ShardEntry, shardCount, shardRange } from '@spectraloom/shards';
import { type FailedShard, type FarmError, ShardsFailed } from '../errors.js';
import { failureText, type ShardResult } from '../pool/messages.js';
import { failed, isFatal, type WorkerPool } from '../pool/pool.js';
import type { ProgressMeter } from './progress.js';

/** Which shards of which data set are to be made. */
export interface ShardOrder {
  readonly folder: string;
  readonly plan: Plan;
  readonly layout: DatasetLayout;
  readonly key: string;
  /** Shards said to be finished, by name: hashed, and kept when they are. */
  readonly known: ReadonlyMap<string, ShardEntry>;
  /** Default: all. */
  readonly indices?: readonly number[];
  /** Default 2. */
  readonly retries?: number;
  readonly signal?: AbortSignal;
  /** Called for each finished shard, once it is durable. */
  readonly onFinished?: (entry: ShardEntry) => void;
}

/** Hands shards to the pool, as many at a time as there are workers. */
export class Crew {
  readonly #queue: number[];
  readonly #entries: ShardEntry[] = [];
  readonly #failed: FailedShard[] = [];
  #fatal: FarmError | undefined;

  constructor(
    private readonly order: ShardOrder,
    private readonly pool: WorkerPool,
    private readonly meter: ProgressMeter,
  ) {
    const { layout, known } = order;
    const all = order.indices ?? Array.from({ length: shardCount(layout) }, (_, index) => index);
    const isKnown = (index: number) => known.has(shardRange(layout, index).name);
    // Old ones first: what is left to do is known early.
    this.#queue = [...all.filter(isKnown), ...all.filter((index) => !isKnown(index))];
  }

  /**
   * Makes the shards; resolves when all are finished.
   * @throws ShardsFailed when some were given up, after the others; FarmError DISK_FULL, NOT_WRITABLE
   */
  async work(): Promise<ShardEntry[]> {
    await Promise.all(Array.from({ length: this.pool.workers }, () => this.#worker()));
    if (this.#fatal) throw this.#fatal;
    if (this.#failed.length > 0) {
      throw new ShardsFailed(this.order.folder, this.#failed, this.#entries.length);
    }
    return this.#entries;
  }

  async #worker(): Promise<void> {
    for (;;) {
      if (this.#fatal || this.order.signal?.aborted) return;
      const index = this.#queue.shift();
      if (index === undefined) return;
      await this.#shard(index);
    }
  }

  async #shard(index: number): Promise<void> {
    const { folder, plan, layout, key, known, signal } = this.order;
    const { name, firstRow, rows } = shardRange(layout, index);
    const claim = known.get(name);
    const request = {
      kind: 'shard' as const,
      folder,
      layout,
      index,
      key,
      rows: Array.from({ length: rows }, (_, i) => plan.row(firstRow + i)),
      ...(claim && { known: factsOf(claim) }),
    };
    const attempts = 1 + (this.order.retries ?? 2);
    let reason = '';
    for (let attempt = 1; attempt <= attempts; attempt++) {
      if (this.#fatal || signal?.aborted) return;
      if (attempt > 1) this.meter.counts.retries++;
      try {
        const answer = await this.pool.ask(request);
        if (answer.ok && 'shard' in answer) {
          this.#done(answer.shard);
          return;
        }
        if (!answer.ok) {
          if (isFatal(answer.failure)) {
            this.#fatal = failed(answer.failure, 'IO');
            return;
          }
          reason = failureText(answer.failure);
        }
      } catch (error) {
        if (signal?.aborted) return;
        reason = `the worker died: ${error instanceof Error ? error.message : String(error)}`;
        await removeLeftovers(folder, name);
      }
      Atomics.store(this.pool.progress, index, 0);
    }
    this.#failed.push({ name, firstRow, rows, attempts, reason });
  }

  #done({ entry, kept, costs = {} }: ShardResult): void {
    const { counts } = this.meter;
    for (const [name, spent] of Object.entries(costs)) {
      counts.costs[name] = (counts.costs[name] ?? 0) + spent;
    }
    counts.shardsDone++;
    if (kept) {
      counts.shardsKept++;
      counts.rowsKept += entry.rows;
    } else counts.bytesWritten += entry.bytes;
    this.#entries.push(entry);
    this.order.onFinished?.(entry);
  }
}

/** What a file is compared with. */
function factsOf({ bytes, sha256, tail }: ShardEntry) {
  return { bytes, sha256, ...(tail && { tail }) };
}

/** Unfinished files of one shard, whose worker is dead. */
async function removeLeftovers(folder: string, shard: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith(`${shard}.`) && name.endsWith('.part')) {
      await rm(join(folder, name), { force: true });
    }
  }
}
