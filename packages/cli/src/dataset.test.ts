import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import {
  cp,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rename,
  rm,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatasetReader, readManifest, writeNpy } from '@spectraloom/shards';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { spectraloom } from './commandLine.fixture.js';

/** 70 images of 4 x 5 in three shards of 32 rows, of two classes, one parameter missing in one class. */
let root: string;
const image = (row: number) => Float32Array.from({ length: 20 }, (_, i) => Math.sin(row * 20 + i));
const dataset = (...args: string[]) => spectraloom(root, 'dataset', ...args);
const lines = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

const schema = `
images: { file: images.npy }
label: { file: table.csv, name: kind, names: [even, odd] }
parameters:
  - { name: J, unit: meV, from: { file: table.csv, name: J } }
rowsPerShard: 32
provenance: { source: a test }
`;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'spectraloom-dataset-'));
  await mkdir(join(root, 'source'));
  const images = Float32Array.from({ length: 1400 }, (_, i) => Math.sin(i));
  await writeFile(join(root, 'source', 'images.npy'), writeNpy(images, [70, 4, 5]));
  const table = Array.from({ length: 70 }, (_, i) => `${i % 2},${i % 2 ? '' : i / 4}`);
  await writeFile(join(root, 'source', 'table.csv'), ['kind,J', ...table].join('\n'));
  await writeFile(join(root, 'source', 'schema.yaml'), schema);
  const made = await dataset('import', 'source/schema.yaml', '--out', 'data');
  expect(made).toMatchObject({ code: 0, err: '' });
});
afterAll(() => rm(root, { recursive: true }));

