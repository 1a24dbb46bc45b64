import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Batch, EpochBatch } from '../dataset/batch.js';
import { DatasetReader } from '../dataset/reader.js';
import {
  syntheticImage,
  syntheticLayout,
  folderPerTest,
  writeSynthetic,
} from '../dataset/synthetic.fixture.js';
import { verifyDataset } from '../dataset/verify.js';
import { ShardCorrupt } from '../errors.js';

let folder = '';
folderPerTest((path) => (folder = path));

const collect = async (batches: AsyncIterable<EpochBatch>) => {
  const all: EpochBatch[] = [];
  for await (const batch of batches) all.push(batch);
  return all;
};
const layout = syntheticLayout();
const shardBytes = 40 * 15 * 4;

describe.each([0, 1, 3])('with %i reading threads', (threads) => {
  it('gives the same rows, whatever the memory, the batch size and the batches ahead', async () => {
    const manifest = writeSynthetic(folder, layout);
    const plain = await DatasetReader.open(folder).read(Array.from({ length: 150 }, (_, i) => i));
    const expected = (rows: ArrayLike<number>, batch: Batch) =>
      Array.from(rows).forEach((row, i) => {
        expect(batch.images.subarray(i * 15, (i + 1) * 15)).toEqual(syntheticImage(layout, row));
        expect(batch.labels[i]).toBe(plain.labels[row]);
        expect(batch.seeds[i]).toBe(plain.seeds[row]);
        expect(batch.parameters.subarray(i * 3, i * 3 + 3)).toEqual(
          plain.parameters.subarray(row * 3, row * 3 + 3),
        );
      });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(0, shardBytes, 3 * shardBytes, 2 ** 30),
        fc.integer({ min: 1, max: 70 }),
        fc.integer({ min: 1, max: 6 }),
        fc.boolean(),
        fc.constantFrom('rows' as const, 'shards' as const),
        async (cacheBytes, batchSize, prefetch, shuffle, verify) => {
          const reader = DatasetReader.open(folder, { threads, cacheBytes, verify });
          for (const epoch of [0, 1]) {
            const batches = await collect(reader.epoch({ batchSize, prefetch, shuffle, epoch }));
            for (const batch of batches) expected(batch.rows, batch);
            const order = batches.flatMap((b) => [...b.rows]);
            // The same with memory that is used again: right while the batch is in use, then empty.
            let before: EpochBatch | undefined;
            const again = { batchSize, prefetch, shuffle, epoch, reuse: true };
            for await (const batch of reader.epoch(again)) {
              expect(before?.images.length ?? 0).toBe(0);
              const right = Array.from(batch.rows).every((row, i) =>
                syntheticImage(layout, row).every((value, k) => batch.images[i * 15 + k] === value),
              );
              expect(right).toBe(true);
              expect([...batch.rows]).toEqual(order.splice(0, batch.count));
              if (verify === 'rows') before = batch;
            }
            const rows = batches.flatMap((b) => [...b.rows]);
            expect(rows.sort((a, b) => a - b)).toEqual([...reader.rowsOf('all')]);
            expect(batches.at(-1)!.state.consumed).toBe(manifest.rows);
          }
          reader.close();
        },
      ),
      { numRuns: 6 },
    );
  });

  it('names the shard that is damaged, missing or cut, and reads on once it is mended', async () => {
    const { shards } = writeSynthetic(folder, layout);
    const reader = DatasetReader.open(folder, { threads });
    const damage: ((path: string, good: Buffer) => void)[] = [
      (path, good) => writeFileSync(path, Buffer.from(good).fill(good[777]! ^ 4, 777, 778)),
      (path) => truncateSync(path, 100),
      (path) => rmSync(path),
    ];
    for (const [i, harm] of damage.entries()) {
      const shard = shards[i]!;
      const path = join(folder, shard.name);
      const good = readFileSync(path);
      harm(path, good);
      const error = await reader.read([shard.firstRow + 5]).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(ShardCorrupt);
      expect(error).toMatchObject({ code: 'SHARD_CORRUPT', shard: shard.name });
      expect((error as ShardCorrupt).where).toBe(path);
      const { problems } = await verifyDataset(folder, { full: true, threads });
      expect(problems.map((p) => p.shard)).toEqual([shard.name]);
      writeFileSync(path, good);
      expect((await reader.read([shard.firstRow + 5])).rows[0]).toBe(shard.firstRow + 5);
    }
  });

  it('lends neighbouring rows of a record batch without a copy, and keeps them when closed', async () => {
    writeSynthetic(folder, layout);
    const reader = DatasetReader.open(folder, { threads, cacheBytes: shardBytes });
    const one = await reader.read([41, 42, 43]);
    const two = await reader.read([43, 44]);
    expect(two.images.buffer).toBe(one.images.buffer);
    // Rows 31 and 32 lie in two record batches, 3 and 1 not in order: these are gathered.
    const apart = await reader.read([31, 32]);
    const turned = await reader.read([3, 1]);
    expect(apart.images.byteLength).toBe(apart.images.buffer.byteLength);
    expect(turned.images.byteLength).toBe(turned.images.buffer.byteLength);
    await collect(reader.epoch({ batchSize: 32 }));
    reader.close();
    expect(one.images).toEqual(
      Float32Array.from([41, 42, 43].flatMap((row) => [...syntheticImage(layout, row)])),
    );
  });
});

it('reads ahead while the caller works', async () => {
  const { shards } = writeSynthetic(folder, layout);
  const reader = DatasetReader.open(folder, { threads: 1 });
  const epoch = reader.epoch({ batchSize: 40, shuffle: false, prefetch: 4 });
  const first = await epoch.next();
  // The others are on their way without being asked for. The thread takes one thing after the other:
  // once it has verified the data set, it has read them.
  await verifyDataset(folder, { full: true, threads: 1 });
  for (const shard of shards) rmSync(join(folder, shard.name));
  const rows = [...first.value!.rows];
  for await (const batch of epoch) rows.push(...batch.rows);
  expect(rows).toEqual(Array.from({ length: 150 }, (_, i) => i));
});

it.each([-1, 1.5, 1000])('refuses %s threads', (threads) => {
  writeSynthetic(folder, layout);
  expect(() => DatasetReader.open(folder, { threads })).toThrow(/number of threads.*0 to 256/);
});
