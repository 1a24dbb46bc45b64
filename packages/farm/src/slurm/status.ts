import { readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { datasetStatus, type LockOwner, shardCount, shardRange } from '@spectraloom/shards';
import { planName } from '../generate/generate.js';
import { readSign } from '../generate/sign.js';
import { type QueuedJob, slurmClient } from './client.js';
import { type MissingShard, readMissing } from './collect.js';
import { finishedManifest } from './follow.js';
import { liveSigns, namesIn, readRecords } from './records.js';
import { mergeName } from './request.js';
import { lastRequest } from './submission.js';

/** Where the making of a data set stands, from its folder alone: the same from any machine that sees it. */
export interface MakingStatus {
  readonly engine: 'local' | 'slurm';
  /**
   * 'running': by a process that may be alive, or jobs in the queue; 'submitted': jobs that none can
   * be asked about from here; 'missing': an array ended and left shards out; 'stopped': unfinished.
   */
  readonly state: 'finished' | 'running' | 'submitted' | 'missing' | 'stopped' | 'empty';
  readonly rowsDone: number;
  readonly rowsTotal: number;
  readonly shardsDone: number;
  readonly shardsTotal: number;
  readonly bytes: number;
  /** 0 unless it is being made. */
  readonly rowsPerSecond: number;
  readonly megabytesPerSecond: number;
  /** Absent without a rate. */
  readonly secondsLeft?: number;
  /** Resident memory of the process, or of all running tasks; absent when none says. */
  readonly memoryBytes?: number;
  /** Draws of the plan, by model; absent without a plan. */
  readonly draws?: readonly {
    readonly label: string;
    readonly attempts: number;
    /** By the task's judgement: an unstable ground state, a field that does not converge. */
    readonly rejected: number;
    /** Outside the plan's own constraints, and so never judged. */
    readonly outside: number;
  }[];
  readonly owner?: LockOwner;
  readonly lastShardAt?: string;
  readonly slurm?: SlurmStatus;
}

/** Where the last submission into a folder stands; the same from any machine that sees the folder. */
export interface SlurmStatus {
  readonly name: string;
  readonly submission: string;
  /** The manifest is there: nothing is left to do. */
  readonly finished: boolean;
  readonly rowsTotal: number;
  readonly rowsDone: number;
  readonly shardsTotal: number;
  readonly shardsDone: number;
  readonly bytes: number;
  /** When the newest shard was finished, ISO 8601. */
  readonly lastShardAt?: string;
  /** By the shards that appeared in the last quarter of an hour. */
  readonly rowsPerSecond: number;
  readonly megabytesPerSecond: number;
  /** Tasks that gave a sign of life within a minute, and the memory they hold. */
  readonly liveTasks: number;
  readonly memoryBytes: number;
  readonly hosts: readonly string[];
  /** What the merge job found missing; undefined while it has not run. */
  readonly missing?: readonly MissingShard[];
  /** Jobs queued or running; undefined where Slurm's programs are missing or do not answer. */
  readonly jobs?: readonly QueuedJob[];
}

const windowMs = 15 * 60_000;

/**
 * How far the job array of a folder is: files, queue and signs of life put together. Reads only.
 * @returns undefined when nothing was ever submitted for the folder
 */
export async function slurmStatus(
  outDir: string,
  options: { env?: Readonly<NodeJS.ProcessEnv> } = {},
): Promise<SlurmStatus | undefined> {
  const folder = resolve(outDir);
  const request = lastRequest(folder);
  if (!request) return undefined;
  const { name, submission, layout, key } = request;
  const files = new Set(namesIn(folder));
  const now = Date.now();
  const submittedAt = statSync(join(folder, 'slurm', 'request.json')).mtimeMs;
  const since = Math.max(submittedAt, now - windowMs);
  let [shardsDone, rowsDone, bytes, recentRows, recentBytes, newest] = [0, 0, 0, 0, 0, 0];
  for (let index = 0; index < shardCount(layout); index++) {
    const range = shardRange(layout, index);
    const found = files.has(range.name)
      ? statSync(join(folder, range.name), { throwIfNoEntry: false })
      : undefined;
    if (!found) continue;
    shardsDone++;
    rowsDone += range.rows;
    bytes += found.size;
    newest = Math.max(newest, found.mtimeMs);
    if (found.mtimeMs < since) continue;
    recentRows += range.rows;
    recentBytes += found.size;
  }
  const jobs = await slurmClient(options)
    .queue([name, mergeName(name)])
    .catch(() => undefined);
  const missing = readMissing(folder, submission)?.shards;
  const finished = finishedManifest(folder, key) !== undefined;
  const signs = liveSigns(readRecords(folder, key, submission).signs, now);
  const seconds = Math.max(1, (now - since) / 1000);
  const working = !finished && !missing;
  return {
    name,
    submission,
    finished,
    rowsTotal: layout.rows,
    rowsDone,
    shardsTotal: shardCount(layout),
    shardsDone,
    bytes,
    ...(newest > 0 && { lastShardAt: new Date(newest).toISOString() }),
    rowsPerSecond: working ? recentRows / seconds : 0,
    megabytesPerSecond: working ? recentBytes / 1e6 / seconds : 0,
    liveTasks: signs.length,
    memoryBytes: signs.reduce((sum, sign) => sum + sign.memoryBytes, 0),
    hosts: [...new Set(signs.map((sign) => sign.host))].sort(),
    ...(missing && { missing }),
    ...(jobs && { jobs }),
  };
}

/** Plans longer than this are not read for their draws. */
const planLimit = 64 * 1024 * 1024;

/**
 * Where the making of a data set stands, whichever engine makes it.
 * @throws ShardsError MANIFEST_INVALID, IO
 */
export async function makingStatus(
  outDir: string,
  options: { env?: Readonly<NodeJS.ProcessEnv> } = {},
): Promise<MakingStatus> {
  const folder = resolve(outDir);
  const files = datasetStatus(folder);
  const draws = drawsOf(folder);
  const sign = readSign(folder);
  const owner = files.owner ?? undefined;
  const slurm = sign && owner?.pid === sign.pid ? undefined : await slurmStatus(folder, options);
  const { lastShardAt } = slurm ?? files;
  const common = {
    ...(draws && { draws }),
    ...(owner && { owner }),
    ...(lastShardAt !== undefined && { lastShardAt }),
  };
  if (slurm && files.state !== 'finished') {
    const { rowsDone, rowsTotal, shardsDone, shardsTotal, bytes, memoryBytes } = slurm;
    const state = slurmState(slurm);
    const rate = state === 'running' || state === 'submitted' ? slurm.rowsPerSecond : 0;
    return {
      engine: 'slurm',
      state,
      ...{ rowsDone, rowsTotal, shardsDone, shardsTotal, bytes },
      rowsPerSecond: rate,
      megabytesPerSecond: rate > 0 ? slurm.megabytesPerSecond : 0,
      ...(rate > 0 && { secondsLeft: (rowsTotal - rowsDone) / rate }),
      ...(slurm.liveTasks > 0 && { memoryBytes }),
      ...common,
      slurm,
    };
  }
  const live = owner && sign?.pid === owner.pid && sign.host === owner.host ? sign : undefined;
  const rate = live?.rowsPerSecond ?? files.rowsPerSecond;
  const rowsDone = Math.max(live?.rowsDone ?? 0, files.rowsDone);
  const perRow = files.rowsDone > 0 ? files.bytes / files.rowsDone : 0;
  return {
    engine: slurm ? 'slurm' : 'local',
    state: files.state,
    rowsDone,
    rowsTotal: files.rowsTotal,
    shardsDone: files.shardsDone,
    shardsTotal: files.shardsTotal,
    bytes: files.bytes,
    rowsPerSecond: rate,
    megabytesPerSecond: live?.megabytesPerSecond ?? (rate * perRow) / 1e6,
    ...(rate > 0 && { secondsLeft: (files.rowsTotal - rowsDone) / rate }),
    ...(live && { memoryBytes: live.memoryBytes }),
    ...common,
    ...(slurm && { slurm }),
  };
}

function slurmState({ jobs, missing, liveTasks }: SlurmStatus): MakingStatus['state'] {
  if (jobs && jobs.length > 0) return 'running';
  if (missing) return 'missing';
  if (liveTasks > 0) return 'running';
  return jobs ? 'stopped' : 'submitted';
}

function drawsOf(folder: string): MakingStatus['draws'] {
  try {
    const path = join(folder, planName);
    if (statSync(path).size > planLimit) return undefined;
    const { models } = JSON.parse(readFileSync(path, 'utf8')) as {
      models?: { label: string; attempts: number; rejectedBy: Record<string, number> }[];
    };
    const sum = (counts: [string, number][]) => counts.reduce((total, [, n]) => total + n, 0);
    return models?.map(({ label, attempts, rejectedBy }) => {
      const counts = Object.entries(rejectedBy);
      const outside = sum(counts.filter(([reason]) => reason.startsWith('constraint ')));
      return { label, attempts, rejected: sum(counts) - outside, outside };
    });
  } catch {
    return undefined;
  }
}
