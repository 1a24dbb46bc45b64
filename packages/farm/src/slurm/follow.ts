import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Manifest,
  manifestName,
  readManifest,
  shardCount,
  shardRange,
} from '@spectraloom/shards';
import { FarmError } from '../errors.js';
import { datasetKey } from '../generate/existing.js';
import { type GenerateProgress, ProgressMeter } from '../generate/progress.js';
import type { QueuedJob, SlurmClient } from './client.js';
import { liveSigns, namesIn, readRecords } from './records.js';
import { mergeName, type SlurmRequest } from './request.js';

/** What happens to the jobs; the rows are in the progress reports. */
export type SlurmEvent =
  | {
      readonly type: 'submitted';
      readonly arrayJob: string;
      readonly mergeJob: string;
      /** Array tasks, and the shards they are to make. */
      readonly tasks: number;
      readonly shards: number;
    }
  /** Jobs of an earlier process are still queued or running, and are followed. */
  | { readonly type: 'attached'; readonly jobs: readonly QueuedJob[] }
  /** Sent when one of the numbers or the reason has changed. */
  | {
      readonly type: 'queue';
      readonly waiting: number;
      readonly running: number;
      /** Why the waiting ones wait, in Slurm's words. */
      readonly reason?: string;
    }
  | { readonly type: 'note'; readonly message: string };

export interface FollowOptions {
  readonly client: SlurmClient;
  /** Milliseconds between looks at the folder and the queue. */
  readonly pollMs: number;
  /** How long the controller may not answer. */
  readonly unreachableMs: number;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: SlurmEvent) => void;
  readonly onProgress?: (progress: GenerateProgress) => void;
}

/** Reasons that no waiting cures. */
const never =
  /^(Partition(Config|TimeLimit|NodeLimit)|BadConstraints|Invalid(Account|QOS)|AccountNotAllowed|QOSNotAllowed|DependencyNeverSatisfied|(Assoc|QOS)(MaxWall|MaxCpuPerJob|MaxMemPerJob|MaxMemoryPerJob|MaxNodePerJob)\w*|MaxMemPerLimit)$/;

/** Counts the shards that a submission has made so far, from their files. */
export class FolderProgress {
  readonly #meter: ProgressMeter;
  readonly #slots: Int32Array;
  readonly #open: Map<string, number>;
  #askedAt = Date.now();
  #memoryBytes = 0;

  constructor(
    private readonly folder: string,
    private readonly request: Pick<SlurmRequest, 'key' | 'layout' | 'missing' | 'submission'>,
  ) {
    const { layout, missing } = request;
    const shards = shardCount(layout);
    this.#slots = new Int32Array(shards);
    this.#meter = new ProgressMeter(this.#slots, layout.rows, shards);
    this.#open = new Map(missing.map((index) => [shardRange(layout, index).name, index]));
    const { counts } = this.#meter;
    for (let index = 0; index < shards; index++) {
      const { name, rows } = shardRange(layout, index);
      if (this.#open.has(name)) continue;
      this.#slots[index] = rows;
      counts.rowsKept += rows;
      counts.shardsKept++;
      counts.shardsDone++;
    }
  }

  /** Of the tasks that gave a sign of life in the last minute; they are asked every ten seconds. */
  #memory(): number {
    const now = Date.now();
    if (now - this.#askedAt > 10_000) {
      this.#askedAt = now;
      const { signs } = readRecords(this.folder, this.request.key, this.request.submission);
      this.#memoryBytes = liveSigns(signs, now).reduce((sum, sign) => sum + sign.memoryBytes, 0);
    }
    return this.#memoryBytes;
  }

  read(): GenerateProgress {
    for (const name of namesIn(this.folder)) {
      const index = this.#open.get(name);
      if (index === undefined) continue;
      this.#open.delete(name);
      this.#slots[index] = shardRange(this.request.layout, index).rows;
      this.#meter.counts.shardsDone++;
      const { size } = statSync(join(this.folder, name), { throwIfNoEntry: false }) ?? { size: 0 };
      this.#meter.counts.bytesWritten += size;
    }
    return { ...this.#meter.read(), memoryBytes: this.#memory() };
  }
}

/**
 * Watches the jobs of a request until none is queued or running any more, or the manifest is there.
 * A controller that does not answer (it is being restarted) is asked again.
 * @throws FarmError SLURM_UNREACHABLE; SLURM_NEVER_STARTS, after the jobs were cancelled; the
 *   signal's reason when aborted
 */
export async function followJobs(
  folder: string,
  request: SlurmRequest,
  progress: FolderProgress,
  options: FollowOptions,
): Promise<void> {
  const { client, pollMs, unreachableMs, signal, onEvent, onProgress } = options;
  let answered = performance.now();
  let silent = false;
  let said = '';
  let hopeless = 0;
  for (;;) {
    signal?.throwIfAborted();
    onProgress?.(progress.read());
    if (finishedManifest(folder, request.key)) return;
    let jobs: QueuedJob[];
    try {
      jobs = await client.queue([request.name, mergeName(request.name)]);
    } catch (error) {
      const unreachable = error instanceof FarmError && error.code === 'SLURM_UNREACHABLE';
      if (!unreachable || performance.now() - answered > unreachableMs) throw error;
      if (!silent) onEvent?.({ type: 'note', message: `${error.what}; asking again` });
      silent = true;
      await sleep(pollMs, undefined, { signal });
      continue;
    }
    answered = performance.now();
    silent = false;
    if (jobs.length === 0) return;
    const seen = summary(jobs, request.name);
    if (JSON.stringify(seen) !== said) onEvent?.(seen);
    said = JSON.stringify(seen);
    // Twice: the reason may be an old one for a moment.
    hopeless = seen.running === 0 && never.test(seen.reason ?? '') ? hopeless + 1 : 0;
    if (hopeless >= 2) throw await giveUp(folder, request, jobs, options);
    await sleep(pollMs, undefined, { signal });
  }
}

function summary(jobs: readonly QueuedJob[], name: string): SlurmEvent & { type: 'queue' } {
  const tasks = jobs.filter((job) => job.name === name);
  const of = tasks.length > 0 ? tasks : jobs;
  const waiting = of.filter((job) => job.state === 'PENDING');
  const sum = (list: readonly QueuedJob[]) => list.reduce((total, job) => total + job.tasks, 0);
  const reason = waiting.find((job) => job.reason !== '')?.reason;
  return {
    type: 'queue',
    waiting: sum(waiting),
    running: sum(of) - sum(waiting),
    ...(reason !== undefined && { reason }),
  };
}

async function giveUp(
  folder: string,
  request: SlurmRequest,
  jobs: readonly QueuedJob[],
  { client }: FollowOptions,
): Promise<FarmError> {
  const { jobId, reason } = jobs.find((job) => never.test(job.reason))!;
  for (const name of [request.name, mergeName(request.name)]) await client.cancel(name);
  return new FarmError({
    code: 'SLURM_NEVER_STARTS',
    what: 'Slurm took the job but says that it cannot start; it was cancelled',
    where: folder,
    got: `job ${jobId} waits for ${reason}`,
    expected: 'resources that the partition offers (`scontrol show partition`)',
    next: 'change partition, timeLimit, memory or the sbatch lines of the profile and run again',
  });
}

/** The manifest of this data set, if it is there and holds. */
export function finishedManifest(folder: string, key: string): Manifest | undefined {
  if (!statSync(join(folder, manifestName), { throwIfNoEntry: false })) return undefined;
  try {
    const manifest = readManifest(folder);
    return datasetKey(manifest) === key ? manifest : undefined;
  } catch {
    return undefined;
  }
}
