import { resolve } from 'node:path';
import { shardCount, shardRange } from '@spectraloom/shards';
import { type QueuedJob, slurmClient } from './client.js';
import { type MissingShard, readMissing } from './collect.js';
import { finishedManifest } from './follow.js';
import { namesIn } from './records.js';
import { mergeName } from './request.js';
import { lastRequest } from './submission.js';

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
  /** What the merge job found missing; undefined while it has not run. */
  readonly missing?: readonly MissingShard[];
  /** Jobs queued or running; undefined where Slurm's programs are missing or do not answer. */
  readonly jobs?: readonly QueuedJob[];
}

/** @returns undefined when nothing was ever submitted for the folder */
export async function slurmStatus(
  outDir: string,
  options: { env?: Readonly<NodeJS.ProcessEnv> } = {},
): Promise<SlurmStatus | undefined> {
  const folder = resolve(outDir);
  const request = lastRequest(folder);
  if (!request) return undefined;
  const { name, submission, layout, key } = request;
  const files = new Set(namesIn(folder));
  let shardsDone = 0;
  let rowsDone = 0;
  for (let index = 0; index < shardCount(layout); index++) {
    const range = shardRange(layout, index);
    if (!files.has(range.name)) continue;
    shardsDone++;
    rowsDone += range.rows;
  }
  const jobs = await slurmClient(options)
    .queue([name, mergeName(name)])
    .catch(() => undefined);
  const missing = readMissing(folder, submission)?.shards;
  return {
    name,
    submission,
    finished: finishedManifest(folder, key) !== undefined,
    rowsTotal: layout.rows,
    rowsDone,
    shardsTotal: shardCount(layout),
    shardsDone,
    ...(missing && { missing }),
    ...(jobs && { jobs }),
  };
}
