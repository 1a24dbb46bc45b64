import { checkShard, type Claim, type ShardProblem } from '../reading/check.js';
import { readingThreads } from '../reading/threads.js';
import { readManifest, type Manifest } from './manifest.js';

/** What `verifyDataset` found. */
export interface Verification {
  readonly manifest: Manifest;
  readonly full: boolean;
  readonly shards: number;
  readonly bytes: number;
  /** Empty: the data set is whole. */
  readonly problems: readonly ShardProblem[];
}

/** How deep `verifyDataset` looks. */
export interface VerifyOptions {
  /** Hash every shard; else sizes and tails are compared, which misses a flipped byte of an image. */
  readonly full?: boolean;
  /** Threads that hash; default as for `DatasetReader`. */
  readonly threads?: number;
  readonly signal?: AbortSignal;
  /** After each shard: shards and bytes done, and shards in all. */
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
  const full = options.full ?? false;
  const threads = readingThreads(full ? options.threads : 0, of);
  const problems: ShardProblem[] = [];
  let bytes = 0;
  // A few more than there are threads, so that none waits for its next file.
  const ahead = 2 * threads.count + 1;
  const coming: Promise<ShardProblem | undefined>[] = [];
  const begin = (index: number) => {
    const entry: Claim | undefined = files[index];
    if (!entry) return;
    const check = full
      ? threads.ask({ kind: 'check', folder, entry })
      : // Lets signals and timers in between two files.
        new Promise((resolve) => setImmediate(resolve)).then(() =>
          checkShard(folder, entry, 'tail'),
        );
    // An error shows when its turn comes; until then it is not unhandled.
    check.catch(() => undefined);
    coming.push(check);
  };
  for (let i = 0; i < ahead; i++) begin(i);
  for (const [i, file] of files.entries()) {
    options.signal?.throwIfAborted();
    const problem = await coming.shift()!;
    begin(i + ahead);
    if (problem) problems.push(problem);
    bytes += file.bytes;
    options.onProgress?.({ shards: Math.min(i + 1, shards.length), bytes, of });
  }
  return { manifest, full, shards: shards.length, bytes: of, problems };
}
