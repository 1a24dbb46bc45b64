import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { afterEach, describe, expect, it } from 'vitest';
import { removePartialFiles } from '../files/durable.js';
import { acquireLock } from '../lock/lock.js';
import { readJournal } from './journal.js';
import { type DatasetLayout, parameterColumns } from './layout.js';
import { readManifest, writeManifest } from './manifest.js';
import {
  syntheticImage,
  syntheticLayout,
  syntheticRow,
  folderPerTest,
  writeSynthetic,
} from './synthetic.fixture.js';
import { verifyDataset } from './verify.js';
import { openShard } from './writer.js';

let folder = '';
folderPerTest((path) => (folder = path));

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
