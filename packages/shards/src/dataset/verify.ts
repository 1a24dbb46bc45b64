import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readManifest, type Manifest, type ShardEntry } from './manifest.js';

/** A file (a shard, or the catalogue) that is not what the manifest says. */
export interface ShardProblem {
  readonly shard: string;
  readonly kind: 'missing' | 'size' | 'sha256' | 'unreadable';
  readonly got: string;
  readonly expected: string;
}

export interface Verification {
  readonly manifest: Manifest;
  readonly full: boolean;
  readonly shards: number;
  readonly bytes: number;
  /** Empty: the data set is whole. */
  readonly problems: readonly ShardProblem[];
}

export interface VerifyOptions {
  /** Hash every shard; else only sizes are compared. */
  readonly full?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: { shards: number; bytes: number; of: number }) => void;
}

/**
 * Compares every shard of a folder, and its catalogue, with the manifest. A flipped byte is seen by `full` alone.
 * @throws ShardsError MANIFEST_MISSING, MANIFEST_INVALID; the signal's reason when aborted
 */
export async function verifyDataset(
  folder: string,
  options: VerifyOptions = {},
): Promise<Verification> {
  const manifest = readManifest(folder);
  const { shards, catalogue } = manifest;
  const files = [...shards, ...(catalogue ? [catalogue] : [])];
  const of = files.reduce((sum, file) => sum + file.bytes, 0);
  const problems: ShardProblem[] = [];
  let bytes = 0;
  for (const [i, file] of files.entries()) {
    options.signal?.throwIfAborted();
    const problem = checkShard(folder, file, options.full ?? false);
    if (problem) problems.push(problem);
    bytes += file.bytes;
    options.onProgress?.({ shards: Math.min(i + 1, shards.length), bytes, of });
    // Lets signals and timers in between two shards.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const full = options.full ?? false;
  return { manifest, full, shards: shards.length, bytes: of, problems };
}

/** Compares one shard's file with its entry; undefined when it is as it should be. */
export function checkShard(
  folder: string,
  shard: Pick<ShardEntry, 'name' | 'bytes' | 'sha256'>,
  full: boolean,
): ShardProblem | undefined {
  const path = join(folder, shard.name);
  const problem = (kind: ShardProblem['kind'], got: string, expected: string) => ({
    shard: shard.name,
    kind,
    got,
    expected,
  });
  try {
    const { size } = statSync(path);
    if (size !== shard.bytes) return problem('size', `${size} bytes`, `${shard.bytes} bytes`);
    if (!full) return undefined;
    const found = hashFile(path);
    return found === shard.sha256
      ? undefined
      : problem('sha256', `sha256 ${found}`, `sha256 ${shard.sha256}`);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT'
      ? problem('missing', 'no file', `${shard.bytes} bytes`)
      : problem('unreadable', message, 'a readable file');
  }
}

/** sha256 of a file, read a mebibyte at a time. */
function hashFile(path: string): string {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(1 << 20);
  const file = openSync(path, 'r');
  try {
    for (;;) {
      const n = readSync(file, buffer, 0, buffer.length, null);
      if (n === 0) return hash.digest('hex');
      hash.update(buffer.subarray(0, n));
    }
  } finally {
    closeSync(file);
  }
}
