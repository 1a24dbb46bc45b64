import { resolve } from 'node:path';
import type { CommandModule } from 'yargs';
import { interruptSignal } from '../../console/interrupt.js';
import { meter } from '../../console/meter.js';
import { bytesText, type FolderArgs, folderOptions } from './folder.js';

type ExportArgs = FolderArgs & { parquet: string; force: boolean };

/** `spectraloom dataset export FOLDER --parquet OUT`: one Parquet file, images included. */
export const exportCommand: CommandModule<object, ExportArgs> = {
  command: 'export <folder>',
  describe: 'Write a data set, images included, to one Parquet file; every shard is verified',
  builder: (y) =>
    folderOptions(y)
      .option('parquet', {
        describe: 'file to write; an image is a list of float32, row-major',
        type: 'string',
        demandOption: true,
        requiresArg: true,
      })
      .option('force', {
        describe: 'replace the file if it is there',
        type: 'boolean',
        default: false,
      })
      .example('$0 dataset export datasets/pcsmo/0123456789abcdef --parquet pcsmo.parquet', '')
      .epilogue(
        "Columns: row, label, seed (unsigned 64 bits), one double a parameter (null where the class has it not), image. Shape, units and provenance are in the file's metadata, keys spectraloom.*. docs/guides/datasets.md shows how pyarrow, DuckDB, hyparquet and parquetjs-lite read it.",
      ),
  handler: async (args) => {
    const { existsSync, statSync } = await import('node:fs');
    const { DatasetReader, exportParquet, ShardsError } = await import('@spectraloom/shards');
    const path = resolve(args.parquet);
    const reader = DatasetReader.open(args.folder);
    if (existsSync(path) && (statSync(path).isDirectory() || !args.force)) {
      throw new ShardsError({
        code: 'NOT_WRITABLE',
        what: 'There is something of that name already',
        where: path,
        got: statSync(path).isDirectory() ? 'a folder' : `a file of ${statSync(path).size} bytes`,
        expected: 'the name of a new file',
        next: 'choose another name, or --force to replace a file',
      });
    }
    const interrupt = interruptSignal((message) => process.stderr.write(`${message}\n`));
    const progress = meter(process.stderr, 'export', args.json);
    try {
      const result = await exportParquet(reader, path, {
        signal: interrupt.signal,
        onProgress: ({ rows, of }) => progress.update(rows, of, 'rows'),
      });
      progress.end();
      const { manifestHash, rows } = reader.manifest;
      process.stdout.write(
        args.json
          ? `${JSON.stringify({ path, rows, ...result, manifestHash })}\n`
          : `${path}: ${rows} rows, ${bytesText(result.bytes)}, sha256 ${result.sha256}\n`,
      );
    } finally {
      progress.end();
      interrupt.dispose();
      reader.close();
    }
  },
};