describe('dataset', () => {
  test('import says what came of it, the same each time; its example is a schema', async () => {
    const again = await dataset('import', 'source/schema.yaml', '--out', 'again', '--json');
    expect(lines(again.out)[0]).toMatchObject({
      rows: 70,
      shards: 3,
      labels: ['even', 'odd'],
      imageShape: [4, 5],
      manifestHash: readManifest(join(root, 'data')).manifestHash,
    });
    const kept = await dataset('import', 'source/schema.yaml', '--out', 'again');
    expect(kept.out).toMatch(/nothing was written: the same data are there/);
    const { out } = await dataset('import', '--example');
    await writeFile(join(root, 'source', 'example.yaml'), out);
    const missing = await dataset('import', 'source/example.yaml', '--out', 'no');
    // Every field of it is understood: the first thing wrong is a column that the table has not.
    expect(missing.code).toBe(1);
    expect(missing.err).toMatch(/no such column.*\n.*table\.csv\n.*J1\n.*kind, J/);
    expect(existsSync(join(root, 'no'))).toBe(false);
  });

  test('info, head and stats agree with the numbers', async () => {
    const info = await dataset('info', 'data');
    expect(info.out).toMatch(/rows +70 in 3 shards/);
    expect(info.out).toMatch(/images +4 x 5, float32/);
    expect(info.out).toMatch(/J \(meV\)/);
    expect(info.out).toMatch(/source +a test/);
    const head = lines((await dataset('head', 'data', '-n', '40', '--json')).out);
    expect(head).toHaveLength(40);
    expect(head[33]).toMatchObject({ row: 33, label: 'odd', parameters: {} });
    expect(head[34]).toMatchObject({ row: 34, label: 'even', parameters: { J: 8.5 } });
    expect(head[34]!.largest).toBe(Math.max(...image(34)));
    expect((await dataset('head', 'data')).out.trim().split('\n')).toHaveLength(5);
    const [stats] = lines((await dataset('stats', 'data', '--json')).out);
    const even = Array.from({ length: 35 }, (_, i) => [...image(2 * i)]).flat();
    const of = (stats!.byLabel as Record<string, Record<string, unknown>>).even!;
    expect(of).toMatchObject({ rows: 35, pixels: { count: 700, max: Math.max(...even) } });
    expect((of.pixels as { mean: number }).mean).toBeCloseTo(
      even.reduce((a, b) => a + b) / 700,
      12,
    );
    expect(of.parameters).toMatchObject({
      J: { unit: 'meV', count: 35, min: 0, max: 17, mean: 8.5 },
    });
    expect((await dataset('stats', 'data')).out).toMatch(
      /even .*\n +pixels +35 .*\n +J \(meV\) +35 /,
    );
  });

  test('export writes a Parquet file that import brings back, and replaces none unasked', async () => {
    const made = await dataset('export', 'data', '--parquet', 'all.parquet', '--json');
    const bytes = await readFile(join(root, 'all.parquet'));
    expect(lines(made.out)[0]).toMatchObject({ rows: 70, bytes: bytes.length });
    const twice = await dataset('export', 'data', '--parquet', 'all.parquet');
    expect(twice).toMatchObject({ code: 1, err: expect.stringMatching(/already[\s\S]*--force/) });
    const forced = await dataset('export', 'data', '--parquet', 'all.parquet', '--force');
    expect(forced.code).toBe(0);
    expect((await readFile(join(root, 'all.parquet'))).equals(bytes)).toBe(true);
    await writeFile(
      join(root, 'back.yaml'),
      `images: { file: all.parquet, name: image }
imageShape: [4, 5]
label: { file: all.parquet, name: label }
parameters: [{ name: J, unit: meV, from: { file: all.parquet, name: J } }]`,
    );
    expect((await dataset('import', 'back.yaml', '--out', 'back')).code).toBe(0);
    const rows = Array.from({ length: 70 }, (_, i) => i);
    const [a, b] = await Promise.all(
      ['data', 'back'].map((name) => DatasetReader.open(join(root, name)).read(rows)),
    );
    expect({ ...b!, seeds: 0 }).toEqual({ ...a!, seeds: 0 });
  });

  test('verify --full names flipped, cut, lost and exchanged shards; all that reads refuses', async () => {
    const whole = await dataset('verify', 'data', '--full');
    expect(whole).toMatchObject({ code: 0, out: expect.stringMatching(/3 shards.*sha256/) });
    const quick = await dataset('verify', 'data');
    expect(quick.out).toMatch(/sizes and footers.*rows were not read.*--full/);
    const shard = (i: number) => join(root, 'bad', `shard-00000${i}.arrow`);
    const harm: [string, () => Promise<unknown>, RegExp][] = [
      [
        'flipped',
        async () => {
          const bytes = await readFile(shard(1));
          bytes[bytes.length >> 1]! ^= 1;
          await writeFile(shard(1), bytes);
        },
        /shard-000001\.arrow: sha256/,
      ],
      ['cut', () => truncate(shard(2), 99), /shard-000002\.arrow: size: got 99 bytes/],
      ['lost', () => rm(shard(0)), /shard-000000\.arrow: missing/],
      [
        'exchanged',
        async () => {
          await rename(shard(0), `${shard(0)}x`);
          await rename(shard(1), shard(0));
          await rename(`${shard(0)}x`, shard(1));
        },
        /shard-000000\.arrow: [\s\S]*shard-000001\.arrow: /,
      ],
    ];
    for (const [what, change, message] of harm) {
      await cp(join(root, 'data'), join(root, 'bad'), { recursive: true });
      await change();
      const text = await dataset('verify', 'bad', '--full');
      expect([what, text.code, text.out]).toEqual([what, 1, expect.stringMatching(message)]);
      const json = await dataset('verify', 'bad', '--full', '--json');
      expect(json.code).toBe(1);
      expect((lines(json.out)[0]!.problems as unknown[]).length).toBe(what === 'exchanged' ? 2 : 1);
      for (const args of [
        ['stats', 'bad'],
        ['export', 'bad', '--parquet', 'bad.parquet'],
      ]) {
        expect(await dataset(...args)).toMatchObject({
          code: 1,
          err: expect.stringMatching(/shard-00000/),
        });
      }
      expect(existsSync(join(root, 'bad.parquet'))).toBe(false);
      await rm(join(root, 'bad'), { recursive: true });
    }
  });

  test('gc shows, deletes with --yes alone, and never a finished data set unasked', async () => {
    const base = join(root, 'work');
    for (const name of ['datasets', 'pipelines'])
      await mkdir(join(base, name), { recursive: true });
    const at = (...names: string[]) => join(base, 'datasets', 'pipe', ...names);
    for (const name of ['used', 'old', 'half']) {
      await cp(join(root, 'data'), at(name), { recursive: true });
    }
    await writeFile(at('used', 'shard-000009.arrow'), 'stray');
    await rm(at('half', 'manifest.json'));
    await mkdir(at('failed'));
    await writeFile(at('failed', 'journal.jsonl'), '');
    await writeFile(at('failed', 'plan.json'), '{}');
    const record = join(base, 'runs', 'pipe', 'fast', 'images', '0');
    await mkdir(record, { recursive: true });
    await writeFile(
      join(record, 'stage.json'),
      JSON.stringify({ results: { dataset: at('used') } }),
    );
    const gc = async (...args: string[]) =>
      lines((await spectraloom(base, 'dataset', 'gc', '--json', ...args)).out);
    const states = (told: Record<string, unknown>[]) =>
      Object.fromEntries(
        told
          .filter((l) => l.type === 'dataset')
          .map((l) => [String(l.folder).split('/').at(-1), `${String(l.kind)} ${String(l.state)}`]),
      );
    const before = await readdir(at(), { recursive: true });
    const shown = await gc();
    expect(states(shown)).toEqual({
      failed: 'empty deletable',
      half: 'unfinished kept',
      old: 'superseded kept',
      used: 'stray deletable',
    });
    expect(shown.at(-1)).toMatchObject({ deleted: false, bytes: 7 });
    expect(await readdir(at(), { recursive: true })).toEqual(before);
    await gc('--yes');
    expect((await readdir(at())).sort()).toEqual(['half', 'old', 'used']);
    expect(existsSync(at('used', 'shard-000009.arrow'))).toBe(false);
    await gc('--yes', '--unfinished', '--superseded');
    expect(await readdir(at())).toEqual(['used']);
    expect((await spectraloom(base, 'dataset', 'verify', at('used'), '--full')).code).toBe(0);
    const wide = await spectraloom(base, 'dataset', 'gc', '--finished', '--yes');
    expect(wide).toMatchObject({ code: 2, err: expect.stringMatching(/named by its own folder/) });
    expect((await spectraloom(base, 'dataset', 'gc', at('used'))).out).toMatch(/kept .*in use/);
    await gc(at('used'), '--finished', '--yes');
    expect(await readdir(at())).toEqual([]);
  });

  const wrong: [string[], number, RegExp][] = [
    [[], 2, /<action> is missing/],
    [['info'], 2, /<folder> is missing/],
    [['info', 'nowhere'], 1, /no finished data set[\s\S]*nowhere/],
    [['info', 'data', '--jsn'], 2, /jsn/],
    [['head', 'data', '-n', '0'], 2, /--rows/],
    [['head', 'data', '-n', 'x'], 2, /--rows/],
    [['stats', 'source'], 1, /no finished data set/],
    [['export', 'data'], 2, /parquet/],
    [['export', 'data', '--parquet', 'nowhere/x.parquet'], 1, /nowhere/],
    [['export', 'data', '--parquet', 'source'], 1, /a folder/],
    [['import', '--out', 'x'], 2, /schema/],
    [['import', 'source/schema.yaml'], 2, /--out/],
    [['import', 'nowhere.yaml', '--out', 'x'], 1, /nowhere\.yaml/],
    [['import', 'source/images.npy', '--out', 'x'], 2, /schema is not YAML/],
    [['import', 'source/table.csv', '--out', 'x'], 2, /schema is not YAML/],
    [['gc', 'nowhere'], 2, /no such folder/],
  ];
  test.each(wrong)('%j ends with code %i', async (args, code, message) => {
    const ended = await dataset(...args);
    expect([ended.code, ended.err]).toEqual([code, expect.stringMatching(message)]);
    expect(ended.err).not.toMatch(/unexpected failure/);
  });
});

