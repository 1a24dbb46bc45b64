import type { CommandModule } from 'yargs';
import { type PipelineArgs, pipelineOptions, runOptions, type RunArgs } from './shared/options.js';

/** `spectraloom run PIPELINE`: the stages of a pipeline, each made only when it is not current. */
export const runCommand: CommandModule<object, PipelineArgs & RunArgs> = {
  command: 'run <pipeline>',
  describe: 'Run a pipeline: plan, images, train, evaluate, explain, report',
  builder: (y) =>
    runOptions(pipelineOptions(y))
      .example('$0 run pcsmo --preset quick', 'the main job, sized for a laptop')
      .example('$0 run pcsmo --measured m.npy --mirror-k', 'classify your own measured image')
      .example('$0 run pcsmo --until images', 'stop after the simulated data set')
      .example('$0 run pcsmo --preset quick --json', 'progress and result as JSON lines'),
  handler: async (args) => {
    const { runPipeline } = await import('./shared/pipeline-run.js');
    await runPipeline(args, {
      ...(args.until === undefined ? {} : { until: args.until }),
      ...(args.only === undefined ? {} : { only: args.only }),
      force: args.force ?? [],
    });
  },
};
