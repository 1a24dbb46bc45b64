import type { CommandModule } from 'yargs';
import { type PipelineArgs, pipelineOptions } from './shared/options.js';

/** `spectraloom report PIPELINE`: write the report (again). */
export const reportCommand: CommandModule<object, PipelineArgs> = {
  command: 'report <pipeline>',
  describe: "Write a pipeline's HTML report anew, running what it needs and is not current",
  builder: (y) =>
    pipelineOptions(y)
      .example('$0 report pcsmo', 'the report of the preset quick; prints its path')
      .example(
        '$0 report pcsmo --measured m.npy',
        'the same network on another measurement',
      ) as never,
  handler: async (args) => {
    const { runPipeline } = await import('./shared/pipeline-run.js');
    await runPipeline(args, { force: ['report'] });
  },
};
