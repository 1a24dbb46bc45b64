import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { GenerateProgress } from './progress.js';

/** Name of the file in which a local run says how far it is; gone when the run has ended. */
const signName = '.progress.json';

/** How far a run was at a time. */
export type ProgressSign = GenerateProgress & {
  readonly pid: number;
  readonly host: string;
  /** ISO 8601. */
  readonly at: string;
};

/**
 * Writes a run's progress beside its shards every two seconds, for who looks from elsewhere. Nothing
 * depends on it: it is not synced, and a disk that does not take it does not stop the run.
 */
export function keepSign(
  folder: string,
  read: () => GenerateProgress,
  everyMs = 2000,
): { end: () => void } {
  const path = join(folder, signName);
  const own = { pid: process.pid, host: hostname() };
  const write = () => {
    try {
      const sign: ProgressSign = { ...read(), ...own, at: new Date().toISOString() };
      writeFileSync(`${path}.new`, JSON.stringify(sign));
      renameSync(`${path}.new`, path);
    } catch {
      // Told by the workers, when it matters.
    }
  };
  const remove = () => {
    for (const name of [path, `${path}.new`]) rmSync(name, { force: true });
  };
  const timer = setInterval(write, everyMs);
  timer.unref();
  return {
    end: () => {
      clearInterval(timer);
      try {
        remove();
      } catch {
        // A disk that became read-only.
      }
    },
  };
}

/** The last sign in a folder, if there is one. */
export function readSign(folder: string): ProgressSign | undefined {
  try {
    const sign = JSON.parse(readFileSync(join(folder, signName), 'utf8')) as ProgressSign;
    return typeof sign.rowsDone === 'number' ? sign : undefined;
  } catch {
    return undefined;
  }
}
