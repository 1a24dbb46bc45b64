import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ShardsError } from '../errors.js';
import { systemError } from '../files/system-errors.js';
import { readLockOwner } from '../lock/lock.js';
import type { LockOwner } from '../lock/process.js';
import { mayBeAlive } from '../lock/process.js';
import { type JournalEntry, readJournalEvents } from './journal.js';
import { type Manifest, readManifest } from './manifest.js';

/** Name of the lock that a run holds while it makes a data set. */
export const datasetLockName = '.dataset.lock';

/** How a data set's folder stands, from its files alone: any machine that sees the folder can say. */
export interface DatasetStatus {
  /** 'running': its lock is held by a process that may be alive; 'stopped': unfinished, unheld. */
  readonly state: 'finished' | 'running' | 'stopped' | 'empty';
  readonly rowsDone: number;
  /** 0 when nothing says. */
  readonly rowsTotal: number;
  readonly shardsDone: number;
  readonly shardsTotal: number;
  readonly bytes: number;
  /** Finished shards of the last quarter of an hour, or of the whole run if shorter. */
  readonly rowsPerSecond: number;
  /** Infinity without a rate. */
  readonly secondsLeft: number;
  readonly startedAt?: string;
  readonly lastShardAt?: string;
  /** Hosts that wrote shards. */
  readonly hosts: readonly string[];
  readonly owner?: LockOwner;
}

const windowMs = 15 * 60_000;

/**
 * The state of a folder from manifest, journal and lock. A journal says what was finished, not that
 * it is still whole: that is for `verifyDataset`.
 * @throws ShardsError MANIFEST_INVALID, IO
 */
export function datasetStatus(folder: string, now = Date.now()): DatasetStatus {
  const manifest = finishedManifest(folder);
  const events = readJournalEvents(folder);
  const start = events.findLast((event) => event.event === 'start');
  const key = start?.key ?? events.at(-1)?.key;
  const shards = new Map<string, JournalEntry>();
  for (const event of events) {
    if (event.event === 'shard' && event.key === key) shards.set(event.name, event);
  }
  const holder = readLockOwner(folder, datasetLockName);
  const owner = holder && mayBeAlive(holder) ? holder : undefined;
  const entries = manifest?.shards ?? [...shards.values()];
  const sum = (field: 'rows' | 'bytes') => entries.reduce((total, e) => total + e[field], 0);
  const times = [...shards.values()].map((shard) => Date.parse(shard.finishedAt));
  const last = times.length > 0 ? Math.max(...times) : undefined;
  const rowsTotal = manifest?.rows ?? start?.rows ?? 0;
  const rowsDone = sum('rows');
  const rowsPerSecond = owner ? rate([...shards.values()], start?.startedAt, now) : 0;
  const state = manifest && !owner ? 'finished' : owner ? 'running' : 'stopped';
  return {
    state: state === 'stopped' && entries.length === 0 && !start ? 'empty' : state,
    rowsDone,
    rowsTotal,
    shardsDone: entries.length,
    shardsTotal: manifest?.shards.length ?? start?.shards ?? 0,
    bytes: sum('bytes'),
    rowsPerSecond,
    secondsLeft: rowsPerSecond > 0 ? (rowsTotal - rowsDone) / rowsPerSecond : Infinity,
    ...(start && { startedAt: start.startedAt }),
    ...(last !== undefined && { lastShardAt: new Date(last).toISOString() }),
    hosts: [...new Set([...shards.values()].map((shard) => shard.host))].sort(),
    ...(owner && { owner }),
  };
}

/** Rows a second over the last window, or since the run began. */
function rate(shards: JournalEntry[], startedAt: string | undefined, now: number): number {
  const begun = startedAt === undefined ? Number.NaN : Date.parse(startedAt);
  const since = Math.max(now - windowMs, Number.isNaN(begun) ? 0 : begun);
  const recent = shards.filter((shard) => Date.parse(shard.finishedAt) >= since);
  const rows = recent.reduce((total, shard) => total + shard.rows, 0);
  return now > since ? rows / ((now - since) / 1000) : 0;
}

function finishedManifest(folder: string): Manifest | undefined {
  try {
    return readManifest(folder);
  } catch (error) {
    if ((error as ShardsError).code === 'MANIFEST_MISSING') return undefined;
    throw error;
  }
}

/** A file of a finished data set's folder that its manifest does not name. */
export interface StrayFile {
  readonly name: string;
  readonly bytes: number;
}

/**
 * Shards and unfinished files that no manifest names: leftovers of other layouts and killed runs.
 * Only files of this package's own names; journal, plan and everything unknown is left alone.
 * @throws ShardsError MANIFEST_MISSING (then nothing can be called stray), MANIFEST_INVALID, IO
 */
export function strayFiles(folder: string): StrayFile[] {
  const manifest = readManifest(folder);
  const named = new Set(manifest.shards.map((shard) => shard.name));
  try {
    return readdirSync(folder)
      .filter((name) => /^shard-\d{6,}\.arrow(\.\d+-[0-9a-f]{8}\.part)?$/.test(name))
      .filter((name) => !named.has(name))
      .sort()
      .map((name) => ({ name, bytes: statSync(join(folder, name)).size }));
  } catch (error) {
    throw systemError(error, 'list the folder', folder);
  }
}
