import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ShardEntry } from '../dataset/manifest.js';

/** A file (a shard, or the catalogue) that is not what the manifest says. */
export interface ShardProblem {
  readonly shard: string;
  readonly kind: 'missing' | 'size' | 'tail' | 'sha256' | 'unreadable';
  readonly got: string;
  readonly expected: string;
}

/**
 * How closely a file is looked at: `size`; `tail`: its size and its last bytes, the footer with the
 * checks of the rows, which tells one shard from another; `full`: every byte.
 */
export type CheckDepth = 'size' | 'tail' | 'full';

/** What a file is compared with. */
export type Claim = Pick<ShardEntry, 'name' | 'bytes' | 'sha256' | 'tail'>;

/** Compares one shard's file with its entry; undefined when it is as it should be. */
export function checkShard(
  folder: string,
  shard: Claim,
  depth: CheckDepth,
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
    const { tail } = shard;
    const of = `sha256 of the last ${tail?.bytes} bytes`;
    if (depth === 'full') {
      const found = hashFile(path);
      if (found !== shard.sha256) {
        return problem('sha256', `sha256 ${found}`, `sha256 ${shard.sha256}`);
      }
    }
    if (tail && depth !== 'size') {
      const found = hashFile(path, size - tail.bytes);
      if (found !== tail.sha256) return problem('tail', `${of} ${found}`, `${of} ${tail.sha256}`);
    }
    return undefined;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT'
      ? problem('missing', 'no file', `${shard.bytes} bytes`)
      : problem('unreadable', message, 'a readable file');
  }
}

/** sha256 of a file from a byte on, read a mebibyte at a time. */
export function hashFile(path: string, from = 0): string {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(1 << 20);
  const file = openSync(path, 'r');
  try {
    for (let at = from; ;) {
      const n = readSync(file, buffer, 0, buffer.length, at);
      if (n === 0) return hash.digest('hex');
      hash.update(buffer.subarray(0, n));
      at += n;
    }
  } finally {
    closeSync(file);
  }
}
