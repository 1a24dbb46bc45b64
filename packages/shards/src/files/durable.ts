import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { systemError } from './system-errors.js';

/** Names of files that are not finished: NAME.PID-RANDOM.part. A killed run leaves them behind. */
const partial = /\.\d+-[0-9a-f]{8}\.part$/;

/** A name beside `path` for a file in the making. */
export function partialName(path: string): string {
  return `${path}.${process.pid}-${randomBytes(4).toString('hex')}.part`;
}

/**
 * Removes files that a killed run left unfinished. Only for the holder of the folder's lock. Hidden
 * ones are the locks' own business.
 * @returns their names
 */
export async function removePartialFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  const removed = names.filter((name) => partial.test(name) && !name.startsWith('.'));
  for (const name of removed) await rm(join(folder, name), { force: true });
  return removed;
}

/** Writes all of `bytes`; a write may take only part of them. */
export function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at, bytes.length - at);
}

/** Makes the names in a folder durable. Systems that cannot open folders (Windows) need it not. */
export function syncFolder(folder: string): void {
  let handle: number;
  try {
    handle = openSync(folder, 'r');
  } catch {
    return;
  }
  try {
    fsyncSync(handle);
  } catch {
    // Not every file system can: then the rename is as durable as it gets.
  } finally {
    closeSync(handle);
  }
}

/**
 * Replaces a file so that, whatever happens, either the old or the whole new one is there: write
 * under a temporary name, fsync, rename, fsync the folder.
 * @throws ShardsError DISK_FULL, NOT_WRITABLE, IO; nothing is left of the temporary file
 */
export function writeFileDurably(path: string, bytes: Uint8Array | string): void {
  const temporary = partialName(path);
  try {
    const file = openSync(temporary, 'wx');
    try {
      writeAll(file, typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw systemError(error, `write ${basename(path)}`, path);
  }
  syncFolder(dirname(path));
}
