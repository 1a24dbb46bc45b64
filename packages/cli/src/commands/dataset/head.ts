import type { CommandModule } from 'yargs';
import { UsageError } from '../../console/errors.js';
import { type FolderArgs, folderOptions } from './folder.js';

type HeadArgs = FolderArgs & { rows: number };

/** `spectraloom dataset head FOLDER`: the first rows, without their pixels. */
export const headCommand: CommandModule<object, HeadArgs> = {
  command: 'head <folder>',
  describe: 'The first rows: label, seed, parameters, range of the image',
  builder: (y) =>
    folderOptions(y)
      .option('rows', {
        alias: 'n',
        describe: 'how many',
        type: 'number',
        default: 5,
        requiresArg: true,
      })
      .example('$0 dataset head datasets/pcsmo/0123456789abcdef -n 10', ''),
  handler: async (args) => {
    const { DatasetReader } = await import('@spectraloom/shards');
    if (!Number.isInteger(args.rows) || args.rows < 1) {
      throw new UsageError({
        what: 'the number of rows is not a whole number above 0',
        where: '--rows',
        got: String(args.rows),
      });
    }
    const reader = DatasetReader.open(args.folder);
    const { manifest } = reader;
    const count = Math.min(args.rows, manifest.rows);
    const batch = await reader.read(Array.from({ length: count }, (_, i) => i));
    const pixels = batch.images.length / count;
    const width = manifest.parameters.length;
    const rows = Array.from({ length: count }, (_, i) => {
      const image = batch.images.subarray(i * pixels, (i + 1) * pixels);
      const parameters: Record<string, number> = {};
      manifest.parameters.forEach(({ name }, j) => {
        const value = batch.parameters[i * width + j]!;
        if (!Number.isNaN(value)) parameters[name] = value;
      });
      return {
        row: batch.rows[i]!,
        label: manifest.labels[batch.labels[i]!]!,
        seed: String(batch.seeds[i]),
        parameters,
        largest: image.reduce((a, b) => Math.max(a, b), 0),
        mean: image.reduce((a, b) => a + b, 0) / pixels,
      };
    });
    reader.close();
    if (args.json) {
      for (const row of rows) process.stdout.write(`${JSON.stringify(row)}\n`);
      return;
    }
    for (const row of rows) {
      const values = Object.entries(row.parameters).map(([name, v]) => `${name}=${v.toFixed(4)}`);
      process.stdout.write(
        `${String(row.row).padStart(6)}  ${row.label.padEnd(12)} mean ${row.mean.toPrecision(4)}  largest ${row.largest.toPrecision(4)}  ${values.join('  ')}\n`,
      );
    }
  },
};
