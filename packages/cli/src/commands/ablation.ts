import { relative } from 'node:path';
import type { CommandModule } from 'yargs';
import { type PipelineArgs, pipelineOptions } from './shared/options.js';

type AblationArgs = PipelineArgs & { repeats?: number; dataset?: string[] };

/** `spectraloom ablation PIPELINE`: data sets that differ in one thing alone, compared. */
export const ablationCommand: CommandModule<object, AblationArgs> = {
  command: 'ablation <pipeline>',
  describe: 'Train on data sets that differ in one thing alone, and compare what comes of it',
  builder: (y) =>
    pipelineOptions(y, { measured: true, uncertainty: false })
      .default('preset', 'ablation')
      .option('repeats', {
        describe: "networks a data set (default: the preset's); those that are done are kept",
        type: 'number',
        requiresArg: true,
        coerce: (n: number) => {
          if (!Number.isInteger(n) || n < 1 || n > 100) {
            throw new Error(`--repeats takes a whole number from 1 to 100, got ${n}`);
          }
          return n;
        },
      })
      .option('dataset', {
        describe: 'only this data set of the preset, beside the reference (may be repeated)',
        type: 'string',
        array: true,
        requiresArg: true,
      })
      .example('$0 ablation pcsmo', 'all data sets of presets/ablation.yaml: overnight on 2 cores')
      .example('$0 ablation pcsmo --repeats 1', 'one network each; go on later with more')
      .example(
        '$0 ablation pcsmo --measured m.npy --mirror-k',
        'with your measurement in the table',
      )
      .epilogue(
        'Prints a Markdown table and writes ablation.json and ablation.md into the run folder. ' +
          'Interrupted, it goes on where it was when the same command is given again.',
      ) as never,
  handler: async (args) => {
    const { openFromArgs, withProgress } = await import('./shared/pipeline-run.js');
    const { ablationMarkdown, runAblation } = await import('@spectraloom/pipeline');
    const opened = await openFromArgs(args);
    const result = await withProgress(args, ({ emit, signal }) =>
      runAblation(opened, {
        ...{ emit, signal },
        ...(args.repeats === undefined ? {} : { repeats: args.repeats }),
        ...(args.dataset === undefined ? {} : { only: args.dataset }),
      }),
    );
    if (args.json) process.stdout.write(`${JSON.stringify(result.table)}\n`);
    else {
      process.stdout.write(`${ablationMarkdown(result.table)}\n`);
      process.stdout.write(`${relative(process.cwd(), result.markdown) || result.markdown}\n`);
    }
  },
};
