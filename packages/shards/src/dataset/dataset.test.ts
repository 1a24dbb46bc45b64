import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ShardCorrupt, ShardsError } from '../errors.js';
import { removePartialFiles } from '../files/durable.js';
import { acquireLock } from '../lock/lock.js';
import { readJournal } from './journal.js';
import { type DatasetLayout, parameterColumns } from './layout.js';
import { makeManifest, readManifest, writeManifest } from './manifest.js';
import { type EpochBatch, DatasetReader } from './reader.js';
import {
  syntheticImage,
  syntheticLayout,
  syntheticRow,
  temporaryFolder,
  writeSynthetic,
} from './synthetic.fixture.js';
import { verifyDataset } from './verify.js';
import { openShard } from './writer.js';

let folder = '';
let remove: () => void;
beforeEach(() => {
  ({ path: folder, remove } = temporaryFolder());
});
afterEach(() => remove());

const sha256 = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

describe('writing', () => {
  it('makes the same bytes every time, described by the manifest', () => {
    const layout = syntheticLayout();
    const manifest = writeSynthetic(folder, layout);
    const again = join(folder, 'again');
    mkdirSync(again);
    expect(writeSynthetic(again, layout)).toEqual(manifest);
    expect(manifest.shards.map((s) => s.rows)).toEqual([40, 40, 40, 30]);
    for (const shard of manifest.shards) {
      expect(sha256(join(folder, shard.name))).toBe(shard.sha256);
      expect(readFileSync(join(again, shard.name))).toEqual(readFileSync(join(folder, shard.name)));
    }
    expect(readFileSync(join(again, 'manifest.json'))).toEqual(
      readFileSync(join(folder, 'manifest.json')),
    );
    expect(readManifest(folder)).toEqual(manifest);
    expect(readdirSync(folder).sort()).toEqual([
      'again',
      'journal.jsonl',
      'manifest.json',
      ...manifest.shards.map((s) => s.name),
    ]);
  });

  it('holds to the contract: columns, types, nulls, units, tensor, provenance', () => {
    const layout = syntheticLayout({ imageAxes: ['energy', 'momentum'] });
    writeSynthetic(folder, layout);
    const table = tableFromIPC(readFileSync(join(folder, 'shard-000001.arrow')));
    expect(table.batches.map((b) => b.numRows)).toEqual([32, 8]);
    expect(table.schema.fields.map((f) => `${f.name}: ${f.type}`)).toEqual([
      'row: Uint32',
      'label: Utf8',
      'seed: Uint64',
      'J: Float64',
      'D: Float64',
      'x: Float64',
      'image: FixedSizeList[15]<Float32>',
    ]);
    expect(table.schema.fields[3]!.metadata.get('unit')).toBe('meV');
    expect(Object.fromEntries(table.schema.fields[6]!.metadata)).toEqual({
      'ARROW:extension:name': 'arrow.fixed_shape_tensor',
      'ARROW:extension:metadata': '{"dim_names":["energy","momentum"],"shape":[3,5]}',
    });
    expect(table.schema.metadata.get('spectraloom.planId')).toBe(layout.planId);
    expect(JSON.parse(table.schema.metadata.get('spectraloom.provenance')!)).toEqual(
      layout.provenance,
    );
    for (let i = 0; i < 40; i++) {
      const row = syntheticRow(layout, 40 + i);
      const got = table.get(i)!;
      expect(got.row).toBe(row.row);
      expect(got.label).toBe(row.label);
      expect(got.seed).toBe(row.seed);
      for (const name of ['J', 'D', 'x']) expect(got[name]).toBe(row.parameters[name] ?? null);
      const image = table.getChild('image')!.get(i) as { toArray(): Float32Array };
      expect(image.toArray()).toEqual(syntheticImage(layout, 40 + i));
    }
  });

  it('also reads as a stream behind the magic, as the format asks', () => {
    writeSynthetic(folder);
    const bytes = readFileSync(join(folder, 'shard-000000.arrow'));
    expect(bytes.subarray(0, 6).toString()).toBe('ARROW1');
    expect(tableFromIPC(bytes.subarray(8)).numRows).toBe(40);
  });

  it('shows nothing under the name before it is finished, and removes what was dropped', async () => {
    const layout = syntheticLayout();
    const shard = openShard(folder, layout, 0, 'key');
    for (let row = 0; row < 35; row++) {
      shard.append(syntheticRow(layout, row), syntheticImage(layout, row));
    }
    expect(existsSync(join(folder, 'shard-000000.arrow'))).toBe(false);
    expect(readdirSync(folder)).toHaveLength(1);
    expect(() => shard.finish()).toThrow(/before all of its rows.*35 rows.*40/);
    shard.abort();
    expect(readdirSync(folder)).toEqual([]);

    openShard(folder, layout, 1, 'key');
    writeFileSync(join(folder, 'mine.part'), '');
    expect(await removePartialFiles(folder)).toHaveLength(1);
    expect(readdirSync(folder)).toEqual(['mine.part']);
  });

  it.each<
    [string, (layout: DatasetLayout) => [ReturnType<typeof syntheticRow>, Float32Array], RegExp]
  >([
    ['order', (l) => [syntheticRow(l, 1), syntheticImage(l, 1)], /row 1 in the place of 0/],
    ['label', (l) => [{ ...syntheticRow(l, 0), label: 'x' }, syntheticImage(l, 0)], /label 'x'/],
    ['image', (l) => [syntheticRow(l, 0), new Float32Array(14)], /an image of 14 pixels/],
    [
      'NaN',
      (l) => [syntheticRow(l, 0), syntheticImage(l, 0).fill(Number.NaN, 7, 8)],
      /NaN at pixel 7/,
    ],
    [
      'parameter',
      (l) => [{ ...syntheticRow(l, 0), parameters: { Q: 1 } }, syntheticImage(l, 0)],
      /parameter Q/,
    ],
    [
      'infinite',
      (l) => [{ ...syntheticRow(l, 0), parameters: { J: Infinity } }, syntheticImage(l, 0)],
      /J = Infinity/,
    ],
    ['seed', (l) => [{ ...syntheticRow(l, 0), seed: -1n }, syntheticImage(l, 0)], /seed -1/],
  ])('refuses a row that does not fit: %s', (_name, make, message) => {
    const layout = syntheticLayout();
    const shard = openShard(folder, layout, 0, 'key');
    const [row, image] = make(layout);
    expect(() => shard.append(row, image)).toThrow(message);
    shard.abort();
  });

  it('takes the union of parameters and refuses contradictions', () => {
    const J = { name: 'J', unit: 'meV' };
    const D = { name: 'D', unit: 'meV' };
    const g = { name: 'g', unit: '' };
    const of = (...models: { name: string; unit: string }[][]) =>
      parameterColumns(models.map((parameters, i) => ({ label: `m${i}`, parameters })));
    expect(of([J, D], [g, J])).toEqual([J, D, g]);
    expect(() => of([J], [{ name: 'J', unit: 'T' }])).toThrow(/J has two units.*meV.*m0.*T.*m1/);
    expect(() => of([{ name: 'image', unit: '' }])).toThrow(/cannot be called image/);
  });

  it('keeps a journal that survives a torn line', () => {
    const manifest = writeSynthetic(folder);
    expect(readJournal(folder).map((e) => e.sha256)).toEqual(manifest.shards.map((s) => s.sha256));
    appendFileSync(join(folder, 'journal.jsonl'), '\n{"event":"shard","name":"shard-0');
    expect(readJournal(folder)).toHaveLength(4);
    const again = openShard(folder, syntheticLayout({ rows: 1 }), 0, 'other');
    again.append(syntheticRow(syntheticLayout(), 0), syntheticImage(syntheticLayout(), 0));
    again.finish();
    expect(readJournal(folder)).toHaveLength(5);
    expect(readJournal(folder)[4]).toMatchObject({ key: 'other', rows: 1 });
  });

  it('says that a folder is missing', () => {
    const nowhere = join(folder, 'nowhere');
    const path = join(nowhere, 'shard-000000.arrow');
    // It names the shard, not the temporary file.
    expect(() => openShard(nowhere, syntheticLayout(), 0, 'key')).toThrow(
      expect.objectContaining({
        code: 'IO',
        where: path,
        got: expect.stringMatching(/open '.*shard-000000\.arrow'$/),
      }),
    );
  });
});

