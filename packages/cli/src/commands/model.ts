import { readFile, stat, writeFile } from 'node:fs/promises';
import { checkModel, formatReport, parseSpinModel, plotModel } from '@spectraloom/spinwave';
import type { CommandModule } from 'yargs';
import { UsageError } from '../console/errors.js';

interface FileArgs {
  file: string;
}
type CheckArgs = FileArgs & { json: boolean };
type PlotArgs = FileArgs & { out: string };

/** No model file is larger than this. */
const MAX_BYTES = 16 * 1024 * 1024;

async function readModelText(path: string): Promise<string> {
  const { size } = await stat(path);
  if (size > MAX_BYTES) {
    throw new UsageError({
      what: 'the file is too large for a model file',
      where: path,
      got: `${size} bytes`,
      expected: `at most ${MAX_BYTES} bytes`,
    });
  }
  return readFile(path, 'utf8');
}

const checkCommand: CommandModule<object, CheckArgs> = {
  command: 'check <file>',
  describe:
    'Sites, bonds with lengths and counts, classical energy, and every problem with its line',
  builder: (y) =>
    y
      .positional('file', { describe: 'spin model file', type: 'string', demandOption: true })
      .option('json', { describe: 'as JSON', type: 'boolean', default: false })
      .example('$0 model check pipelines/pcsmo/models/goodenough.yaml', ''),
  handler: async (args) => {
    const report = checkModel(await readModelText(args.file), { source: args.file });
    process.stdout.write(args.json ? `${JSON.stringify(report)}\n` : `${formatReport(report)}\n`);
    if (!report.ok) process.exitCode = 1;
  },
};

const plotCommand: CommandModule<object, PlotArgs> = {
  command: 'plot <file>',
  describe: 'Draw the structure and the bonds as SVG (or PNG)',
  builder: (y) =>
    y
      .positional('file', { describe: 'spin model file', type: 'string', demandOption: true })
      .option('out', {
        describe: 'file to write, .svg or .png',
        type: 'string',
        demandOption: true,
        requiresArg: true,
      })
      .example('$0 model plot pipelines/pcsmo/models/goodenough.yaml --out structure.svg', ''),
  handler: async (args) => {
    if (!/\.(svg|png)$/i.test(args.out)) {
      throw new UsageError({
        what: 'the kind of output file is not known',
        where: '--out',
        got: args.out,
        expected: 'a name that ends in .svg or .png',
      });
    }
    const model = parseSpinModel(await readModelText(args.file), { source: args.file });
    const svg = plotModel(model);
    await writeFile(
      args.out,
      /\.png$/i.test(args.out)
        ? await (await import('@spectraloom/report')).rasteriseSvg(svg)
        : svg,
    );
    process.stdout.write(`${args.out}\n`);
  },
};

/** `spectraloom model ...`: look at a model file before using it. */
export const modelCommand: CommandModule = {
  command: 'model <action>',
  describe: 'Check a spin model file, or draw it',
  builder: (y) =>
    y
      .command(checkCommand)
      .command(plotCommand)
      .demandCommand(1, '')
      .example('$0 model check m.yaml', 'every problem with its line')
      .example('$0 model plot m.yaml --out m.svg', 'the structure as a picture'),
  handler: () => undefined,
};
