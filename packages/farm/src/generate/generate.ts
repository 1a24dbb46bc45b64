import { readFile, rmdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { type Plan, planToText } from '@spectraloom/sampling';
import {
  acquireLock,
  appendJournal,
  datasetLockName,
  type Manifest,
  removePartialFiles,
  shardCount,
  writeFileDurably,
} from '@spectraloom/shards';
import { FarmError } from '../errors.js';
import { defaultWorkers, startPool, type WorkerPool } from '../pool/pool.js';
import type { TaskSource } from '../task/port.js';
import { Crew } from './crew.js';
import { datasetKey, existingShards } from './existing.js';
import { finishDataset } from './finish.js';
import { jobHash, layoutOf } from './layout.js';
import { type GenerateProgress, ProgressMeter } from './progress.js';
import { keepSign } from './sign.js';

/** Name of the plan's file in a data set's folder. */
export const planName = 'plan.json';

/** 25 MB of images of 240 x 400. */
export const defaultRowsPerShard = 64;

/**
 * What is computed, where it goes, and with how many hands; the data set depends on plan, task, identity,
 * provenance and rowsPerShard alone.
 */
export interface GenerateOptions extends TaskSource {
  readonly plan: Plan;
  readonly outDir: string;
  /** Worker threads; default as many as cores. */
  readonly workers?: number;
  /** JavaScript heap of each worker, MiB; one that needs more dies. Default: Node's. */
  readonly workerMemoryMB?: number;
  /** Default `defaultRowsPerShard`. */
  readonly rowsPerShard?: number;
  /** Names the job in the shards and decides whether old ones are kept; default a hash of the job. */
  readonly identity?: string;
  /** Further facts for the shards' metadata; a change of one makes another data set. */
  readonly provenance?: Readonly<Record<string, string>>;
  /** How often a shard that failed is tried again; default 2. */
  readonly retries?: number;
  /** Remove another data set that is in the folder, instead of refusing. */
  readonly overwrite?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: GenerateProgress) => void;
  /** Milliseconds between reports; default 500. */
  readonly progressEveryMs?: number;
}

/**
 * Simulates every row of a plan and writes the data set: shards by worker threads, then the catalogue,
 * the manifest last.
 * Finished shards of an earlier run are hashed and kept. The manifest is the same for any number of
 * workers and after any interruption.
 * @throws FarmError INTERRUPTED (nothing half-written is left; run again to go on), SHARDS_FAILED,
 *   TASK_INVALID, OTHER_DATASET, DISK_FULL, NOT_WRITABLE; DatasetLocked when another run has the folder
 */
export async function generate(options: GenerateOptions): Promise<Manifest> {
  const { plan, outDir, signal } = options;
  const rowsPerShard = options.rowsPerShard ?? defaultRowsPerShard;
  if (signal?.aborted) throw interrupted(outDir);
  if (!(Number.isInteger(rowsPerShard) && rowsPerShard >= 1)) {
    throw new FarmError({
      code: 'TASK_INVALID',
      what: 'A shard cannot hold that many rows',
      where: 'rowsPerShard',
      got: String(rowsPerShard),
      expected: 'a whole number above 0',
    });
  }
  const lock = await acquireLock(outDir, { name: datasetLockName });
  try {
    await removePartialFiles(outDir);
    const shards = Math.ceil(plan.rowCount / rowsPerShard);
    const workers = Math.max(1, Math.min(options.workers ?? defaultWorkers(), shards));
    const pool = startPool(options, workers, shards);
    try {
      return await run(options, pool, rowsPerShard);
    } finally {
      await pool.destroy();
      // Threads that were stopped in the middle leave their unfinished files.
      await removePartialFiles(outDir);
    }
  } finally {
    await lock.release();
    // A run that failed before its first file; a folder with files stays.
    await rmdir(outDir).catch(() => undefined);
  }
}

async function run(
  options: GenerateOptions,
  pool: WorkerPool,
  rowsPerShard: number,
): Promise<Manifest> {
  const { plan, outDir, signal } = options;
  const stopped = stopOn(signal);
  try {
    const task = await Promise.race([pool.describe(), stopped.promise]);
    if (!task) throw interrupted(outDir);
    const identity = options.identity ?? jobHash(options.job);
    const layout = layoutOf(plan, task, rowsPerShard, identity, options.provenance ?? {});
    const key = datasetKey(layout);
    const known = await existingShards(outDir, key, options.overwrite ?? false);
    await keepPlan(outDir, plan);
    appendJournal(outDir, {
      event: 'start',
      key,
      rows: plan.rowCount,
      shards: shardCount(layout),
      workers: pool.workers,
      startedAt: new Date().toISOString(),
      host: hostname(),
      pid: process.pid,
    });
    const meter = new ProgressMeter(pool.progress, plan.rowCount, shardCount(layout));
    const report = () => options.onProgress?.(meter.read());
    const timer = setInterval(report, options.progressEveryMs ?? 500);
    const sign = keepSign(outDir, () => meter.read());
    try {
      const { retries } = options;
      const work = { folder: outDir, plan, layout, key, known, retries, signal };
      const finished = await Promise.race([new Crew(work, pool, meter).work(), stopped.promise]);
      if (!finished) throw interrupted(outDir, meter.read());
      const manifest = finishDataset(outDir, layout, plan, finished);
      report();
      return manifest;
    } finally {
      clearInterval(timer);
      sign.end();
    }
  } finally {
    stopped.dispose();
  }
}

/** Puts the plan beside the shards, so that the folder says what its rows are. */
export async function keepPlan(folder: string, plan: Plan): Promise<void> {
  const path = join(folder, planName);
  const text = `${planToText(plan)}\n`;
  const there = await readFile(path, 'utf8').catch(() => undefined);
  if (there !== text) writeFileDurably(path, text);
}

/** A promise that comes true, with undefined, when the signal is set off. */
function stopOn(signal: AbortSignal | undefined): {
  promise: Promise<undefined>;
  dispose: () => void;
} {
  let stop: () => void = () => undefined;
  const promise = new Promise<undefined>((resolve) => {
    stop = () => resolve(undefined);
  });
  signal?.addEventListener('abort', stop);
  if (signal?.aborted) stop();
  return { promise, dispose: () => signal?.removeEventListener('abort', stop) };
}

export function interrupted(folder: string, progress?: GenerateProgress): FarmError {
  return new FarmError({
    code: 'INTERRUPTED',
    what: 'Generation was interrupted',
    where: folder,
    ...(progress && { got: `${progress.shardsDone} of ${progress.shardsTotal} shards` }),
    next: 'run it again: finished shards are kept',
  });
}
