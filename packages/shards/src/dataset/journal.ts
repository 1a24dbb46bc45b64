import { closeSync, fsyncSync, openSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { writeAll } from '../files/durable.js';
import { systemError } from '../files/system-errors.js';
import type { ShardEntry } from './manifest.js';

/** Name of the journal in a data set's folder. */
export const journalName = 'journal.jsonl';

/** A shard that was finished: its facts, and the volatile ones that no other file may hold. */
export interface JournalEntry {
  readonly event: 'shard';
  /** Hash of what the shard was to hold; an entry with another key says nothing. */
  readonly key: string;
  readonly name: string;
  readonly firstRow: number;
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly tail?: ShardEntry['tail'];
  readonly finishedAt: string;
  readonly seconds: number;
  readonly host: string;
  readonly pid: number;
}

/** A run that began to make the data set. */
export interface JournalStart {
  readonly event: 'start';
  readonly key: string;
  readonly rows: number;
  readonly shards: number;
  readonly workers: number;
  readonly startedAt: string;
  readonly host: string;
  readonly pid: number;
}

/**
 * Appends a line and makes it durable. One write of less than a page to a file opened for appending:
 * lines of several threads do not mix. A line torn by a crash is closed by the newline in front.
 * @throws ShardsError DISK_FULL, NOT_WRITABLE, IO
 */
export function appendJournal(folder: string, entry: JournalEntry | JournalStart): void {
  const path = join(folder, journalName);
  try {
    const file = openSync(path, 'a');
    try {
      writeAll(file, Buffer.from(`\n${JSON.stringify(entry)}\n`));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw systemError(error, `append to ${basename(path)}`, path);
  }
}

/** The finished shards of a journal; lines that do not parse (torn by a crash) are passed over. */
export function readJournal(folder: string): JournalEntry[] {
  return readJournalEvents(folder).filter((event) => event.event === 'shard');
}

/** Everything a journal says, in order. */
export function readJournalEvents(folder: string): (JournalEntry | JournalStart)[] {
  let text: string;
  try {
    text = readFileSync(join(folder, journalName), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw systemError(error, 'read the journal', join(folder, journalName));
  }
  const events: (JournalEntry | JournalStart)[] = [];
  for (const line of text.split('\n')) {
    if (line === '') continue;
    try {
      const event = JSON.parse(line) as JournalEntry | JournalStart;
      const isShard = event.event === 'shard' && typeof event.name === 'string';
      if (isShard || event.event === 'start') events.push(event);
    } catch {
      // Torn: the shard it spoke of counts as not made.
    }
  }
  return events;
}
