import type { CommandModule } from 'yargs';
import { bytesText, type FolderArgs, folderOptions, shardsText } from './folder.js';

/** `spectraloom dataset info FOLDER` */
export const infoCommand: CommandModule<object, FolderArgs> = {
  command: 'info <folder>',
  describe: 'What a data set holds and what it was made from',
  builder: (y) => folderOptions(y).example('$0 dataset info datasets/pcsmo/0123456789abcdef', ''),
  handler: async (args) => {
    const { readManifest } = await import('@spectraloom/shards');
    const manifest = readManifest(args.folder);
    const bytes = manifest.shards.reduce((sum, shard) => sum + shard.bytes, 0);
    if (args.json) {
      process.stdout.write(`${JSON.stringify({ folder: args.folder, bytes, ...manifest })}\n`);
      return;
    }
    const lines: [string, string][] = [
      ['rows', `${manifest.rows} in ${shardsText(manifest.shards.length)}, ${bytesText(bytes)}`],
      ['images', `${manifest.imageShape.join(' x ')}, float32`],
      ['classes', manifest.labels.join(', ')],
      [
        'parameters',
        manifest.parameters.map((p) => (p.unit ? `${p.name} (${p.unit})` : p.name)).join(', '),
      ],
      ['plan', manifest.planId],
      ['manifest', manifest.manifestHash],
      ...Object.entries(manifest.provenance),
    ];
    const width = Math.max(...lines.map(([name]) => name.length));
    for (const [name, text] of lines) process.stdout.write(`${name.padEnd(width)}  ${text}\n`);
  },
};
