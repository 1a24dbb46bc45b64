import { rmdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { acquireLock, datasetLockName } from '@spectraloom/shards';
import type { Engine } from '../engine.js';
import { FarmError } from '../errors.js';
import { type GenerateOptions, interrupted } from '../generate/generate.js';
import { slurmClient, type SlurmClient } from './client.js';
import type { SlurmOptions, SlurmSubmission } from './options.js';
import { checkSlurmProfile, type SlurmProfile } from './profile.js';
import { bashWord } from './quote.js';
import { slurmFiles } from './request.js';
import { SlurmRun } from './run.js';
import { collectForSubmission, describeDataset, prepareSubmission } from './submission.js';

/** What would be submitted. */
export interface SlurmDryRun {
  readonly shards: number;
  readonly shardsMissing: number;
  /** Indices of the array that would be submitted. */
  readonly tasks: readonly number[];
  readonly arrayScript: string;
  readonly mergeScript: string;
  /** The commands, with the scripts where `generate` would put them. */
  readonly commands: readonly string[];
}

/** An engine whose workers are tasks of Slurm job arrays. */
export interface SlurmEngine extends Engine {
  readonly name: 'slurm';
  /**
   * Submits what is missing and returns; undefined when nothing is. `generate` follows the jobs later.
   * @throws as `generate`; FarmError SLURM_REFUSED when jobs of this data set are queued already
   */
  submit(options: GenerateOptions): Promise<SlurmSubmission | undefined>;
  /** The scripts; writes and submits nothing. Where there is no Slurm, MaxArraySize is taken as 1001. */
  dryRun(options: GenerateOptions): Promise<SlurmDryRun>;
}

/**
 * Makes data sets with job arrays: one array over the missing shards, a job after it that writes the
 * manifest or the list of what is missing. `generate` follows both and returns the manifest. Run
 * again after anything at all, it follows jobs that are still there and submits the missing indices
 * alone. Beyond the errors of `generate`: FarmError SLURM_*; ShardsFailed names the missing shards.
 */
export function slurmEngine(options: SlurmOptions = {}): SlurmEngine {
  const profile = checkSlurmProfile(options.profile ?? {});
  const client = slurmClient(options.env ? { env: options.env } : {});
  return {
    name: 'slurm',
    generate: (job) => locked(job, (run) => run.generate(), options, profile, client),
    submit: (job) => locked(job, (run) => run.submitOnly(), options, profile, client),
    dryRun: (job) => dryRun(job, profile, client),
  };
}

async function locked<T>(
  job: GenerateOptions,
  act: (run: SlurmRun) => Promise<T>,
  options: SlurmOptions,
  profile: SlurmProfile,
  client: SlurmClient,
): Promise<T> {
  const folder = resolve(job.outDir);
  if (job.signal?.aborted) throw interrupted(folder);
  const lock = await acquireLock(folder, { name: datasetLockName });
  try {
    const dataset = await describeDataset(job, folder);
    return await act(new SlurmRun(dataset, job, options, profile, client));
  } catch (error) {
    const stopped = job.signal?.aborted && !(error instanceof FarmError);
    throw stopped ? interrupted(folder) : error;
  } finally {
    await lock.release();
    // A run that failed before its first file; a folder with files stays.
    await rmdir(folder).catch(() => undefined);
  }
}

async function dryRun(
  job: GenerateOptions,
  profile: SlurmProfile,
  client: SlurmClient,
): Promise<SlurmDryRun> {
  const folder = resolve(job.outDir);
  const dataset = await describeDataset(job, folder);
  const all = Array.from({ length: Math.ceil(dataset.layout.rows / dataset.layout.rowsPerShard) });
  const missing = await collectForSubmission(dataset, false).then(
    (collected) => collected.missing.map((shard) => shard.index),
    (error: unknown) => {
      const other = error instanceof FarmError && error.code === 'OTHER_DATASET';
      if (other && job.overwrite) return all.map((_, index) => index);
      throw error;
    },
  );
  const maxArraySize = await client.maxArraySize().catch((error: unknown) => {
    if (error instanceof FarmError && error.code === 'SLURM_MISSING') return 1001;
    throw error;
  });
  const prepared = prepareSubmission(dataset, job, profile, missing, maxArraySize);
  const files = slurmFiles(folder);
  return {
    shards: all.length,
    shardsMissing: missing.length,
    tasks: prepared.tasks,
    arrayScript: prepared.arrayScript,
    mergeScript: prepared.mergeScript,
    commands: [
      `sbatch --parsable < ${bashWord(files.arrayScript)}`,
      `sbatch --parsable --dependency=afterany:ARRAY_JOB < ${bashWord(files.mergeScript)}`,
    ],
  };
}
