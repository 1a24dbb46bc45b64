import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { ShardEntry } from '@spectraloom/shards';
import { slurmFiles } from './request.js';

/** A line that an array task leaves about its work. */
export type TaskRecord =
  | ({ readonly event: 'shard'; readonly key: string } & ShardEntry)
  | {
      readonly event: 'shard-failed';
      readonly submission: string;
      readonly name: string;
      readonly attempts: number;
      readonly reason: string;
    }
  /** A task at work, every ten seconds: its rows so far, in finished shards and open ones. */
  | ({ readonly event: 'alive'; readonly submission: string } & TaskSign)
  | {
      readonly event: 'task-failed';
      readonly submission: string;
      readonly task: number;
      readonly reason: string;
    };

/** A sign of life of an array task. */
export interface TaskSign {
  readonly task: number;
  readonly host: string;
  readonly pid: number;
  /** ISO 8601. */
  readonly at: string;
  readonly rowsDone: number;
  readonly rowsTotal: number;
  readonly megabytesPerSecond: number;
  readonly memoryBytes: number;
}

/**
 * The records of one array task, in a file that this task alone writes. The journal would not do:
 * on NFS, lines that several nodes append to one file at the same time overwrite each other.
 */
export class RecordWriter {
  readonly #file: number;

  constructor(folder: string, name: string) {
    const { records } = slurmFiles(folder);
    mkdirSync(records, { recursive: true });
    this.#file = openSync(join(records, `${name}.jsonl`), 'a');
  }

  append(...records: readonly TaskRecord[]): void {
    // A newline in front closes a line that a crash tore.
    const bytes = Buffer.from(records.map((record) => `\n${JSON.stringify(record)}\n`).join(''));
    for (let at = 0; at < bytes.length;) at += writeSync(this.#file, bytes, at);
    fsyncSync(this.#file);
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** What the tasks of all submissions said of this data set. */
export interface Records {
  /** Finished shards by name. */
  readonly finished: Map<string, ShardEntry>;
  /** Why shards failed, by name; of one submission. */
  readonly failedShards: Map<string, { readonly attempts: number; readonly reason: string }>;
  /** Why tasks failed, by index; of one submission. */
  readonly failedTasks: Map<number, string>;
  /** The last sign of life of each task, by index; of one submission. */
  readonly signs: Map<number, TaskSign>;
}

/** Reads all records; lines that do not parse say nothing. */
export function readRecords(folder: string, key: string, submission?: string): Records {
  const { records } = slurmFiles(folder);
  const found: Records = {
    finished: new Map(),
    failedShards: new Map(),
    failedTasks: new Map(),
    signs: new Map(),
  };
  for (const file of namesIn(records)) {
    for (const line of readFileSync(join(records, file), 'utf8').split('\n')) {
      const record = parse(line);
      switch (record?.event) {
        case 'shard': {
          const { name, firstRow, rows, bytes, sha256, tail } = record;
          const entry = { name, firstRow, rows, bytes, sha256, ...(tail && { tail }) };
          if (record.key === key) found.finished.set(name, entry);
          break;
        }
        case 'shard-failed':
          if (record.submission === submission) found.failedShards.set(record.name, record);
          break;
        case 'task-failed':
          if (record.submission === submission) found.failedTasks.set(record.task, record.reason);
          break;
        case 'alive':
          if (record.submission === submission) found.signs.set(record.task, record);
          break;
        case undefined:
          break;
      }
    }
  }
  return found;
}

/** Signs of tasks that seem to be at work: given within a minute, and not of a task that is done. */
export function liveSigns(signs: ReadonlyMap<number, TaskSign>, now = Date.now()): TaskSign[] {
  return [...signs.values()].filter(
    ({ at, rowsDone, rowsTotal }) => now - Date.parse(at) < 60_000 && rowsDone < rowsTotal,
  );
}

function parse(line: string): TaskRecord | undefined {
  if (line === '') return undefined;
  try {
    return JSON.parse(line) as TaskRecord;
  } catch {
    return undefined;
  }
}

/** Names in a folder, sorted; none where there is no such folder. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
