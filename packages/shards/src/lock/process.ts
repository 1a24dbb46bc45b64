import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** The run that holds a lock. */
export interface LockOwner {
  readonly pid: number;
  readonly host: string;
  /** When it took the lock, ISO 8601. */
  readonly startedAt: string;
  /** Start of the process in clock ticks since boot (Linux): tells a process from a later namesake. */
  readonly processStart?: string;
  /** Random, one a lock. */
  readonly token: string;
}

/** Fields 3 (state) and 22 (start) of /proc/PID/stat; undefined where there is no such file. */
function processStat(pid: number): { state: string; start: string } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field, the command in parentheses, may hold anything.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0]!, start: fields[19]! };
  } catch {
    return undefined;
  }
}

/** This process as an owner. */
export function thisOwner(token: string): LockOwner {
  const start = processStat(process.pid)?.start;
  return {
    pid: process.pid,
    host: hostname(),
    startedAt: new Date().toISOString(),
    ...(start !== undefined && { processStart: start }),
    token,
  };
}

/**
 * Whether the owner may still be running. Of another host nothing can be known: it may.
 * A zombie, or a process that has the number but started at another time, is not the owner.
 */
export function mayBeAlive(owner: LockOwner): boolean {
  if (owner.host !== hostname()) return true;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const stat = processStat(owner.pid);
  if (!stat) return true;
  if (stat.state === 'Z' || stat.state === 'X') return false;
  return owner.processStart === undefined || owner.processStart === stat.start;
}
