import type { Argv } from 'yargs';

/** Stages of an inelastic-neutron pipeline, in order. */
export const stageNames = ['plan', 'images', 'train', 'evaluate', 'explain', 'report'] as const;

export interface PipelineArgs {
  pipeline: string;
  preset: string;
  measured?: string;
  mirrorK?: boolean;
  workers?: number;
  backend?: string;
  runs?: string;
  json: boolean;
  quiet: boolean;
}

export interface RunArgs {
  until?: string;
  only?: string;
  force?: string[];
}

/** Options of every command that runs stages of a pipeline. */
export function pipelineOptions(
  y: Argv<object>,
  has: { readonly measured: boolean } = { measured: true },
): Argv<PipelineArgs> {
  const both = has.measured
    ? y.option('measured', {
        describe: 'a measured image to classify, .npy of 240 x 400 numbers',
        type: 'string',
        requiresArg: true,
      })
    : y;
  return both
    .positional('pipeline', {
      describe: 'name of a folder in pipelines/, or the path of one',
      type: 'string',
      demandOption: true,
    })
    .option('preset', {
      describe: "a file of the pipeline's presets/ without its ending, or a path",
      type: 'string',
      default: 'quick',
      requiresArg: true,
    })
    .option('mirror-k', {
      describe: 'k of the measured image runs from +1 to -1: mirror it, tile by tile',
      type: 'boolean',
      ...(has.measured ? { implies: 'measured' } : {}),
    })
    .option('workers', {
      describe: 'worker threads (default: one a core); changes no result',
      type: 'number',
      requiresArg: true,
      coerce: (n: number) => {
        if (!Number.isInteger(n) || n < 1 || n > 1024) {
          throw new Error(`--workers takes a whole number from 1 to 1024, got ${n}`);
        }
        return n;
      },
    })
    .option('backend', {
      describe: 'require this tensor backend (default: the best one there is)',
      choices: ['tensorflow', 'webgpu', 'wasm'] as const,
      requiresArg: true,
    })
    .option('runs', {
      describe: 'folder for results (default: runs/ of the workspace)',
      type: 'string',
      requiresArg: true,
    })
    .option('json', {
      describe: 'events and result as JSON lines',
      type: 'boolean',
      default: false,
    })
    .option('quiet', {
      describe: 'no progress',
      type: 'boolean',
      default: false,
    }) as Argv<PipelineArgs>;
}

/** Options that choose stages. */
export function runOptions(y: Argv<PipelineArgs>): Argv<PipelineArgs & RunArgs> {
  return y
    .option('until', {
      describe: 'run up to this stage',
      choices: stageNames,
      requiresArg: true,
    })
    .option('only', {
      describe: 'run this stage alone; those before it must be current (what the Nx targets do)',
      choices: stageNames,
      conflicts: 'until',
      requiresArg: true,
    })
    .option('force', {
      describe: 'make this stage anew although it is current (may be repeated)',
      choices: stageNames,
      array: true,
      requiresArg: true,
    }) as unknown as Argv<PipelineArgs & RunArgs>;
}
