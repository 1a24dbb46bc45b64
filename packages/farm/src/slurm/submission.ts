import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type DatasetLayout,
  manifestName,
  shardCount,
  shardRange,
  writeFileDurably,
} from '@spectraloom/shards';
import { FarmError } from '../errors.js';
import { datasetKey } from '../generate/existing.js';
import { defaultRowsPerShard, type GenerateOptions, keepPlan } from '../generate/generate.js';
import { jobHash, layoutOf } from '../generate/layout.js';
import { startPool } from '../pool/pool.js';
import { bundleShards, tasksOfShards } from './bundles.js';
import { collect, type Collected } from './collect.js';
import type { SlurmProfile } from './profile.js';
import { RecordWriter } from './records.js';
import { mergeName, readRequest, slurmFiles, type SlurmRequest, writeRequest } from './request.js';
import { arrayScript, mergeScript } from './script.js';

/** The data set that options describe. */
export interface Dataset {
  readonly folder: string;
  readonly layout: DatasetLayout;
  readonly key: string;
  readonly identity: string;
  readonly provenance: Readonly<Record<string, string>>;
}

/** Loads the task, in a thread, to learn what it makes. @throws FarmError TASK_INVALID */
export async function describeDataset(options: GenerateOptions, folder: string): Promise<Dataset> {
  const { plan, rowsPerShard = defaultRowsPerShard, provenance = {} } = options;
  const identity = options.identity ?? jobHash(options.job);
  const pool = startPool(options, 1, 1);
  try {
    const layout = layoutOf(plan, await pool.describe(), rowsPerShard, identity, provenance);
    return { folder, layout, key: datasetKey(layout), identity, provenance };
  } finally {
    await pool.destroy();
  }
}

/** A submission before it is made: its request, and the text of its two scripts. */
export interface PreparedSubmission {
  readonly request: SlurmRequest;
  /** Indices of the array. */
  readonly tasks: readonly number[];
  readonly arrayScript: string;
  readonly mergeScript: string;
}

/**
 * Spreads the missing shards over array tasks and writes the scripts' text. Touches no file.
 * @throws FarmError SLURM_PATH, WORKER_MISSING
 */
export function prepareSubmission(
  dataset: Dataset,
  options: GenerateOptions,
  profile: SlurmProfile,
  missing: readonly number[],
  maxArraySize: number,
): PreparedSubmission {
  const { folder, layout, key, identity, provenance } = dataset;
  const maxTasks = Math.min(profile.maxTasks ?? maxArraySize, maxArraySize);
  const atLeast = profile.shardsPerTask ?? profile.cpusPerTask;
  const bundles = bundleShards(shardCount(layout), { maxTasks, atLeast });
  const { job, taskModule, retries, workerMemoryMB } = options;
  const request: SlurmRequest = {
    format: 'spectraloom-slurm',
    version: 1,
    submission: randomBytes(6).toString('hex'),
    name: jobName(profile, dataset),
    key,
    layout,
    identity,
    provenance,
    job,
    ...(taskModule !== undefined && { taskModule }),
    ...(retries !== undefined && { retries }),
    ...(workerMemoryMB !== undefined && { workerMemoryMB }),
    workers: profile.cpusPerTask,
    bundles,
    missing,
  };
  const files = slurmFiles(folder);
  const parts = {
    profile,
    folder,
    logFolder: files.logs,
    worker: { node: profile.node ?? process.execPath, args: [jobFile()] },
    request: files.request,
  };
  const tasks = tasksOfShards(bundles, missing);
  return {
    request,
    tasks,
    arrayScript: arrayScript({ ...parts, name: request.name }, tasks),
    mergeScript: mergeScript({ ...parts, name: mergeName(request.name) }),
  };
}

/** The same for every submission of a data set into a folder, so that its jobs are found again. */
function jobName(profile: SlurmProfile, { key, folder }: Dataset): string {
  const hash = createHash('sha256').update(`${key}\0${folder}`).digest('hex');
  return `${profile.jobName}-${hash.slice(0, 12)}`;
}

/** The compiled entry: this file may run from `src` (in tests) or from `dist`. */
function jobFile(): string {
  const here = import.meta.url;
  const relative = here.endsWith('.ts') ? '../../dist/slurm/job.js' : './job.js';
  const path = fileURLToPath(new URL(relative, here));
  if (existsSync(path)) return path;
  throw new FarmError({
    code: 'WORKER_MISSING',
    what: 'The compiled entry of Slurm jobs is missing',
    where: path,
    next: 'build the package: npx nx build farm',
  });
}

/**
 * Writes what the jobs read. Only while none of them runs. What earlier submissions said of finished
 * shards goes into one file, and a manifest that no longer holds is removed.
 */
export async function writeSubmission(
  dataset: Dataset,
  options: GenerateOptions,
  prepared: PreparedSubmission,
  { finished }: Collected,
): Promise<void> {
  const { folder, layout, key } = dataset;
  const files = slurmFiles(folder);
  const { submission, missing } = prepared.request;
  for (const path of [files.logs, files.records]) mkdirSync(path, { recursive: true });
  await keepPlan(folder, options.plan);
  const old = readdirSync(files.records);
  const kept = new RecordWriter(folder, `${submission}-kept`);
  kept.append(...finished.map((entry) => ({ event: 'shard' as const, key, ...entry })));
  kept.close();
  for (const name of old) rmSync(join(files.records, name));
  rmSync(join(folder, manifestName), { force: true });
  rmSync(files.missing, { force: true });
  // Without a record: written by a task that died before it could say so.
  for (const index of missing)
    rmSync(join(folder, shardRange(layout, index).name), { force: true });
  writeFileDurably(files.arrayScript, prepared.arrayScript);
  writeFileDurably(files.mergeScript, prepared.mergeScript);
  writeRequest(folder, prepared.request);
}

/** The request of the last submission into a folder; undefined when there was none. */
export function lastRequest(folder: string): SlurmRequest | undefined {
  const path = slurmFiles(folder).request;
  return existsSync(path) ? readRequest(path).request : undefined;
}

/** What is there and what is missing, for a submission; removes another data set if so asked. */
export function collectForSubmission(dataset: Dataset, overwrite: boolean): Promise<Collected> {
  return collect(dataset.folder, { key: dataset.key, layout: dataset.layout }, { overwrite });
}
