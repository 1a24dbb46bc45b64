import type { CommandModule } from 'yargs';
import { UsageError } from '../../console/errors.js';
import { interruptSignal } from '../../console/interrupt.js';
import { meter } from '../../console/meter.js';
import type { ImportOutcome } from '@spectraloom/shards';
import { bytesText, shardsText } from './folder.js';

/** What is said in front when the folder held the same data already. */
const told: Record<ImportOutcome, string> = {
  made: '',
  kept: 'nothing was written: the same data are there, and every byte is right; ',
  remade:
    'made anew: the same data were there, damaged, in another shard size or with other provenance; ',
};

interface ImportArgs {
  schema?: string;
  out?: string;
  example: boolean;
  json: boolean;
}

/** `spectraloom dataset import SCHEMA --out FOLDER`: external data in the form of all data sets. */
export const importCommand: CommandModule<object, ImportArgs> = {
  command: 'import [schema]',
  describe: 'Bring in .npy, .npz, CSV or Parquet files, as a schema file says',
  builder: (y) =>
    y
      .positional('schema', {
        describe: 'YAML or JSON file that says which file holds images, labels and parameters',
        type: 'string',
      })
      .option('out', {
        describe: 'folder of the new data set',
        type: 'string',
        requiresArg: true,
      })
      .option('example', {
        describe: 'print a schema with every field explained',
        type: 'boolean',
        default: false,
      })
      .option('json', { describe: 'as JSON', type: 'boolean', default: false })
      .example('$0 dataset import --example > schema.yaml', 'a schema to fill in')
      .example('$0 dataset import schema.yaml --out datasets/mine/1', '')
      .epilogue(
        'Images are any numbers, kept as float32; NaN and infinity are refused with their place. The same files and schema make the same data set anywhere. Nothing in the files is ever run; sizes are compared with the file before memory is taken.',
      ),
  handler: async (args) => {
    const { exampleSchema, readSchema } = await import('./importSchema.js');
    if (args.example) {
      process.stdout.write(exampleSchema);
      return;
    }
    for (const name of ['schema', 'out'] as const) {
      if (args[name] !== undefined && args[name] !== '') continue;
      throw new UsageError({
        what: `${name === 'schema' ? 'a schema file' : '--out FOLDER'} is needed`,
        next: 'spectraloom dataset import --help; --example prints a schema',
      });
    }
    const { importDataset } = await import('@spectraloom/shards');
    const interrupt = interruptSignal((message) => process.stderr.write(`${message}\n`));
    const progress = meter(process.stderr, 'import', args.json);
    try {
      const folder = args.out!;
      let outcome: ImportOutcome = 'made';
      const manifest = await importDataset(folder, readSchema(args.schema!), {
        signal: interrupt.signal,
        onProgress: ({ rows, of }) => progress.update(rows, of, 'rows'),
        onOutcome: (came) => (outcome = came),
      });
      progress.end();
      const { rows, shards, labels, imageShape, manifestHash } = manifest;
      const bytes = shards.reduce((sum, shard) => sum + shard.bytes, 0);
      process.stdout.write(
        args.json
          ? `${JSON.stringify({ folder, outcome, rows, shards: shards.length, bytes, labels, imageShape, manifestHash })}\n`
          : `${folder}: ${told[outcome]}${rows} images of ${imageShape.join(' x ')} in ${shardsText(shards.length)}, ${bytesText(bytes)}; classes ${labels.join(', ')}\n`,
      );
    } finally {
      progress.end();
      interrupt.dispose();
    }
  },
};
