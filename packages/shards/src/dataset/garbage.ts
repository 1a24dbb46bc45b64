import { readdirSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ShardsError } from '../errors.js';
import { systemError } from '../files/system-errors.js';
import { acquireLock } from '../lock/lock.js';
import { journalName } from './journal.js';
import { manifestName } from './manifest.js';
import { datasetLockName, datasetStatus, type StrayFile, strayFiles } from './status.js';

/**
 * What a folder under the root is:
 * - `stray`: a finished data set, with files beside it that its manifest does not name
 * - `empty`: a run that ended before its first shard
 * - `unfinished`: a run that ended early; its shards spare the next run of the same plan their rows
 * - `finished`: a whole data set
 * - `busy`: another run holds it, or a Slurm submission is recorded there
 * - `damaged`: its manifest does not hold
 */
export type GarbageKind = 'stray' | 'empty' | 'unfinished' | 'finished' | 'busy' | 'damaged';

/** A data set's folder and what could be deleted of it. */
export interface Garbage {
  readonly folder: string;
  readonly kind: GarbageKind;
  /** Rows in finished shards. */
  readonly rows: number;
  /** Files of this program's own names; all others are left alone. */
  readonly files: readonly StrayFile[];
  readonly bytes: number;
  /** Who holds it, or what is wrong with it. */
  readonly note?: string;
}

/** What this package and the engines write into a data set's folder. */
const ownName =
  /^(shard-\d{6,}\.arrow|journal\.jsonl|manifest\.json|plan\.json|catalog\.parquet)(\.\d+-[0-9a-f]{8}\.part)?$/;
const partial = /\.\d+-[0-9a-f]{8}\.part$/;
const slurmFolder = 'slurm';

/**
 * Looks through a folder, and those in it (three levels down), for data sets and their remains.
 * Links are not followed. Nothing is changed.
 * @throws ShardsError IO, NOT_WRITABLE when a folder cannot be listed
 */
export function findGarbage(root: string): Garbage[] {
  const found: Garbage[] = [];
  const visit = (folder: string, depth: number): void => {
    let entries;
    try {
      entries = readdirSync(folder, { withFileTypes: true });
    } catch (error) {
      throw systemError(error, 'list the folder', folder);
    }
    const files = entries.filter((e) => e.isFile()).map((e) => e.name);
    const isDataset = files.some(
      (name) => name === manifestName || name === journalName || /^shard-\d{6,}\.arrow/.test(name),
    );
    if (isDataset) {
      const garbage = describe(
        folder,
        files,
        entries.some((e) => e.name === slurmFolder),
      );
      if (garbage) found.push(garbage);
      return;
    }
    if (depth === 0) return;
    for (const entry of entries) {
      if (entry.isDirectory() && !entry.name.startsWith('.'))
        visit(join(folder, entry.name), depth - 1);
    }
  };
  visit(root, 3);
  return found.sort((a, b) => a.folder.localeCompare(b.folder));
}

function describe(folder: string, names: readonly string[], slurm: boolean, ours = false): Garbage {
  const sized = (list: readonly string[]): StrayFile[] =>
    [...list].sort().map((name) => ({ name, bytes: sizeOf(join(folder, name)) }));
  const garbage = (
    kind: GarbageKind,
    rows: number,
    files: readonly StrayFile[],
    note?: string,
  ): Garbage => ({
    folder,
    kind,
    rows,
    files,
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    ...(note !== undefined && { note }),
  });
  const own = sized(names.filter((name) => ownName.test(name)));
  let status;
  try {
    status = datasetStatus(folder);
  } catch (error) {
    if (!(error instanceof ShardsError) || error.code !== 'MANIFEST_INVALID') throw error;
    return garbage('damaged', 0, own, error.what);
  }
  const { owner, rowsDone } = status;
  if (owner && !ours) {
    return garbage('busy', rowsDone, [], `process ${owner.pid} on ${owner.host} holds it`);
  }
  if (names.includes(manifestName)) {
    const strays = new Set(strayFiles(folder).map(({ name }) => name));
    const beside = own.filter(({ name }) => strays.has(name) || partial.test(name));
    return beside.length > 0
      ? garbage('stray', rowsDone, beside)
      : garbage('finished', rowsDone, own);
  }
  if (slurm) {
    return garbage('busy', rowsDone, [], 'a Slurm submission is recorded in it');
  }
  const whole = own.some(({ name }) => /^shard-\d{6,}\.arrow$/.test(name));
  return garbage(whole ? 'unfinished' : 'empty', rowsDone, own);
}

/** The folder as it is now, by somebody who holds its lock. */
function lookAgain(folder: string): Garbage | undefined {
  const entries = readdirSync(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
  if (!names.some((name) => ownName.test(name))) return undefined;
  return describe(
    folder,
    names,
    entries.some((e) => e.name === slurmFolder),
    true,
  );
}

/** 0 for one that has gone meanwhile. */
function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/**
 * Deletes what was found, holding the data set's lock, after looking again: a folder that has become
 * something else meanwhile is left alone. The manifest goes first, so that nothing half deleted ever
 * looks finished; the folder goes too when nothing else is in it.
 * @returns bytes freed; 0 when it was left alone
 * @throws DatasetLocked; ShardsError NOT_WRITABLE, IO
 */
export async function removeGarbage(garbage: Garbage): Promise<number> {
  const { folder, kind } = garbage;
  if (kind === 'busy') return 0;
  const lock = await acquireLock(folder, { name: datasetLockName });
  let freed = 0;
  try {
    const now = lookAgain(folder);
    if (now?.kind !== kind) return 0;
    // The manifest first; the journal, which says what the shards are, last.
    const turn = ({ name }: StrayFile) =>
      name === manifestName ? 0 : name === journalName ? 2 : 1;
    for (const { name, bytes } of [...now.files].sort((a, b) => turn(a) - turn(b))) {
      rmSync(join(folder, name), { force: true });
      freed += bytes;
    }
  } catch (error) {
    throw systemError(error, 'delete files', folder);
  } finally {
    await lock.release();
  }
  try {
    rmdirSync(folder);
  } catch {
    // Something of somebody else's is in it, or it still holds its data set.
  }
  return freed;
}
