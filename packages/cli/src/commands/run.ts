import type { CommandModule } from 'yargs';
import { type PipelineArgs, pipelineOptions, runOptions, type RunArgs } from './shared/options.js';

/** `spectraloom run PIPELINE`: the stages of a pipeline, each made only when it is not current. */
export const runCommand: CommandModule<object, PipelineArgs & RunArgs> = {
  command: 'run <pipeline>',
  describe:
    'Run a pipeline: plan, (spectra,) images, train, calibrate, outside, evaluate, explain, report; of X-ray spectra: structures, spectra, train, evaluate, report',
  builder: (y) =>
    runOptions(pipelineOptions(y))
      .example('$0 run pcsmo --preset quick', 'the main job, sized for a laptop')
      .example('$0 run pcsmo --measured m.npy --mirror-k', 'classify your own measured image')
      .example(
        '$0 run pcsmo --preset lunch',
        'ensemble, DUQ, DDU, denoiser: all that doubts, compared',
      )
      .example('$0 run h2o-xray', 'structures of water to X-ray spectra, and back')
      .example('$0 run pcsmo --until images', 'stop after the simulated data set')
      .example('$0 run pcsmo --from train --retrain warm', 'train on from the last network')
      .example(
        '$0 run pcsmo --engine slurm --profile slurm.yaml --dry-run',
        'the job scripts, nothing submitted',
      )
      .example(
        '$0 run pcsmo --engine slurm --profile slurm.yaml',
        'job arrays make the images; Ctrl-C leaves the jobs to go on',
      )
      .example('$0 run pcsmo --preset quick --json', 'progress and result as JSON lines'),
  handler: async (args) => {
    const { runPipeline } = await import('./shared/pipeline-run.js');
    const { slurmChoice } = await import('./shared/engine.js');
    const choice = {
      ...(args.from === undefined ? {} : { from: args.from }),
      ...(args.until === undefined ? {} : { until: args.until }),
      ...(args.only === undefined ? {} : { only: args.only }),
      force: args.force ?? [],
    };
    await runPipeline(args, choice, await slurmChoice(args));
  },
};
