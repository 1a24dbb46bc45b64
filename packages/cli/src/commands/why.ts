import type { CommandModule } from 'yargs';
import { UsageError } from '../console/errors.js';
import { type PipelineArgs, pipelineOptions, stageOption, stagesText } from './shared/options.js';

type WhyArgs = PipelineArgs & { stage?: string };

/** `spectraloom why PIPELINE [STAGE]`: would it run, and what changed? */
export const whyCommand: CommandModule<object, WhyArgs> = {
  command: 'why <pipeline> [stage]',
  describe: 'Say which stages would run again, and the first input that changed',
  builder: (y) =>
    pipelineOptions(
      y.positional('stage', {
        describe: 'default: all stages',
        type: 'string',
        coerce: stageOption('<stage>'),
      }),
    )
      .example('$0 why pcsmo', 'every stage of the preset quick')
      .example('$0 why pcsmo train --preset paper', 'one stage')
      .epilogue(stagesText) as never,
  handler: async (args) => {
    const { openFromArgs } = await import('./shared/pipeline-run.js');
    const { lastChoice, stageStatus } = await import('@spectraloom/pipeline');
    let opened = await openFromArgs(args);
    if (args.measured === undefined) {
      const { measured } = await lastChoice(opened.runFolder);
      if (measured) {
        // Asked without a measurement: about the one that the last run was given.
        const { path, mirrorK } = measured;
        opened = await openFromArgs({ ...args, measured: path, mirrorK });
        const told = `--measured ${path}${mirrorK ? ' --mirror-k' : ''}`;
        process.stderr.write(`with ${told}, as the last run\n`);
      }
    }
    const all = await stageStatus(opened.stages, opened.runFolder);
    const wanted = args.stage === undefined ? all : all.filter((s) => s.stage === args.stage);
    if (wanted.length === 0) {
      throw new UsageError({
        what: 'this pipeline has no such stage',
        where: args.pipeline,
        got: args.stage!,
        expected: `one of ${all.map((s) => s.stage).join(', ')}`,
      });
    }
    if (args.json) {
      process.stdout.write(`${JSON.stringify(wanted)}\n`);
      return;
    }
    for (const s of wanted) {
      let reason = '';
      const [first, ...more] = s.differences;
      if (s.state === 'stale') {
        reason = first
          ? `${first.path}: ${valueText(first.before)} -> ${valueText(first.after)}${more.length > 0 ? ` (and ${more.length} more)` : ''}`
          : 'its result was removed';
      }
      process.stdout.write(
        `${s.stage.padEnd(10)} ${s.state.padEnd(10)} ${reason}`.trimEnd() + '\n',
      );
    }
  },
};

function valueText(value: unknown): string {
  if (value === undefined) return '(absent)';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
