import type { CommandModule } from 'yargs';
import { interruptSignal } from '../../console/interrupt.js';
import { meter } from '../../console/meter.js';
import { type FolderArgs, folderOptions } from './folder.js';

/** `spectraloom dataset stats FOLDER`: numbers over all rows, every shard verified on the way. */
export const statsCommand: CommandModule<object, FolderArgs> = {
  command: 'stats <folder>',
  describe: 'Rows, pixels and parameters by class: extremes, mean, standard deviation',
  builder: (y) =>
    folderOptions(y)
      .example('$0 dataset stats datasets/pcsmo/0123456789abcdef', 'reads and verifies every shard')
      .epilogue(
        'Pixels are in the intensity of the images, zeros (no detector) included; parameters in the unit named. sd is that of the population.',
      ),
  handler: async (args) => {
    const { DatasetReader, datasetStats } = await import('@spectraloom/shards');
    const reader = DatasetReader.open(args.folder);
    const interrupt = interruptSignal((message) => process.stderr.write(`${message}\n`));
    const progress = meter(process.stderr, 'stats', args.json);
    try {
      const stats = await datasetStats(reader, {
        signal: interrupt.signal,
        onProgress: ({ rows, of }) => progress.update(rows, of, 'rows'),
      });
      progress.end();
      if (args.json) {
        process.stdout.write(
          `${JSON.stringify({ manifestHash: reader.manifest.manifestHash, ...stats })}\n`,
        );
        return;
      }
      const number = (value: number) => value.toPrecision(5).padStart(12);
      const lines = [
        `${''.padEnd(28)}${['rows', 'min', 'max', 'mean', 'sd'].map((h) => h.padStart(12)).join('')}`,
      ];
      for (const [label, of] of Object.entries(stats.byLabel)) {
        const row = (
          name: string,
          count: number,
          m: { min: number; max: number; mean: number; sd: number },
        ) =>
          `${name.padEnd(28)}${String(count).padStart(12)}${[m.min, m.max, m.mean, m.sd].map(number).join('')}`;
        lines.push(`${label}  (${(100 * of.zeroFraction).toFixed(1)} % of the pixels are 0)`);
        if (of.rows === 0) continue;
        lines.push(row('  pixels', of.rows, of.pixels));
        for (const [name, m] of Object.entries(of.parameters)) {
          lines.push(row(`  ${m.unit ? `${name} (${m.unit})` : name}`, m.count, m));
        }
      }
      process.stdout.write(`${lines.join('\n')}\n`);
    } finally {
      progress.end();
      interrupt.dispose();
      reader.close();
    }
  },
};
