import type { Argv } from 'yargs';

export interface FolderArgs {
  folder: string;
  json: boolean;
}

/** A data set's folder, and JSON output. */
export function folderOptions(y: Argv<object>): Argv<FolderArgs> {
  return y
    .positional('folder', {
      describe: 'folder of the data set (holds manifest.json)',
      type: 'string',
      demandOption: true,
    })
    .option('json', { describe: 'as JSON', type: 'boolean', default: false }) as Argv<FolderArgs>;
}

/** 1 shard, 2 shards. */
export function shardsText(count: number): string {
  return `${count} ${count === 1 ? 'shard' : 'shards'}`;
}

/** 12.3 MB, in powers of 1000. */
export function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}
