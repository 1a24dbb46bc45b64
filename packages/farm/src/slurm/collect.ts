import { readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { planFromJson } from '@spectraloom/sampling';
import {
  type CheckDepth,
  checkShard,
  type DatasetLayout,
  type Manifest,
  type ShardEntry,
  shardCount,
  shardRange,
  writeFileDurably,
} from '@spectraloom/shards';
import type { FailedShard } from '../errors.js';
import { existingShards } from '../generate/existing.js';
import { finishDataset } from '../generate/finish.js';
import { planName } from '../generate/generate.js';
import { namesIn, readRecords } from './records.js';
import { type SlurmRequest, slurmFiles } from './request.js';

/** A shard that is not there, with what is known of why. */
export interface MissingShard extends FailedShard {
  readonly index: number;
}

/** What a folder holds of a data set. */
export interface Collected {
  readonly finished: readonly ShardEntry[];
  readonly missing: readonly MissingShard[];
}

/** What the merge job writes when shards are missing: `slurm/missing.json`. */
export interface MissingList {
  readonly submission: string;
  readonly key: string;
  readonly shards: readonly MissingShard[];
}

/**
 * Finished and missing shards by what manifest, journal and task records say, and the files as far as
 * `depth` looks into them. A submission looks at sizes, the merge job, which writes the manifest, at
 * more (see `mergeDataset`): a file that is not the one that was written is removed, so that the next
 * submission makes it again.
 */
export async function collect(
  folder: string,
  request: Pick<SlurmRequest, 'key' | 'layout'> & Partial<SlurmRequest>,
  { overwrite = false, depth = 'size' }: { overwrite?: boolean; depth?: CheckDepth } = {},
): Promise<Collected> {
  const { key, layout, submission, bundles } = request;
  const claims = await existingShards(folder, key, overwrite);
  const records = readRecords(folder, key, submission);
  for (const [name, entry] of records.finished) claims.set(name, entry);
  // What an earlier look found out and removed is not to be seen in the folder any more.
  const told = new Map(
    (submission ? readMissing(folder, submission)?.shards : undefined)?.map((s) => [s.name, s]),
  );
  const finished: ShardEntry[] = [];
  const missing: MissingShard[] = [];
  for (let index = 0; index < shardCount(layout); index++) {
    const { name, firstRow, rows } = shardRange(layout, index);
    const claim = claims.get(name);
    const fits = claim?.firstRow === firstRow && claim.rows === rows;
    const problem = claim && fits ? checkShard(folder, claim, depthFor(claim, depth)) : undefined;
    if (claim && fits && !problem) {
      finished.push(claim);
      continue;
    }
    if (problem?.kind === 'sha256' || problem?.kind === 'tail') {
      rmSync(join(folder, name), { force: true });
      const reason = `the file was altered after it was written: ${problem.got}, ${problem.expected} when written; it was removed`;
      missing.push({ index, name, firstRow, rows, attempts: 1, reason });
      continue;
    }
    const failed = records.failedShards.get(name);
    const task = bundles ? Math.floor(index / bundles.shardsPerTask) : -1;
    const reason =
      failed?.reason ??
      records.failedTasks.get(task) ??
      told.get(name)?.reason ??
      `array task ${task} ended without a word: killed, or out of memory or time; its log is in ${slurmFiles(folder).logs}`;
    missing.push({ index, name, firstRow, rows, attempts: failed?.attempts ?? 1, reason });
  }
  return { finished, missing };
}

const readAgainBytes = 64e9;

function mergeDepth({ rows, imageShape }: DatasetLayout): CheckDepth {
  const bytes = imageShape.reduce((product, n) => product * n, 4 * rows);
  return bytes > readAgainBytes ? 'tail' : 'full';
}

/** A shard of before there were tails is looked at as a whole. */
function depthFor({ tail }: ShardEntry, depth: CheckDepth): CheckDepth {
  return depth === 'tail' && !tail ? 'full' : depth;
}

/**
 * Writes the manifest when every shard is there, else the list of the missing ones. The merge job
 * does this; where it could not, the process that follows the jobs.
 * @param depth how closely the shards are compared with what their writers recorded of them. Default:
 *   every byte, up to 64 GB; above, sizes and tails, which tell that each file is the one that was
 *   recorded: to read a whole large data set in one place would take longer than to make it. A byte
 *   that changed in an image since is then found by `verify --full`, and whenever its row is read
 */
export async function mergeDataset(
  folder: string,
  request: Pick<SlurmRequest, 'key' | 'layout'> & Partial<SlurmRequest>,
  depth: CheckDepth = mergeDepth(request.layout),
): Promise<{ manifest: Manifest } | { missing: readonly MissingShard[] }> {
  const { finished, missing } = await collect(folder, request, { depth });
  const files = slurmFiles(folder);
  if (missing.length > 0) {
    const { submission = '', key } = request;
    const list: MissingList = { submission, key, shards: missing };
    writeFileDurably(files.missing, `${JSON.stringify(list, null, 1)}\n`);
    return { missing };
  }
  const planFile = join(folder, planName);
  const plan = planFromJson(readFileSync(planFile, 'utf8'), planFile);
  const manifest = finishDataset(folder, request.layout, plan, finished);
  // The manifest says it all; a task that had nothing to say leaves an empty log.
  rmSync(files.missing, { force: true });
  rmSync(files.records, { recursive: true, force: true });
  for (const name of namesIn(files.logs)) {
    const log = join(files.logs, name);
    const size = statSync(log, { throwIfNoEntry: false })?.size;
    if (size === 0) rmSync(log, { force: true });
  }
  return { manifest };
}

/** The list that the merge job of this submission left, if it did. */
export function readMissing(folder: string, submission: string): MissingList | undefined {
  try {
    const list = JSON.parse(readFileSync(slurmFiles(folder).missing, 'utf8')) as MissingList;
    return list.submission === submission ? list : undefined;
  } catch {
    return undefined;
  }
}
