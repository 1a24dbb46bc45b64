import type { CommandModule } from 'yargs';
import { errorJson, errorText, UsageError } from '../console/errors.js';
import { type PipelineArgs, pipelineOptions } from './shared/options.js';

type PredictArgs = PipelineArgs & { images: string[] };

/** `spectraloom predict PIPELINE FILE...`: verdicts on measured images, by the network already trained. */
export const predictCommand: CommandModule<object, PredictArgs> = {
  command: 'predict <pipeline> <images..>',
  describe: 'Judge .npy images with the network a pipeline has trained: a class, or outside',
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
      .example('$0 predict pcsmo m.npy --mirror-k', 'verdict on one image')
      .example('$0 predict pcsmo a.npy b.npy --json', 'on several, as JSON lines')
      .epilogue(
        'The verdict is a class, or "outside what I was trained on"; p is the part of usual images ' +
          'that are as unlike the training images or more; an image with p below the threshold is ' +
          'outside. The first verdict is that of `subspace`, by four scores of the image itself: ' +
          'pattern, remainder, intensities, detectors; the one that it rests on is named. A file that ' +
          'cannot be judged is reported, the others are judged, and the exit code is then 1; an image ' +
          'that is outside has been judged, and leaves it 0 (with --json: "outside": true, "because").',
      ) as never,
  handler: async (args) => {
    if (args.images.length === 0) throw new UsageError({ what: 'no image was given' });
    const { openFromArgs } = await import('./shared/pipeline-run.js');
    const { classifyFiles } = await import('@spectraloom/pipeline');
    const opened = await openFromArgs(args);
    let refused = 0;
    for await (const result of classifyFiles(opened, args.images, {
      mirrorK: args.mirrorK === true,
    })) {
      if ('error' in result) {
        refused++;
        if (args.json)
          process.stdout.write(
            `${JSON.stringify({ path: result.path, error: errorJson(result.error) })}\n`,
          );
        else process.stderr.write(`${errorText(result.error)}\n`);
        continue;
      }
      if (args.json) {
        process.stdout.write(`${JSON.stringify(result)}\n`);
        continue;
      }
      const scores = Object.entries(result.scores)
        .map(([label, score]) => `${label} ${score.toFixed(4)}`)
        .join('  ');
      const said = result.verdict ?? result.called;
      const behind =
        result.pValue === undefined
          ? 'not calibrated'
          : `${result.because === undefined ? '' : `${result.outside ? 'by' : 'most unlike in'} its ${result.because}, `}p = ${result.pValue.toFixed(3)}, outside below ${result.outsideBelow!.toFixed(3)}`;
      process.stdout.write(`${result.path}: ${said}  (${scores}; ${behind})\n`);
      for (const m of result.methods ?? []) {
        const p = m.probabilities.map((v) => v.toFixed(4)).join(' / ');
        process.stdout.write(
          `  ${m.method.padEnd(9)} ${m.verdict}  (${p}; likeness ${m.score.toPrecision(4)}, p = ${m.pValue.toFixed(3)})\n`,
        );
        for (const part of m.parts ?? []) {
          process.stdout.write(
            `    ${part.name.padEnd(11)} ${(-part.score).toFixed(2).padStart(7)}  p = ${part.pValue.toFixed(3)}  ${part.meaning}\n`,
          );
        }
      }
    }
    if (refused > 0) {
      process.stderr.write(`${refused} of ${args.images.length} files could not be judged.\n`);
      process.exitCode = 1;
    }
  },
};
