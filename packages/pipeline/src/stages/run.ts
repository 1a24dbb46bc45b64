import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { acquireLock } from '@spectraloom/shards';
import { PipelineError } from '../errors.js';
import type { Emit } from './events.js';
import { type InputDifference, inputDifferences, stageKey } from './key.js';
import {
  describeFile,
  latestRecord,
  readRecord,
  stageFolder,
  verifyRecord,
  writeRecord,
} from './records.js';
import type { Stage, StageRecord } from './stage.js';

export interface RunOptions {
  /** Folder of this pipeline and preset; stages get sub-folders. */
  readonly runFolder: string;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  /** Run this stage and what it needs; default: all. */
  readonly until?: string;
  /** Begin with this stage; those it needs must be finished and current. */
  readonly from?: string;
  /** Run this one stage; those it needs must be finished and current. */
  readonly only?: string;
  /** Make these anew although they are current. */
  readonly force?: readonly string[];
}

export type FinishedStage = StageRecord & { readonly folder: string };

/** Stages in an order in which each comes after those it needs. */
export function orderStages(stages: readonly Stage[], until?: string): Stage[] {
  const byName = new Map(stages.map((s) => [s.name, s]));
  const order: Stage[] = [];
  const visit = (name: string): void => {
    const stage = byName.get(name);
    if (!stage) {
      throw new PipelineError('STAGE_UNKNOWN', {
        what: 'no such stage',
        got: name,
        expected: `one of ${stages.map((s) => s.name).join(', ')}`,
        next: 'name one of these',
      });
    }
    if (order.includes(stage)) return;
    for (const needed of stage.dependsOn) visit(needed);
    order.push(stage);
  };
  if (until === undefined) for (const stage of stages) visit(stage.name);
  else visit(until);
  return order;
}

/**
 * Runs stages, each only when no finished result with its key is there. Every stage holds a lock
 * on its folder while it works, so two runs never make the same thing at once.
 * @returns the finished stages by name; without the later ones when a stage handed its work over.
 */
export async function runStages(
  stages: readonly Stage[],
  options: RunOptions,
): Promise<Map<string, FinishedStage>> {
  const { emit, signal } = options;
  const finished = new Map<string, FinishedStage>();
  const order = orderStages(stages, options.only ?? options.until);
  const begin = options.from === undefined ? order : behind(stages, order, options.from);
  for (const stage of order) {
    throwIfInterrupted(signal, stage.name);
    const mayRun = options.only === undefined ? begin.includes(stage) : options.only === stage.name;
    const record = await runStage(stage, finished, options, mayRun);
    if (!record) break;
    if (options.force?.includes(stage.name) !== true && record.kept) {
      emit({ type: 'stage-kept', stage: stage.name, key: record.done.key });
    }
    finished.set(stage.name, record.done);
  }
  return finished;
}

/** The stage and those that need it, of an order of stages. */
function behind(stages: readonly Stage[], order: readonly Stage[], from: string): Stage[] {
  orderStages(stages, from);
  const found = order.filter((stage) =>
    orderStages(stages, stage.name).some((s) => s.name === from),
  );
  if (found.length > 0) return found;
  throw new PipelineError('STAGE_UNKNOWN', {
    what: 'the stage to begin with comes after the one to end with',
    got: `from ${from}, until ${order.at(-1)!.name}`,
    expected: `one of ${order.map((s) => s.name).join(', ')}`,
    next: 'name an earlier stage to begin with, or a later one to end with',
  });
}

