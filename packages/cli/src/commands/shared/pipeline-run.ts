import { join, relative } from 'node:path';
import { hostname } from 'node:os';
import {
  type Emit,
  eventLogger,
  type FinishedStage,
  openPipeline,
  rememberChoice,
  runStages,
  type SlurmChoice,
  watchParent,
} from '@spectraloom/pipeline';
import { dryRunText, eventPrinter } from '../../console/progress.js';
import { interruptSignal } from '../../console/interrupt.js';
import type { PipelineArgs } from './options.js';
import { workspaceRoot } from './workspace.js';

/** Opens a pipeline as the command line's options say. */
export function openFromArgs(args: PipelineArgs, slurm?: SlurmChoice) {
  const root = workspaceRoot();
  return openPipeline({
    root,
    runsFolder: args.runs ?? join(root, 'runs'),
    pipeline: args.pipeline,
    preset: args.preset,
    commandLine: process.argv.slice(2),
    ...(args.measured === undefined
      ? {}
      : { measured: { path: args.measured, mirrorK: args.mirrorK === true } }),
    ...(args.workers === undefined ? {} : { workers: args.workers }),
    ...(args.backend === undefined ? {} : { backend: args.backend }),
    ...(args.datasets === undefined ? {} : { datasetsFolder: args.datasets }),
    ...(args.retrain === undefined ? {} : { retrain: args.retrain }),
    ...(slurm ? { slurm } : {}),
    learn: {
      ...(args.model === undefined ? {} : { network: args.model }),
      ...(args.uncertainty === undefined ? {} : { uncertainty: args.uncertainty }),
    },
  });
}

/** Stages that an engine runs, in this order where there are both. */
const submittingStages = ['spectra', 'images'];

/** Runs stages with progress, Ctrl-C and a closing line; returns the finished stages. */
export async function runPipeline(
  args: PipelineArgs,
  choice: { from?: string; until?: string; only?: string; force?: readonly string[] },
  slurm?: SlurmChoice,
): Promise<Map<string, FinishedStage>> {
  const since = performance.now();
  const opened = await openFromArgs(args, slurm);
  const { measured } = opened.experiment.choice;
  await rememberChoice(opened.runFolder, measured ? { measured } : {});
  const print = eventPrinter(process.stderr, { json: args.json, quiet: args.quiet });
  const log = eventLogger(opened.runFolder);
  let handedOver = false;
  const emit: typeof print = (event) => {
    log(event);
    print(event);
    handedOver ||= event.type === 'run-paused' || event.type === 'dry-run';
    if (event.type === 'dry-run' && !args.json) process.stdout.write(`${dryRunText(event)}\n`);
  };
  const interrupt = interruptSignal((message) => process.stderr.write(`${message}\n`));
  // Started by npm or Nx, it must not outlive them; started by hand (nohup, a closed terminal) it may.
  // The workers end with this process.
  const unwatch =
    process.env['SPECTRALOOM_WATCH_PARENT'] === '1'
      ? watchParent(() => process.exit(129))
      : () => undefined;
  try {
    emit({
      type: 'run-start',
      pipeline: opened.name,
      preset: args.preset,
      stages: opened.stages.map((s) => s.name),
      pid: process.pid,
      host: hostname(),
    });
    if (choice.only === 'spectra' && !opened.stages.some((s) => s.name === 'spectra')) {
      // The Nx target is there for every preset.
      const message = 'not stored with this preset (spectra: store): images computes them';
      emit({ type: 'note', stage: 'spectra', message });
      emit({ type: 'run-end', seconds: (performance.now() - since) / 1000 });
      return new Map();
    }
    // A dry run shows what would be submitted and goes no further, also where there is nothing to submit.
    const names = opened.stages.map((s) => s.name);
    const last = names.findLast((name) => submittingStages.includes(name));
    const earlier =
      choice.until !== undefined && names.indexOf(choice.until) < names.indexOf(last!);
    const submits = slurm?.dryRun && !earlier ? last : undefined;
    const finished = await runStages(opened.stages, {
      runFolder: opened.runFolder,
      emit,
      signal: interrupt.signal,
      ...choice,
      ...(submits === undefined ? {} : { until: submits }),
    });
    if (submits !== undefined && !handedOver) {
      emit({ type: 'note', stage: submits, message: 'is current: nothing would be submitted' });
      return finished;
    }
    if (handedOver) return finished;
    const report = finished.get('report');
    const path = report && join(report.folder, 'report.html');
    emit({
      type: 'run-end',
      seconds: (performance.now() - since) / 1000,
      ...(path ? { report: path } : {}),
    });
    if (path && !args.json) process.stdout.write(`${relative(process.cwd(), path) || path}\n`);
    return finished;
  } catch (error) {
    const { code, what } = error as { code?: string; what?: string };
    log({ type: 'run-failed', code: code ?? 'UNEXPECTED', message: what ?? String(error) });
    throw error;
  } finally {
    unwatch();
    interrupt.dispose();
  }
}

/** Progress, Ctrl-C and the watch over the parent for work that is not a plain run of stages. */
export async function withProgress<T>(
  args: Pick<PipelineArgs, 'json' | 'quiet'>,
  work: (tools: { emit: Emit; signal: AbortSignal }) => Promise<T>,
): Promise<T> {
  const emit = eventPrinter(process.stderr, { json: args.json, quiet: args.quiet });
  const interrupt = interruptSignal((message) => process.stderr.write(`${message}\n`));
  const unwatch =
    process.env['SPECTRALOOM_WATCH_PARENT'] === '1'
      ? watchParent(() => process.exit(129))
      : () => undefined;
  try {
    return await work({ emit, signal: interrupt.signal });
  } finally {
    unwatch();
    interrupt.dispose();
  }
}