const python = process.env.SPECTRALOOM_PYTHON ?? 'python3';
const hasArrow = spawnSync(python, ['-c', 'import pyarrow']).status === 0;
if (!hasArrow)
  console.log(`skipped: import of a file by pyarrow, '${python} -c "import pyarrow"' failed`);
test.skipIf(!hasArrow)(
  'import takes what pyarrow writes: lists, gzip, a null is refused',
  async () => {
    const script = `
import pyarrow as pa, pyarrow.parquet as pq, sys
images = [[float(10*r+i) for i in range(6)] for r in range(9)]
t = pa.table({'image': images, 'kind': ['a','b','c']*3, 'J': [None]+[r/2 for r in range(8)]})
pq.write_table(t, sys.argv[1]+'/good.parquet', compression='gzip', row_group_size=4)
images[5][2] = None
pq.write_table(t.set_column(0, 'image', [images]), sys.argv[1]+'/null.parquet')`;
    spawnSync(python, ['-c', script, root]);
    const spec = (file: string) => `images: { file: ${file}, name: image }
imageShape: [2, 3]
label: { file: ${file}, name: kind }
parameters: [{ name: J, unit: meV, from: { file: ${file}, name: J } }]`;
    await writeFile(join(root, 'good.yaml'), spec('good.parquet'));
    await writeFile(join(root, 'null.yaml'), spec('null.parquet'));
    expect(await dataset('import', 'good.yaml', '--out', 'good')).toMatchObject({ code: 0 });
    const batch = await DatasetReader.open(join(root, 'good')).read([8, 0]);
    expect([...batch.images]).toEqual([80, 81, 82, 83, 84, 85, 0, 1, 2, 3, 4, 5]);
    expect([...batch.parameters]).toEqual([3.5, Number.NaN]);
    const refused = await dataset('import', 'null.yaml', '--out', 'null');
    expect(refused).toMatchObject({ code: 1, err: expect.stringMatching(/NaN at pixel 2/) });
  },
);
