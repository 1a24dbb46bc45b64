import type { CommandModule } from 'yargs';
import { UsageError } from '../console/errors.js';
import { type PipelineArgs, pipelineOptions } from './shared/options.js';

type PredictArgs = PipelineArgs & { images: string[] };

/** `spectraloom predict PIPELINE FILE...`: scores of measured images, by the network already trained. */
export const predictCommand: CommandModule<object, PredictArgs> = {
  command: 'predict <pipeline> <images..>',
  describe: 'Classify .npy images with the network a pipeline has trained',
  builder: (y) =>
    pipelineOptions(
      y.positional('images', {
        describe: 'image files',
        type: 'string',
        array: true,
        demandOption: true,
      }),
      { measured: false },
    )
      .example('$0 predict pcsmo m.npy --mirror-k', 'scores of one image')
      .example('$0 predict pcsmo a.npy b.npy --json', 'of several, as JSON lines') as never,
  handler: async (args) => {
    if (args.images.length === 0) throw new UsageError({ what: 'no image was given' });
    const { openFromArgs } = await import('./shared/pipeline-run.js');
    const { classifyFiles } = await import('@spectraloom/pipeline');
    const opened = await openFromArgs(args);
    for await (const result of classifyFiles(opened, args.images, {
      mirrorK: args.mirrorK === true,
    })) {
      if (args.json) {
        process.stdout.write(`${JSON.stringify(result)}\n`);
        continue;
      }
      const scores = Object.entries(result.scores)
        .map(([label, score]) => `${label} ${score.toFixed(4)}`)
        .join('  ');
      process.stdout.write(`${result.path}: ${result.called}  (${scores})\n`);
    }
  },
};
