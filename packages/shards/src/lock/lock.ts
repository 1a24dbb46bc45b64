import { randomUUID } from 'node:crypto';
import {
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatasetLocked, ShardsError } from '../errors.js';
import { partialName } from '../files/durable.js';
import { systemError } from '../files/system-errors.js';
import { type LockOwner, mayBeAlive, thisOwner } from './process.js';

/** A held lock. */
export interface Lock {
  /** The lock file. */
  readonly path: string;
  readonly owner: LockOwner;
  /** Gives the folder back; a second call does nothing. */
  release(): Promise<void>;
}

/** Which lock, and how long to wait for it. */
export interface LockOptions {
  /** Name of the lock file in the folder; locks of different names do not know each other. */
  readonly name?: string;
  /** Wait this long for a live owner; default 0: fail at once. */
  readonly waitMs?: number;
  readonly signal?: AbortSignal;
  /** Called once when waiting starts. */
  readonly onWait?: (owner: LockOwner) => void;
}

const defaultName = '.spectraloom.lock';

/**
 * Takes the lock of a folder: a file with the owner's pid, host and start time. The lock of an owner
 * that no longer runs (kill -9, reboot) is taken over; of two that try, one gets it.
 * The folder is made where it is missing.
 * @throws DatasetLocked with the owner's pid and host; ShardsError NOT_WRITABLE, DISK_FULL, IO;
 *   the signal's reason when aborted while waiting
 */
export async function acquireLock(folder: string, options: LockOptions = {}): Promise<Lock> {
  const path = join(folder, options.name ?? defaultName);
  const owner = thisOwner(randomUUID());
  const until = performance.now() + (options.waitMs ?? 0);
  let told = false;
  try {
    mkdirSync(folder, { recursive: true });
    for (;;) {
      options.signal?.throwIfAborted();
      const holder = tryAcquire(path, owner);
      if (!holder) break;
      if (performance.now() >= until) throw locked(folder, path, holder);
      if (!told) options.onWait?.(holder);
      told = true;
      await sleep(Math.min(100, Math.max(1, until - performance.now())));
    }
    removeLeftovers(folder, basename(path));
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw systemError(error, 'lock the folder', folder);
  }
  let held = true;
  return {
    path,
    owner,
    release: async () => {
      if (held && readOwner(path)?.token === owner.token) rmSync(path, { force: true });
      held = false;
    },
  };
}

/**
 * One attempt. A dead owner's lock is replaced under a second lock named after its token: only one
 * process can hold that, it looks again whether the dead lock is still there, and no one else may
 * touch it. Should that process die too, its lock is taken over in the same way.
 * @returns undefined when the lock is ours, else who has it
 */
function tryAcquire(path: string, owner: LockOwner): LockOwner | undefined {
  for (;;) {
    const text = `${JSON.stringify(owner)}\n`;
    if (createExclusively(path, text)) return undefined;
    const holder = readOwner(path);
    if (!holder) continue;
    if (mayBeAlive(holder)) return holder;
    const claim = `${path}.${holder.token}`;
    const rival = tryAcquire(claim, owner);
    if (rival) return rival;
    try {
      if (readOwner(path)?.token === holder.token) {
        const temporary = partialName(path);
        writeFileSync(temporary, text);
        if (vanished(() => renameSync(temporary, path))) continue;
        return undefined;
      }
    } finally {
      rmSync(claim, { force: true });
    }
  }
}

/**
 * What killed processes left of their attempts: NAME.TOKEN, NAME.PID-RANDOM.part. Only for the holder.
 * An attempt under way may lose its file by this; it writes it again and finds the lock taken.
 */
function removeLeftovers(folder: string, name: string): void {
  try {
    for (const other of readdirSync(folder)) {
      if (other.startsWith(`${name}.`)) rmSync(join(folder, other), { force: true });
    }
  } catch {
    // The lock is held all the same; the next holder tries again.
  }
}

/** Whether a step failed because the file it was to use has been removed meanwhile. */
function vanished(step: () => void): boolean {
  try {
    step();
    return false;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
    throw error;
  }
}

/** Makes a file with its whole content in one step. @returns false when it is there already */
function createExclusively(path: string, text: string): boolean {
  for (;;) {
    const temporary = partialName(path);
    try {
      writeFileSync(temporary, text, { flag: 'wx' });
      if (!vanished(() => linkSync(temporary, path))) return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    } finally {
      rmSync(temporary, { force: true });
    }
  }
}

/** Who holds the lock of this name, dead or alive; undefined when nobody does. */
export function readLockOwner(folder: string, name = defaultName): LockOwner | undefined {
  return readOwner(join(folder, name));
}

/** The owner a lock file names; undefined when there is no file. */
function readOwner(path: string): LockOwner | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const owner = JSON.parse(text) as LockOwner;
    if (
      Number.isInteger(owner.pid) &&
      typeof owner.host === 'string' &&
      /^[\w-]+$/.test(owner.token)
    ) {
      return owner;
    }
  } catch {
    // Reported below: it is no lock of ours.
  }
  throw new ShardsError({
    code: 'IO',
    what: 'The lock file does not read as a lock',
    where: path,
    got: JSON.stringify(text.slice(0, 80)),
    next: 'if no other run uses the folder, delete this file',
  });
}

function locked(folder: string, path: string, owner: LockOwner): DatasetLocked {
  return new DatasetLocked(owner, {
    what: 'Another run is using the folder',
    where: folder,
    got: `process ${owner.pid} on ${owner.host}, since ${owner.startedAt}`,
    next: `wait for it or stop it; if that run is certainly gone, delete ${path}`,
  });
}
