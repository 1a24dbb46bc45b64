import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { Garbage, GarbageKind } from '@spectraloom/shards';
import type { CommandModule } from 'yargs';
import { UsageError } from '../../console/errors.js';
import { workspaceRoot } from '../shared/workspace.js';
import { bytesText } from './folder.js';

interface GcArgs {
  folder?: string;
  runs?: string;
  unfinished: boolean;
  superseded: boolean;
  finished: boolean;
  yes: boolean;
  json: boolean;
}

/** `spectraloom dataset gc [FOLDER]`: what could be deleted, and its deletion. */
export const gcCommand: CommandModule<object, GcArgs> = {
  command: 'gc [folder]',
  describe: 'Find what killed and outdated runs left; delete it with --yes',
  builder: (y) =>
    y
      .positional('folder', {
        describe: 'a data set, or a folder of data sets; default: datasets/ of the workspace',
        type: 'string',
      })
      .option('runs', {
        describe: 'folder whose stage records say which data sets are in use; default: runs/',
        type: 'string',
        requiresArg: true,
      })
      .option('unfinished', {
        describe: 'also data sets that ended early (their shards would be reused)',
        type: 'boolean',
        default: false,
      })
      .option('superseded', {
        describe: 'also finished data sets that no stage record names',
        type: 'boolean',
        default: false,
      })
      .option('finished', {
        describe: 'also finished data sets in use: with the folder of that one data set alone',
        type: 'boolean',
        default: false,
      })
      .option('yes', { describe: 'delete; without it nothing is', type: 'boolean', default: false })
      .option('json', { describe: 'as JSON lines', type: 'boolean', default: false })
      .example('$0 dataset gc', 'what there is to delete, and its size')
      .example('$0 dataset gc --yes', 'delete files no manifest names, and runs without a shard')
      .example('$0 dataset gc --superseded --yes', 'and data sets of runs that are gone')
      .epilogue(
        'Always left alone: what a run holds at the moment or Slurm works on, data sets whose manifest is damaged, files of other names.',
      ),
  handler: async (args) => {
    const { findGarbage, removeGarbage } = await import('@spectraloom/shards');
    const root = resolve(args.folder ?? join(workspaceRoot(), 'datasets'));
    if (!existsSync(root)) {
      throw new UsageError({
        what: 'there is no such folder',
        where: root,
        next: 'check the path',
      });
    }
    const used = namedDatasets(resolve(args.runs ?? join(workspaceRoot(), 'runs')));
    const found = findGarbage(root);
    if (args.finished && !(found.length === 1 && found[0]!.folder === root)) {
      throw new UsageError({
        what: '--finished deletes one data set, named by its own folder',
        where: root,
        got: `${found.length} data sets`,
        next: 'spectraloom dataset gc datasets/PIPELINE/KEY --finished',
      });
    }
    const asked = new Set<GarbageKind | 'superseded'>(['stray', 'empty']);
    for (const kind of ['unfinished', 'superseded', 'finished'] as const) {
      if (args[kind]) asked.add(kind);
    }
    let bytes = 0;
    let failed: unknown;
    for (const garbage of found) {
      const kind =
        garbage.kind === 'finished' && !used.has(garbage.folder) ? 'superseded' : garbage.kind;
      const chosen = asked.has(kind) || (garbage.kind === 'finished' && args.finished);
      let state: 'deleted' | 'deletable' | 'kept' = chosen ? 'deletable' : 'kept';
      let note = garbage.note;
      if (chosen && args.yes) {
        try {
          const freed = await removeGarbage(garbage);
          state = freed > 0 || !existsSync(garbage.folder) ? 'deleted' : 'kept';
          if (state === 'kept') note = 'changed meanwhile';
          bytes += freed;
        } catch (error) {
          state = 'kept';
          note = error instanceof Error ? error.message : String(error);
          failed ??= error;
        }
      } else if (chosen) bytes += garbage.bytes;
      tell(args.json, garbage, kind, state, note);
    }
    if (args.json) {
      process.stdout.write(`${JSON.stringify({ type: 'total', deleted: args.yes, bytes })}\n`);
    } else {
      process.stdout.write(
        args.yes
          ? `${bytesText(bytes)} freed\n`
          : `${bytesText(bytes)} can be freed${bytes > 0 ? ': the same command with --yes' : ''}\n`,
      );
    }
    if (failed) throw failed;
  },
};

const meaning: Record<GarbageKind | 'superseded', string> = {
  stray: 'files its manifest does not name',
  empty: 'a run that ended before its first shard',
  unfinished: 'a run that ended early',
  superseded: 'finished; no stage record names it',
  finished: 'finished, in use',
  busy: 'busy',
  damaged: 'its manifest is damaged',
};

function tell(
  json: boolean,
  garbage: Garbage,
  kind: GarbageKind | 'superseded',
  state: string,
  note: string | undefined,
): void {
  const { folder, rows, bytes, files } = garbage;
  if (json) {
    process.stdout.write(
      `${JSON.stringify({ type: 'dataset', folder, kind, state, rows, bytes, files, note })}\n`,
    );
    return;
  }
  const path = relative(process.cwd(), folder) || '.';
  const what = [`${meaning[kind]}${rows > 0 ? `, ${rows} rows` : ''}`, note].filter(Boolean);
  process.stdout.write(
    `${state.padEnd(9)}  ${bytesText(bytes).padStart(9)}  ${path}: ${what.join('; ')}\n`,
  );
  if (kind !== 'stray') return;
  for (const file of files) {
    process.stdout.write(`${''.padEnd(11)}${bytesText(file.bytes).padStart(9)}  ${file.name}\n`);
  }
}

/** Data sets that the records of finished stages name, wherever in the folder they lie. */
function namedDatasets(runs: string): Set<string> {
  const named = new Set<string>();
  if (!existsSync(runs)) return named;
  for (const name of readdirSync(runs, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('stage.json')) continue;
    try {
      const record = JSON.parse(readFileSync(join(runs, name), 'utf8')) as {
        results?: { dataset?: unknown };
      };
      const dataset = record.results?.dataset;
      if (typeof dataset === 'string') named.add(resolve(dataset));
    } catch {
      // A record that cannot be read names nothing.
    }
  }
  return named;
}