const tmpfs = spawnSync('sh', [
  '-c',
  'd=$(mktemp -d) && mount -t tmpfs -o size=64k none $d && umount $d',
]);
if (tmpfs.status !== 0) console.log('skipped: full disk, no right to mount a tmpfs');

describe.skipIf(tmpfs.status !== 0)('a file system of its own', () => {
  const mount = (options: string) =>
    spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'none', folder]);
  afterEach(() => void spawnSync('umount', [folder]));

  it('a full disk: one clear error, nothing left behind', () => {
    mount('size=128k');
    const layout = syntheticLayout({ imageShape: [100, 100] });
    const fill = () => {
      const shard = openShard(folder, layout, 0, 'key');
      for (let row = 0; row < 40; row++) {
        shard.append(syntheticRow(layout, row), syntheticImage(layout, row));
      }
      shard.finish();
    };
    expect(fill).toThrow(expect.objectContaining({ code: 'DISK_FULL' }));
    expect(readdirSync(folder)).toEqual([]);
  });

  it('a read-only one: said for shard, manifest and lock', async () => {
    mount('size=128k');
    const manifest = writeSynthetic(folder);
    spawnSync('mount', ['-o', 'remount,ro', folder]);
    const refused = expect.objectContaining({ code: 'NOT_WRITABLE' });
    expect(() => openShard(folder, syntheticLayout(), 0, 'key')).toThrow(refused);
    expect(() => writeManifest(folder, manifest)).toThrow(refused);
    await expect(acquireLock(folder)).rejects.toEqual(refused);
    expect((await verifyDataset(folder, { full: true })).problems).toEqual([]);
  });
});

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

  it('notices any change of the manifest', () => {
    const text = (writeSynthetic(folder), readFileSync(join(folder, 'manifest.json'), 'utf8'));
    const original = readManifest(folder);
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.constantFrom(...'0127abf"{}:,x'), (at, c) => {
        writeFileSync(join(folder, 'manifest.json'), text.slice(0, at) + c + text.slice(at + 1));
        try {
          // White space may change; anything else must be noticed.
          expect(readManifest(folder)).toEqual(original);
        } catch (error) {
          expect((error as ShardsError).code).toBe('MANIFEST_INVALID');
        }
      }),
      { numRuns: 300 },
    );
  });

  it('refuses a manifest whose shards do not cover the rows, though its hash is right', () => {
    const manifest = writeSynthetic(folder);
    expect(() => makeManifest(manifest, manifest.shards.slice(1))).toThrow(/3 shards.*4/);
    const small = manifest.shards.map(({ tail: _, ...s }) => ({ ...s, bytes: 100 }));
    expect(() => makeManifest(manifest, small)).toThrow(/100 bytes.*at least 2400 bytes/);
    const twice = [...manifest.shards.slice(0, 3), manifest.shards[0]!];
    expect(() => makeManifest(manifest, twice)).toThrow(ShardsError);
  });

  it('says when there is no manifest', async () => {
    await expect(verifyDataset(folder)).rejects.toMatchObject({ code: 'MANIFEST_MISSING' });
  });
});

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

it('makes a manifest that says nothing of time and place', () => {
  const manifest = writeSynthetic(folder);
  writeManifest(folder, manifest);
  const text = readFileSync(join(folder, 'manifest.json'), 'utf8');
  expect(text).not.toMatch(/host|pid|time|startedAt|finishedAt|seconds/);
});
