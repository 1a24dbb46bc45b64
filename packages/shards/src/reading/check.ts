import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ShardEntry } from '../dataset/manifest.js';

/** A file (a shard, or the catalogue) that is not what the manifest says. */
export interface ShardProblem {
  readonly shard: string;
  readonly kind: 'missing' | 'size' | 'sha256' | 'unreadable';
  readonly got: string;
  readonly expected: string;
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
