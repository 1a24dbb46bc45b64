/**
 * Entry of the jobs of a Slurm submission: `node job.js task REQUEST INDEX`, `node job.js merge
 * REQUEST`. Says nothing when all went well. Never imported.
 */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { planFromJson } from '@spectraloom/sampling';
import { shardCount, shardRange } from '@spectraloom/shards';
import { FarmError, ShardsFailed } from '../errors.js';
import { Crew, type ShardOrder } from '../generate/crew.js';
import { datasetKey } from '../generate/existing.js';
import { planName } from '../generate/generate.js';
import { layoutOf } from '../generate/layout.js';
import { type GenerateProgress, ProgressMeter } from '../generate/progress.js';
import { startPool } from '../pool/pool.js';
import { shardsOfTask } from './bundles.js';
import { mergeDataset } from './collect.js';
import { RecordWriter } from './records.js';
import { readRequest, type SlurmRequest } from './request.js';

/** Milliseconds between two signs of life: often enough for a person, seldom enough for NFS. */
const signEveryMs = 10_000;

const [, , kind, requestPath, index] = process.argv;
const message = (error: unknown) => (error instanceof Error ? error.message : String(error));

try {
  const { request, folder } = readRequest(requestPath!);
  if (kind === 'merge') await merge(folder, request);
  else await arrayTask(folder, request, Number(index));
} catch (error) {
  console.error(`error: ${message(error)}`);
  process.exit(1);
}

async function merge(folder: string, request: SlurmRequest): Promise<void> {
  const result = await mergeDataset(folder, request);
  if ('manifest' in result) return;
  const { missing } = result;
  const shown = missing
    .slice(0, 20)
    .map((s) => `${s.name} (rows ${s.firstRow} to ${s.firstRow + s.rows - 1}): ${s.reason}`);
  console.error(`${missing.length} of ${shardCount(request.layout)} shards are missing`);
  console.error(shown.join('\n'));
  process.exit(1);
}

async function arrayTask(folder: string, request: SlurmRequest, task: number): Promise<void> {
  const wanted = new Set(request.missing);
  const indices = shardsOfTask(request.bundles, task).filter((shard) => wanted.has(shard));
  if (indices.length === 0) return;
  const { submission, key } = request;
  const records = new RecordWriter(folder, `${submission}-${task}`);
  const stopped = new AbortController();
  process.once('SIGTERM', () => {
    stopped.abort();
    const reason = 'stopped by Slurm: cancelled, or out of time';
    records.append({ event: 'task-failed', submission, task, reason });
    console.error(reason);
    process.exit(143);
  });
  try {
    await makeShards(folder, request, indices, {
      onFinished: (entry) => records.append({ event: 'shard', key, ...entry }),
      onSign: ({ rowsDone, megabytesPerSecond, memoryBytes }, rowsTotal) =>
        records.append({
          event: 'alive',
          submission,
          task,
          host: hostname(),
          pid: process.pid,
          at: new Date().toISOString(),
          rowsDone,
          rowsTotal,
          megabytesPerSecond,
          memoryBytes,
        }),
    });
  } catch (error) {
    if (error instanceof ShardsFailed) {
      for (const { name, attempts, reason } of error.shards) {
        records.append({ event: 'shard-failed', submission, name, attempts, reason });
      }
    } else {
      records.append({ event: 'task-failed', submission, task, reason: message(error) });
    }
    throw error;
  } finally {
    records.close();
  }
}

async function makeShards(
  folder: string,
  request: SlurmRequest,
  indices: readonly number[],
  tell: {
    readonly onFinished: NonNullable<ShardOrder['onFinished']>;
    readonly onSign: (progress: GenerateProgress, rowsTotal: number) => void;
  },
): Promise<void> {
  const { key, layout, identity, provenance, retries } = request;
  const planFile = join(folder, planName);
  const plan = planFromJson(readFileSync(planFile, 'utf8'), planFile);
  const shards = shardCount(layout);
  const pool = startPool(request, Math.min(request.workers, indices.length), shards);
  try {
    const here = layoutOf(plan, await pool.describe(), layout.rowsPerShard, identity, provenance);
    if (datasetKey(here) !== key) {
      throw new FarmError({
        code: 'TASK_INVALID',
        what: 'The node would make another data set than the one that was submitted',
        where: folder,
        got: JSON.stringify({ planId: here.planId, provenance: here.provenance }),
        expected: JSON.stringify({ planId: layout.planId, provenance: layout.provenance }),
        next: 'have nodes and login node use the same installation, and run again',
      });
    }
    const meter = new ProgressMeter(pool.progress, layout.rows, shards);
    const known = new Map();
    const { onFinished } = tell;
    const rows = indices.reduce((sum, index) => sum + shardRange(layout, index).rows, 0);
    const sign = () => tell.onSign(meter.read(), rows);
    const timer = setInterval(sign, signEveryMs);
    try {
      await new Crew(
        { folder, plan, layout, key, known, indices, retries, onFinished },
        pool,
        meter,
      ).work();
      sign();
    } finally {
      clearInterval(timer);
    }
  } finally {
    await pool.destroy();
  }
}
