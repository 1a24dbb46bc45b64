import type { CommandModule } from 'yargs';
import { type PipelineArgs, pipelineOptions } from './shared/options.js';

interface TrainArgs extends PipelineArgs {
  fresh: boolean;
}

/** `spectraloom train PIPELINE`: everything up to a trained and evaluated network. */
export const trainCommand: CommandModule<object, TrainArgs> = {
  command: 'train <pipeline>',
  describe: "Train a pipeline's network on its simulated images, and evaluate it",
  builder: (y) =>
    pipelineOptions(y)
      .option('fresh', {
        describe: 'train anew although the trained network is current',
        type: 'boolean',
        default: false,
      })
      .example('$0 train pcsmo --preset quick', 'simulate what is missing, train, evaluate')
      .example(
        '$0 train pcsmo --model compact --uncertainty ddu,duq',
        'with two verdicts beside it',
      )
      .example('$0 train pcsmo --fresh --backend wasm', 'the same again, on WebAssembly') as never,
  handler: async (args) => {
    const { runPipeline } = await import('./shared/pipeline-run.js');
    const finished = await runPipeline(args, {
      until: 'evaluate',
      force: args.fresh ? ['train', 'calibrate', 'evaluate'] : [],
    });
    const folder = finished.get('train')!.folder;
    if (!args.json) process.stdout.write(`Network: ${folder}\n`);
  },
};
