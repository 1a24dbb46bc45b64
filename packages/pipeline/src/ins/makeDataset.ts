import { rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  type GenerateOptions,
  type GenerateProgress,
  localEngine,
  type SlurmEngine,
  slurmEngine,
  type SlurmEvent,
} from '@spectraloom/farm';
import { type Plan } from '@spectraloom/sampling';
import { type Manifest, manifestName, verifyDataset } from '@spectraloom/shards';
import { PipelineError } from '../errors.js';
import { counted, type Emit, progressMeter } from '../stages/events.js';
import type { JsonObject, StageOutcome, StageRecord } from '../stages/stage.js';
import type { Experiment } from './experiment.js';

/** A data set that a stage makes on the engine of the user's choice. */
export interface DatasetOrder extends Pick<GenerateOptions, 'job' | 'taskModule' | 'rowsPerShard'> {
  readonly stage: string;
  /** Names the folder and the job in the shards. */
  readonly key: string;
  readonly plan: Plan;
  /** 'images': what a row is called. */
  readonly unit: string;
  readonly signal: AbortSignal;
  readonly emit: Emit;
}

/** Whose data set it is: an experiment of any kind. */
export interface DatasetOwner extends Pick<Experiment, 'root' | 'choice'> {
  readonly pipeline: { readonly file: { readonly name: string } };
}

/** Folder of the data set of a key. */
export function datasetFolder({ choice, root, pipeline }: DatasetOwner, key: string): string {
  const base = choice.datasetsFolder ?? join(root, 'datasets');
  return join(base, pipeline.file.name, key.slice(0, 16));
}

/**
 * Has the engine make the data set, and tells how it went.
 * @returns undefined when it was only submitted or shown
 */
export async function makeDataset(
  experiment: DatasetOwner,
  order: DatasetOrder,
): Promise<StageOutcome | undefined> {
  const { choice } = experiment;
  const { stage, key, emit, unit } = order;
  const folder = datasetFolder(experiment, key);
  const { slurm } = choice;
  let meter: ReturnType<typeof progressMeter> | undefined;
  let last: GenerateProgress | undefined;
  const jobs = new JobTeller(stage, emit);
  const options: GenerateOptions = {
    plan: order.plan,
    job: order.job,
    ...(order.taskModule === undefined ? {} : { taskModule: order.taskModule }),
    identity: key,
    outDir: folder,
    ...(order.rowsPerShard === undefined ? {} : { rowsPerShard: order.rowsPerShard }),
    signal: order.signal,
    ...(choice.workers === undefined ? {} : { workers: choice.workers }),
    onProgress: (p) => {
      last = p;
      meter ??= progressMeter(emit, stage, p.rowsTotal, unit, p.rowsKept);
      meter(p.rowsDone, `${p.shardsDone}/${counted(p.shardsTotal, 'shard')}${jobs.queue}`, {
        megabytesPerSecond: p.megabytesPerSecond,
        memoryBytes: p.memoryBytes,
      });
    },
  };
  const since = performance.now();
  try {
    if (slurm?.dryRun) {
      const { tasks, ...dry } = await engineOf(slurm, jobs).dryRun(options);
      emit({ type: 'dry-run', stage, ...dry, tasks: tasks.length });
      return undefined;
    }
    emit({ type: 'dataset', stage, folder, engine: slurm ? 'slurm' : 'local' });
    if (slurm?.detach && (await submitted(engineOf(slurm, jobs), options, stage, emit))) {
      return undefined;
    }
    const engine = slurm ? engineOf(slurm, jobs) : localEngine;
    const manifest = await engine.generate(options);
    return outcome(folder, manifest, unit, (performance.now() - since) / 1000, last);
  } finally {
    // A run that failed before its first file leaves no empty folders.
    await rmdir(folder).catch(() => undefined);
    await rmdir(dirname(folder)).catch(() => undefined);
  }
}

function engineOf(slurm: NonNullable<Experiment['choice']['slurm']>, jobs: JobTeller): SlurmEngine {
  return slurmEngine({
    profile: slurm.profile,
    resume: slurm.resume,
    onAbort: 'leave',
    ...(slurm.pollMs === undefined ? {} : { pollMs: slurm.pollMs }),
    onEvent: (event) => jobs.tell(event),
  });
}

