import type { Argv } from 'yargs';
import { UsageError } from '../../console/errors.js';

/** Stages of every kind of pipeline; which kind has which, and in what order, is in `stagesText`. */
export const stageNames = [
  'plan',
  'structures',
  'spectra',
  'images',
  'train',
  'calibrate',
  'outside',
  'evaluate',
  'explain',
  'report',
] as const;

/** Last words of the help of commands that name a stage. */
export const stagesText = `Stages, in order:
  inelastic neutrons (pcsmo)  plan, (spectra: where the preset stores them,) images, train,
                              calibrate, outside, evaluate, explain, report
  X-ray spectra (h2o-xray)    structures, spectra, train, evaluate, report
  EXAFS (exafs)               structures, spectra, train, evaluate, report

Exit codes: 0 done, 1 failed, 2 wrong call, 130 interrupted (run again to go on).`;

/** A word that is a stage of some pipeline; whether this one has it, the pipeline says. */
export function stageOption<T extends string | string[] | undefined>(option: string) {
  return (given: T): T => {
    for (const name of [given ?? []].flat()) {
      if ((stageNames as readonly string[]).includes(name)) continue;
      // yargs keeps the message alone of what a coercion throws.
      throw new UsageError({
        what: `${option} '${name}': no such stage; one of ${stageNames.join(', ')}`,
        next: 'the end of --help says which kind of pipeline has which stages',
      });
    }
    return given;
  };
}

export interface PipelineArgs {
  pipeline: string;
  preset: string;
  measured?: string;
  mirrorK?: boolean;
  workers?: number;
  backend?: string;
  runs?: string;
  datasets?: string;
  retrain?: 'warm' | 'cold';
  json: boolean;
  quiet: boolean;
  /** Another network than the preset's, and methods beside it. */
  model?: string;
  uncertainty?: string[];
}

export interface RunArgs extends EngineArgs {
  from?: string;
  until?: string;
  only?: string;
  force?: string[];
}

/** Where data sets are made. */
export interface EngineArgs {
  engine?: 'local' | 'slurm';
  profile?: string;
  resume?: boolean;
  detach?: boolean;
  dryRun?: boolean;
  poll?: number;
}

/** Options of every command that runs stages of a pipeline. */
export function pipelineOptions(
  y: Argv<object>,
  has: { readonly measured: boolean; readonly uncertainty?: boolean } = { measured: true },
): Argv<PipelineArgs> {
  const both = has.measured
    ? y.option('measured', {
        describe:
          "a measured image to classify: .npy of the pipeline's image size, rows x columns (pcsmo: 240 x 400)",
        type: 'string',
        requiresArg: true,
      })
    : y;
  const asked =
    has.uncertainty === false
      ? both
      : both.option('uncertainty', {
          describe:
            'also train, calibrate and keep these: ensemble (of 5), ddu (densities of features), duq (scores by distance), denoiser (reconstruction error); with commas, or repeated. Takes 15 % of the images for calibration',
          type: 'string',
          array: true,
          requiresArg: true,
          coerce: (text: string | string[]) =>
            [text]
              .flat()
              .flatMap((t) => t.split(','))
              .map((t) => t.trim())
              .filter((t) => t !== ''),
        });
  return asked
    .positional('pipeline', {
      describe: 'name of a folder in pipelines/, or the path of one',
      type: 'string',
      demandOption: true,
    })
    .option('preset', {
      describe:
        "a file of the pipeline's presets/ without its ending, or a path; pcsmo: quick (minutes), lunch (every method of uncertainty, an hour or two), ablation (for the command of that name, overnight), paper (the published size, for a GPU)",
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
    .option('model', {
      describe:
        "train this network with its defaults in place of the preset's: cnn-gap-small (61,154 weights on folded, averaged images), compact (349,829, residual), duq (scores by distance), cnn-gap (11,490) and cnn-dense (22,056,482; both published, days on a laptop)",
      type: 'string',
      requiresArg: true,
    })
    .option('backend', {
      describe: 'require this tensor backend (default: the best one there is)',
      choices: ['tensorflow', 'webgpu', 'wasm'] as const,
      requiresArg: true,
    })
    .option('runs', {
      describe:
        'folder for results (default: runs/ of the workspace); shards do not go there: --datasets',
      type: 'string',
      requiresArg: true,
    })
    .option('datasets', {
      describe:
        'folder for the shards (default: datasets/ of the workspace); those made before stay',
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
  return engineOptions(y)
    .option('from', {
      describe: 'begin with this stage (below); those before it must be current',
      type: 'string',
      coerce: stageOption('--from'),
      requiresArg: true,
    })
    .option('until', {
      describe: 'run up to this stage',
      type: 'string',
      coerce: stageOption('--until'),
      requiresArg: true,
    })
    .option('only', {
      describe: 'run this stage alone; those before it must be current (what the Nx targets do)',
      type: 'string',
      coerce: stageOption('--only'),
      conflicts: ['until', 'from'],
      requiresArg: true,
    })
    .option('retrain', {
      describe:
        'warm: train from the best checkpoint of the last network (a changed resolution); cold: from drawn weights; default: cold, but a network finished warm is kept',
      choices: ['warm', 'cold'] as const,
      requiresArg: true,
    })
    .option('force', {
      describe: 'make this stage anew although it is current (may be repeated)',
      type: 'string',
      coerce: stageOption('--force'),
      array: true,
      requiresArg: true,
    })
    .epilogue(stagesText) as unknown as Argv<PipelineArgs & RunArgs>;
}

/** Options that say where data sets are made. */
function engineOptions(y: Argv<PipelineArgs>): Argv<PipelineArgs & EngineArgs> {
  return y
    .option('engine', {
      describe: 'where data sets are made: threads of this machine, or job arrays of Slurm',
      choices: ['local', 'slurm'] as const,
      default: 'local',
      requiresArg: true,
      group: 'Cluster:',
    })
    .option('profile', {
      describe:
        'slurm: YAML file with partition, account, timeLimit, memory, cpusPerTask, ... (docs/guides/slurm.md; default: what the cluster defaults to)',
      type: 'string',
      requiresArg: true,
      group: 'Cluster:',
    })
    .option('dry-run', {
      describe: 'slurm: print the scripts that would be submitted, and end',
      type: 'boolean',
      group: 'Cluster:',
    })
    .option('resume', {
      describe:
        'slurm: submit the shards that an ended array left missing, and these alone (without it they are listed and the run ends)',
      type: 'boolean',
      group: 'Cluster:',
    })
    .option('detach', {
      describe: 'slurm: submit and end; the same command without it follows and goes on',
      type: 'boolean',
      group: 'Cluster:',
    })
    .option('poll', {
      describe: 'slurm: seconds between looks at the queue and the folder (default: 5)',
      type: 'number',
      requiresArg: true,
      group: 'Cluster:',
      coerce: (seconds: number) => {
        if (!(seconds >= 0.1 && seconds <= 3600)) {
          throw new Error(`--poll takes seconds from 0.1 to 3600, got ${seconds}`);
        }
        return seconds;
      },
    }) as unknown as Argv<PipelineArgs & EngineArgs>;
}
