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
    const pixels = manifest.imageShape.reduce((product, n) => product * n, 1);
    const width = manifest.parameters.length;
    const rowOf = (batch: Awaited<ReturnType<typeof reader.read>>, i: number) => {
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
        largest: image.reduce((a, b) => Math.max(a, b), -Infinity),
        mean: image.reduce((a, b) => a + b, 0) / pixels,
      };
    };
    for (let first = 0; first < count; first += 32) {
      const n = Math.min(32, count - first);
      const batch = await reader.read(Array.from({ length: n }, (_, i) => first + i));
      for (let i = 0; i < n; i++) print(args.json, rowOf(batch, i));
    }
    reader.close();
  },
};

interface HeadRow {
  row: number;
  label: string;
  seed: string;
  parameters: Record<string, number>;
  largest: number;
  mean: number;
}

function print(json: boolean, row: HeadRow): void {
  if (json) {
    process.stdout.write(`${JSON.stringify(row)}\n`);
    return;
  }
  const values = Object.entries(row.parameters).map(([name, v]) => `${name}=${v.toPrecision(5)}`);
  process.stdout.write(
    `${String(row.row).padStart(6)}  ${row.label.padEnd(12)} mean ${row.mean.toPrecision(4)}  largest ${row.largest.toPrecision(4)}  ${values.join('  ')}\n`,
  );
}
