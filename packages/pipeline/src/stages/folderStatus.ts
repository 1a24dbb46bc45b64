import { existsSync, readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { type MakingStatus, makingStatus, planName } from '@spectraloom/farm';
import { datasetLockName, journalName, manifestName, readLockOwner } from '@spectraloom/shards';
import { PipelineError } from '../errors.js';
import { eventLogName, type LoggedEvent, readEventLog } from './eventLog.js';

/** A stage of the last run. */
export interface StageProgress {
  readonly stage: string;
  readonly state: 'waiting' | 'kept' | 'done' | 'running' | 'handed over' | 'stopped' | 'failed';
  readonly done?: number;
  readonly total?: number;
  readonly unit?: string;
  readonly ratePerSecond?: number;
  readonly secondsLeft?: number;
  readonly megabytesPerSecond?: number;
  readonly memoryBytes?: number;
  readonly rejected?: number;
  readonly drawn?: number;
  /** Of a finished stage: how long it took, and its summary. */
  readonly seconds?: number;
  readonly text?: string;
  /** The last sign of it, ISO 8601. */
  readonly at?: string;
}

/** What `spectraloom status` shows of a folder. */
export interface FolderStatus {
  readonly folder: string;
  readonly kind: 'run' | 'dataset';
  /** Of a run folder: what the log says of the last run. */
  readonly run?: {
    readonly pipeline: string;
    readonly preset: string;
    readonly state: 'running' | 'finished' | 'handed over' | 'failed' | 'stopped';
    readonly pid: number;
    readonly host: string;
    readonly startedAt: string;
    readonly lastSignAt: string;
    readonly message?: string;
    readonly stages: readonly StageProgress[];
  };
  /** The data set that is being made, or was last. */
  readonly dataset?: MakingStatus & { readonly folder: string };
}

/**
 * Where the work in a folder stands, from its files alone: a run folder
 * (`runs/<pipeline>/<preset>`), one of a stage below it, or a folder of shards.
 * @throws PipelineError STATUS_UNKNOWN when it is none of these
 */
export async function folderStatus(path: string): Promise<FolderStatus> {
  const folder = resolve(path);
  for (const run of [folder, dirname(folder), dirname(dirname(folder))]) {
    if (existsSync(join(run, eventLogName))) return runStatus(run);
  }
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const marks = [manifestName, journalName, planName, datasetLockName, 'slurm'];
  if (names.some((name) => marks.includes(name))) {
    return { folder, kind: 'dataset', dataset: { folder, ...(await makingStatus(folder)) } };
  }
  throw new PipelineError('STATUS_UNKNOWN', {
    what: 'this folder is neither that of a run nor of a data set',
    where: folder,
    got: existsSync(folder) ? names.slice(0, 8).join(', ') || 'an empty folder' : 'no such folder',
    expected: `runs/PIPELINE/PRESET (holds ${eventLogName}) or a folder of shards (holds ${journalName})`,
    next: 'a run prints the folder it works in; data sets are in datasets/PIPELINE',
  });
}

async function runStatus(folder: string): Promise<FolderStatus> {
  const log = readEventLog(folder);
  const begin = log.findLastIndex((event) => event.type === 'run-start');
  const first = log[begin];
  if (first?.type !== 'run-start') return { folder, kind: 'run' };
  const { pid, host } = first;
  const events = log.slice(begin).filter((e) => e.pid === pid && e.host === host);
  const last = events.at(-1)!;
  const alive = isAlive(folder, events, pid, host);
  const ended = endOf(last, alive);
  const dataset = events.findLast((event) => event.type === 'dataset');
  const made = dataset?.type === 'dataset' ? dataset.folder : datasetOf(log);
  return {
    folder,
    kind: 'run',
    run: {
      pipeline: first.pipeline,
      preset: first.preset,
      state: ended,
      pid,
      host,
      startedAt: first.at,
      lastSignAt: last.at,
      ...(last.type === 'run-failed' && { message: last.message }),
      ...(last.type === 'run-paused' && { message: last.message }),
      stages: first.stages.map((stage) => stageProgress(stage, events, ended)),
    },
    ...(made !== undefined &&
      existsSync(made) && { dataset: { folder: made, ...(await makingStatus(made)) } }),
  };
}

function datasetOf(log: readonly LoggedEvent[]): string | undefined {
  const event = log.findLast((e) => e.type === 'dataset');
  return event?.type === 'dataset' ? event.folder : undefined;
}

/** Here the process is asked for; of another host its lock is all that is known. */
function isAlive(
  folder: string,
  events: readonly LoggedEvent[],
  pid: number,
  host: string,
): boolean {
  const stage = events.findLast((event) => event.type === 'stage-start');
  if (host !== hostname()) {
    if (stage?.type !== 'stage-start') return false;
    const owner = readLockOwner(join(folder, stage.stage, stage.key.slice(0, 16)));
    return owner?.pid === pid && owner.host === host;
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function endOf(last: LoggedEvent, alive: boolean): NonNullable<FolderStatus['run']>['state'] {
  if (last.type === 'run-end') return 'finished';
  if (last.type === 'run-paused' || last.type === 'dry-run') return 'handed over';
  if (last.type === 'run-failed') return last.code === 'INTERRUPTED' ? 'stopped' : 'failed';
  return alive ? 'running' : 'stopped';
}

function stageProgress(
  stage: string,
  events: readonly LoggedEvent[],
  ended: NonNullable<FolderStatus['run']>['state'],
): StageProgress {
  let found: StageProgress = { stage, state: 'waiting' };
  for (const event of events) {
    if (!('stage' in event) || event.stage !== stage) continue;
    const { at } = event;
    if (event.type === 'stage-kept') found = { stage, state: 'kept', at };
    if (event.type === 'stage-start') found = { stage, state: 'running', at };
    if (event.type === 'run-paused') found = { ...found, state: 'handed over', at };
    if (event.type === 'stage-end') {
      const { seconds, summary } = event;
      found = { stage, state: 'done', seconds, text: summary, at };
    }
    if (event.type === 'progress') {
      const { type: _type, pid: _pid, host: _host, detail, stage: _stage, ...numbers } = event;
      found = {
        stage,
        state: 'running',
        ...numbers,
        ...(detail !== undefined && { text: detail }),
      };
    }
    if (event.type === 'jobs') found = { ...found, at, text: event.message };
  }
  if (found.state !== 'running' || ended === 'running') return found;
  const state = ended === 'failed' ? 'failed' : ended === 'handed over' ? 'handed over' : 'stopped';
  return { ...found, state };
}
