import { readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ShardCorrupt } from '../errors.js';
import { DatasetReader } from './reader.js';
import { folderPerTest, writeSynthetic } from './synthetic.fixture.js';
import { verifyDataset } from './verify.js';

let folder = '';
folderPerTest((path) => (folder = path));

describe('verification', () => {
  it('finds nothing wrong with a whole data set', async () => {
    writeSynthetic(folder);
    const seen: number[] = [];
    const result = await verifyDataset(folder, {
      full: true,
      onProgress: (p) => seen.push(p.shards),
    });
    expect(result.problems).toEqual([]);
    expect(seen).toEqual([1, 2, 3, 4]);
  });

  it('names the shard of any flipped byte, and reading it raises', async () => {
    const manifest = writeSynthetic(folder);
    const sizes = manifest.shards.map((s) => s.bytes);
    await fc.assert(
      fc.asyncProperty(
        fc
          .nat(3)
          .chain((shard) =>
            fc.tuple(
              fc.constant(shard),
              fc.nat(sizes[shard]! - 1),
              fc.integer({ min: 1, max: 255 }),
            ),
          ),
        async ([index, at, flip]) => {
          const shard = manifest.shards[index]!;
          const path = join(folder, shard.name);
          const bytes = readFileSync(path);
          bytes[at]! ^= flip;
          writeFileSync(path, bytes);
          const { problems } = await verifyDataset(folder, { full: true });
          expect(problems.map((p) => p.shard)).toEqual([shard.name]);
          expect(problems[0]!.kind).toBe('sha256');
          const reader = DatasetReader.open(folder);
          const error = await reader.read([shard.firstRow]).catch((e: unknown) => e);
          expect(error).toBeInstanceOf(ShardCorrupt);
          expect((error as ShardCorrupt).shard).toBe(shard.name);
          bytes[at]! ^= flip;
          writeFileSync(path, bytes);
          // The same reader reads it once it is mended.
          expect((await reader.read([shard.firstRow])).rows[0]).toBe(shard.firstRow);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('names truncated, missing and exchanged shards', async () => {
    const { shards } = writeSynthetic(folder);
    const path = (i: number) => join(folder, shards[i]!.name);
    truncateSync(path(0), shards[0]!.bytes - 1);
    renameSync(path(1), `${path(1)}.x`);
    renameSync(path(2), path(1));
    renameSync(`${path(1)}.x`, path(2));
    rmSync(path(3));
    const { problems } = await verifyDataset(folder, { full: true });
    expect(problems.map((p) => [p.shard, p.kind])).toEqual([
      [shards[0]!.name, 'size'],
      [shards[1]!.name, 'sha256'],
      [shards[2]!.name, 'sha256'],
      [shards[3]!.name, 'missing'],
    ]);
    const quick = await verifyDataset(folder);
    expect(quick.problems.map((p) => p.kind)).toEqual(['size', 'tail', 'tail', 'missing']);
    const reader = DatasetReader.open(folder);
    for (const shard of shards) {
      await expect(reader.read([shard.firstRow])).rejects.toThrow(ShardCorrupt);
    }
  });

  it('says when there is no manifest', async () => {
    await expect(verifyDataset(folder)).rejects.toMatchObject({ code: 'MANIFEST_MISSING' });
  });
});