async function runStage(
  stage: Stage,
  finished: ReadonlyMap<string, FinishedStage>,
  options: RunOptions,
  mayRun: boolean,
): Promise<{ done: FinishedStage; kept: boolean } | undefined> {
  const { emit, signal, runFolder } = options;
  const { inputs, upstream, key } = await keyOf(stage, finished, runFolder);
  const folder = stageFolder(runFolder, stage.name, key);
  const forced = options.force?.includes(stage.name) === true;

  const current = async (): Promise<FinishedStage | undefined> => {
    const record = await readRecord(folder);
    if (!record) return undefined;
    await verifyRecord(folder, record);
    await stage.verify?.(record);
    return { ...record, folder };
  };
  if (!forced) {
    const done = await current();
    if (done) return { done, kept: true };
  }
  if (!mayRun) {
    throw new PipelineError('STAGE_NOT_READY', {
      what: `stage '${stage.name}' has not been run with the present inputs`,
      where: folder,
      got: 'no finished result for this key',
      expected: `a finished '${stage.name}'`,
      next: `run it first (spectraloom run ... --until ${stage.name}, or npx nx run PIPELINE:${stage.name})`,
    });
  }

  await mkdir(folder, { recursive: true });
  const lock = await acquireLock(folder);
  try {
    if (!forced) {
      // Another run may have finished it while this one waited for the lock.
      const done = await current();
      if (done) return { done, kept: true };
    }
    const aside = forced ? await setAside(folder, lock.path) : undefined;
    emit({ type: 'stage-start', stage: stage.name, title: stage.title, key });
    const since = performance.now();
    const outcome = await stage
      .run({
        folder,
        key,
        inputs,
        signal,
        emit,
        upstream: (name) => {
          const record = finished.get(name);
          if (!record)
            throw new Error(`stage ${stage.name} does not declare that it needs ${name}`);
          return record;
        },
      })
      .catch(async (error: unknown) => {
        await aside?.restore();
        throwIfInterrupted(signal, stage.name, error);
        throw error;
      });
    if (!outcome) {
      await aside?.restore();
      return undefined;
    }
    throwIfInterrupted(signal, stage.name);
    const files = [];
    for (const path of outcome.files) files.push(await describeFile(folder, path));
    const seconds = (performance.now() - since) / 1000;
    const record: StageRecord = {
      format: 1,
      stage: stage.name,
      key,
      inputs,
      upstream,
      results: outcome.results,
      files,
      summary: outcome.summary,
      seconds,
      finishedAt: new Date().toISOString(),
    };
    await writeRecord(folder, record);
    await aside?.discard();
    emit({ type: 'stage-end', stage: stage.name, key, seconds, summary: outcome.summary });
    return { done: { ...record, folder }, kept: false };
  } finally {
    await lock.release();
    // An attempt that failed at once leaves nothing; rmdir leaves a folder with files alone.
    await rmdir(folder).catch(() => undefined);
  }
}

/**
 * A stage made anew must not go on from what lies in its folder; the old result is moved aside and
 * comes back when the new one fails.
 */
async function setAside(folder: string, lockPath: string) {
  const old = `${folder}.old`;
  await rm(old, { recursive: true, force: true });
  await mkdir(old);
  const move = async (from: string, to: string): Promise<void> => {
    for (const name of await readdir(from)) {
      if (join(from, name) !== lockPath) await rename(join(from, name), join(to, name));
    }
  };
  await move(folder, old);
  return {
    restore: async () => {
      for (const name of await readdir(folder)) {
        const path = join(folder, name);
        if (path !== lockPath) await rm(path, { recursive: true, force: true });
      }
      await move(old, folder);
      await rm(old, { recursive: true });
    },
    discard: () => rm(old, { recursive: true, force: true }),
  };
}

async function keyOf(
  stage: Stage,
  finished: ReadonlyMap<string, { readonly key: string }>,
  runFolder: string,
) {
  const upstream: Record<string, string> = {};
  for (const name of stage.dependsOn) upstream[name] = finished.get(name)!.key;
  const inputs = await stage.inputs({ runFolder, upstream });
  return { inputs, upstream, key: stageKey(stage.name, inputs, upstream) };
}

export interface StageStatus {
  readonly stage: string;
  readonly key: string;
  readonly state: 'current' | 'stale' | 'never run';
  /** What changed since the newest finished result; empty when current or never run. */
  readonly differences: readonly InputDifference[];
}

/** For each stage: is there a finished result for the present inputs, and if not, what changed? */
export async function stageStatus(
  stages: readonly Stage[],
  runFolder: string,
): Promise<StageStatus[]> {
  const keys = new Map<string, { key: string }>();
  const result: StageStatus[] = [];
  for (const stage of orderStages(stages)) {
    const { inputs, upstream, key } = await keyOf(stage, keys, runFolder);
    keys.set(stage.name, { key });
    if (await readRecord(stageFolder(runFolder, stage.name, key))) {
      result.push({ stage: stage.name, key, state: 'current', differences: [] });
      continue;
    }
    const last = await latestRecord(runFolder, stage.name);
    result.push(
      last === undefined
        ? { stage: stage.name, key, state: 'never run', differences: [] }
        : {
            stage: stage.name,
            key,
            state: 'stale',
            differences: [
              ...inputDifferences(last.inputs, inputs),
              ...inputDifferences(last.upstream, upstream, 'upstream'),
            ],
          },
    );
  }
  return result;
}

function throwIfInterrupted(signal: AbortSignal, stage: string, cause?: unknown): void {
  if (!signal.aborted) return;
  const told = (cause ?? {}) as { code?: unknown; what?: string; got?: string; next?: string };
  const own = told.code === 'INTERRUPTED' ? told : {};
  throw new PipelineError(
    'INTERRUPTED',
    {
      what: `interrupted in stage '${stage}'`,
      ...(own.got === undefined ? {} : { got: own.got }),
      next: /jobs/.test(own.next ?? '')
        ? own.next!
        : 'run the same command again: finished stages, shards and epochs are kept',
    },
    { cause },
  );
}
