import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ShardCorrupt } from '../errors.js';
import type { EpochBatch } from './batch.js';
import { DatasetReader } from './reader.js';
import {
  syntheticImage,
  syntheticLayout,
  syntheticRow,
  folderPerTest,
  writeSynthetic,
} from './synthetic.fixture.js';

let folder = '';
folderPerTest((path) => (folder = path));

describe('reading', () => {
  it('gives any rows in any order, as typed arrays', async () => {
    const layout = syntheticLayout();
    writeSynthetic(folder, layout);
    const reader = DatasetReader.open(folder);
    const rows = [149, 0, 77, 78, 149, 40];
    const batch = await reader.read(rows);
    rows.forEach((row, i) => {
      const expected = syntheticRow(layout, row);
      expect(batch.images.subarray(i * 15, (i + 1) * 15)).toEqual(syntheticImage(layout, row));
      expect(layout.labels[batch.labels[i]!]).toBe(expected.label);
      expect(batch.seeds[i]).toBe(expected.seed);
      ['J', 'D', 'x'].forEach((name, p) => {
        expect(batch.parameters[i * 3 + p]).toBe(expected.parameters[name] ?? Number.NaN);
      });
    });
    for (const row of [-1, 150, 1.5, Number.NaN]) {
      await expect(reader.read([row])).rejects.toMatchObject({ code: 'READ_INVALID' });
    }
    reader.close();
  });

  it('reads the same with no room in memory, and notices a change made meanwhile', async () => {
    const layout = syntheticLayout();
    const manifest = writeSynthetic(folder, layout);
    const reader = DatasetReader.open(folder, { cacheBytes: 0 });
    const rows = Array.from({ length: 150 }, (_, i) => (i * 67) % 150);
    for (let pass = 0; pass < 2; pass++) {
      for (const row of rows) {
        expect((await reader.read([row])).images).toEqual(syntheticImage(layout, row));
      }
    }
    const path = join(folder, manifest.shards[1]!.name);
    const good = readFileSync(path);
    // Any one byte of row 57's image: found by its own checksum.
    await reader.read([0]);
    const at = good.indexOf(Buffer.from(syntheticImage(layout, 57).buffer)) + 13;
    const bad = Buffer.from(good);
    bad[at]! ^= 1;
    writeFileSync(path, bad);
    await expect(reader.read([57])).rejects.toThrow(/altered.*row 57/);
    expect((await reader.read([58])).images).toEqual(syntheticImage(layout, 58));
    rmSync(path);
    await expect(reader.read([58])).rejects.toThrow(ShardCorrupt);
  });

  it('splits by hash: every row in one split, the same however it is read', () => {
    writeSynthetic(folder);
    const fractions = { validation: 0.2, test: 0.2 };
    const reader = DatasetReader.open(folder, { fractions });
    const parts = (['train', 'validation', 'test'] as const).map((s) => [...reader.rowsOf(s)]);
    expect(parts.flat().sort((a, b) => a - b)).toEqual([...reader.rowsOf('all')]);
    for (const part of parts) expect(part.length).toBeGreaterThan(15);
    // Not by position: neighbours fall into different splits.
    expect(parts[2]!.some((row, i) => i > 0 && row - parts[2]![i - 1]! > 3)).toBe(true);
  });
});

describe('epochs', () => {
  const rowsOf = (batches: EpochBatch[]) => batches.flatMap((b) => [...b.rows]);
  const collect = async (batches: AsyncIterable<EpochBatch>) => {
    const all: EpochBatch[] = [];
    for await (const batch of batches) all.push(batch);
    return all;
  };

  it('visits each row of the split once, in another order each epoch', async () => {
    writeSynthetic(folder);
    const reader = DatasetReader.open(folder, { fractions: { validation: 0.1, test: 0.3 } });
    const one = rowsOf(await collect(reader.epoch({ split: 'train', batchSize: 16, seed: 3 })));
    const two = rowsOf(
      await collect(reader.epoch({ split: 'train', batchSize: 16, seed: 3, epoch: 1 })),
    );
    expect([...one].sort((a, b) => a - b)).toEqual([...reader.rowsOf('train')]);
    expect([...two].sort((a, b) => a - b)).toEqual([...reader.rowsOf('train')]);
    expect(one).not.toEqual(two);
    const plain = await collect(reader.epoch({ split: 'test', batchSize: 16, shuffle: false }));
    expect(rowsOf(plain)).toEqual([...reader.rowsOf('test')]);
    const full = await collect(reader.epoch({ batchSize: 40, dropLast: true }));
    expect(full.map((b) => b.count)).toEqual([40, 40, 40]);
  });

  it('goes on exactly where it stopped, whatever the batch size and number of readers', async () => {
    writeSynthetic(folder);
    const reader = DatasetReader.open(folder, { fractions: { validation: 0.1, test: 0.1 } });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }),
        fc.nat(12),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 5 }),
        fc.nat(1000),
        fc.constantFrom('rows' as const, 'shards' as const),
        async (size, stopAfter, sizeAfter, readers, seed, verify) => {
          const options = { split: 'train' as const, seed, epoch: 2 };
          const whole = rowsOf(await collect(reader.epoch({ ...options, batchSize: 7 })));
          const before: EpochBatch[] = [];
          for await (const batch of reader.epoch({ ...options, batchSize: size })) {
            before.push(batch);
            if (before.length > stopAfter) break;
          }
          // The state travels as JSON, to a reader that knows nothing else.
          const resume = JSON.parse(JSON.stringify(before.at(-1)!.state));
          const others = DatasetReader.open(folder, { verify });
          const after = await Promise.all(
            Array.from({ length: readers }, (_, index) =>
              collect(
                others.epoch({ batchSize: sizeAfter, resume, reader: { index, count: readers } }),
              ),
            ),
          );
          const merged = after.flat().sort((a, b) => a.position - b.position);
          expect([...rowsOf(before), ...rowsOf(merged)]).toEqual(whole);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('refuses the state of another data set', async () => {
    writeSynthetic(folder);
    const reader = DatasetReader.open(folder);
    const [batch] = await collect(reader.epoch({ batchSize: 150 }));
    for (const resume of [
      { ...batch!.state, manifest: 'b'.repeat(64) },
      { ...batch!.state, consumed: 151 },
    ]) {
      await expect(collect(reader.epoch({ batchSize: 10, resume }))).rejects.toMatchObject({
        code: 'READ_INVALID',
      });
    }
    await expect(collect(reader.epoch({ batchSize: 0 }))).rejects.toMatchObject({
      code: 'READ_INVALID',
    });
  });

  it('hands out a shard error at its batch and stops on a signal', async () => {
    const { shards } = writeSynthetic(folder);
    truncateSync(join(folder, shards[3]!.name), 10);
    const reader = DatasetReader.open(folder);
    const rows: number[] = [];
    const read = async () => {
      for await (const b of reader.epoch({ batchSize: 40, shuffle: false })) rows.push(...b.rows);
    };
    await expect(read()).rejects.toThrow(ShardCorrupt);
    expect(rows.length).toBe(120);
    const signal = AbortSignal.abort(new Error('stop'));
    await expect(collect(reader.epoch({ batchSize: 40, signal }))).rejects.toThrow('stop');
  });
});