/** Tells of jobs: of the queue only when tasks begin or end to run or wait for another reason. */
class JobTeller {
  #said = '';
  /** The queue in words, for the progress line. */
  queue = '';

  constructor(
    private readonly stage: string,
    private readonly emit: Emit,
  ) {}

  tell(event: SlurmEvent): void {
    if (event.type === 'queue') {
      this.queue = `, ${event.running} tasks running, ${event.waiting} waiting`;
      const state = `${event.running > 0} ${event.reason ?? ''}`;
      if (state === this.#said) return;
      this.#said = state;
    }
    this.emit({ type: 'jobs', stage: this.stage, message: jobsText(event) });
  }
}

/** Submits without following; false when nothing was missing. */
async function submitted(
  engine: SlurmEngine,
  options: GenerateOptions,
  stage: string,
  emit: Emit,
): Promise<boolean> {
  if (!(await engine.submit(options))) return false;
  const message = `the jobs go on by themselves; look: spectraloom status ${options.outDir}; go on: the same command without --detach`;
  emit({ type: 'run-paused', stage, message });
  return true;
}

function jobsText(event: SlurmEvent): string {
  switch (event.type) {
    case 'submitted':
      return `submitted array ${event.arrayJob} (${counted(event.tasks, 'task')}, ${counted(event.shards, 'shard')}) and merge job ${event.mergeJob}`;
    case 'attached': {
      const ids = [...new Set(event.jobs.map((job) => job.jobId))];
      return `following jobs of an earlier run: ${ids.join(', ')}`;
    }
    case 'queue':
      return `queue: ${event.running} running, ${event.waiting} waiting${event.reason ? ` (${event.reason})` : ''}`;
    case 'note':
      return event.message;
  }
}

function outcome(
  folder: string,
  manifest: Manifest,
  unit: string,
  seconds: number,
  last: GenerateProgress | undefined,
): StageOutcome {
  const kept = last?.rowsKept ?? 0;
  const made = manifest.rows - kept;
  const bytes = manifest.shards.reduce((sum, shard) => sum + shard.bytes, 0);
  const costs = last?.costs ?? {};
  const share = costText(costs);
  const results: JsonObject = {
    dataset: folder,
    manifestHash: manifest.manifestHash,
    rows: manifest.rows,
    shards: manifest.shards.length,
    bytes,
    imagesPerSecond: made > 0 ? made / seconds : 0,
    kept,
    costs: { ...costs },
  };
  return {
    results,
    files: [join(folder, manifestName)],
    summary: `${manifest.rows} ${unit} in ${counted(manifest.shards.length, 'shard')}, ${(bytes / 1e6).toFixed(0)} MB${kept > 0 ? `, ${kept} of them kept from before` : ''}${made > 0 ? `, ${(made / seconds).toFixed(1)} ${unit}/s` : ''}${share}`,
  };
}

/** Where the workers' time went. */
function costText(costs: Readonly<Record<string, number>>): string {
  const words: Record<string, string> = {
    spinWavesSeconds: 'spin waves',
    convolutionSeconds: 'convolution',
    readSeconds: 'reading spectra',
  };
  const parts = Object.entries(words).filter(([name]) => (costs[name] ?? 0) > 0);
  const total = parts.reduce((sum, [name]) => sum + costs[name]!, 0);
  if (parts.length < 2) return '';
  const told = parts.map(
    ([name, word]) => `${word} ${((100 * costs[name]!) / total).toFixed(1)} %`,
  );
  return ` (${told.join(', ')})`;
}

/** Sizes of a finished data set, before its stage is believed. */
export async function verifyStageDataset(stage: string, { results }: StageRecord): Promise<void> {
  const { dataset } = results as { dataset: string };
  const { problems } = await verifyDataset(dataset);
  const [first] = problems;
  if (!first) return;
  throw new PipelineError('STAGE_DAMAGED', {
    what: 'shards of the finished data set are missing or have another size',
    where: join(dataset, first.shard),
    got: first.got,
    expected: first.expected,
    next: `run with --force ${stage}: whole shards are kept, the others made anew`,
  });
}
