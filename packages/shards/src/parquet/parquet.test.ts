import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, truncateSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeManifest } from '../dataset/manifest.js';
import { DatasetReader } from '../dataset/reader.js';
import { datasetStats } from '../dataset/stats.js';
import {
  syntheticImage,
  syntheticLayout,
  syntheticRow,
  temporaryFolder,
  writeSynthetic,
} from '../dataset/synthetic.fixture.js';
import { verifyDataset } from '../dataset/verify.js';
import { catalogueName, writeCatalogue } from './catalogue.js';
import { exportParquet } from './export.js';

const { path: folder, remove } = temporaryFolder();
// 221 pixels: counts and sizes in the pages' headers take more than one byte.
const layout = syntheticLayout({ imageShape: [13, 17] });
const exported = join(folder, 'export.parquet');
const catalogue = join(folder, catalogueName);
const allRows = Array.from({ length: layout.rows }, (_, row) => syntheticRow(layout, row));
let entry: ReturnType<typeof writeCatalogue>;
let exportFacts: Awaited<ReturnType<typeof exportParquet>>;
beforeAll(async () => {
  writeSynthetic(folder, layout);
  entry = writeCatalogue(folder, layout, allRows);
  exportFacts = await exportParquet(DatasetReader.open(folder), exported);
});
afterAll(remove);

const buffer = (path: string) => {
  const bytes = readFileSync(path);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
};
const sha256 = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
const imageOf = (value: unknown) => Float32Array.from(value as number[]);

/** What any reader must see of a row. */
const scalars = (row: number) => {
  const { label, seed, parameters } = syntheticRow(layout, row);
  const value = (name: string) => parameters[name] ?? null;
  return { row, label, seed, J: value('J'), D: value('D'), x: value('x') };
};

describe('the catalogue', () => {
  it('reads back in hyparquet, seeds exact, nulls null', async () => {
    const rows = await parquetReadObjects({ file: buffer(catalogue) });
    expect(rows).toHaveLength(150);
    rows.forEach((row, i) => {
      const shard = `shard-00000${Math.floor(i / 40)}.arrow`;
      expect({ ...row, seed: BigInt.asUintN(64, row.seed as bigint) }).toEqual({
        ...scalars(i),
        shard,
      });
    });
  });

  it('has the same bytes every time, and the manifest holds them', async () => {
    expect(sha256(catalogue)).toBe(entry.sha256);
    expect(readFileSync(catalogue).length).toBe(entry.bytes);
    const { path: other, remove: removeOther } = temporaryFolder();
    expect(writeCatalogue(other, layout, allRows)).toEqual(entry);
    const { writeManifest } = await import('../dataset/manifest.js');
    const plain = writeSynthetic(other, layout);
    writeManifest(other, makeManifest(layout, plain.shards, entry));
    expect((await verifyDataset(other, { full: true })).problems).toEqual([]);
    truncateSync(join(other, catalogueName), 100);
    expect((await verifyDataset(other)).problems.map((p) => p.shard)).toEqual([catalogueName]);
    removeOther();
  });

  it('says in its metadata what the rows are', async () => {
    const metadata = await parquetMetadataAsync(buffer(catalogue) as never);
    const facts = Object.fromEntries(metadata.key_value_metadata!.map((kv) => [kv.key, kv.value]));
    expect(facts['spectraloom.planId']).toBe(layout.planId);
    expect(JSON.parse(facts['spectraloom.units']!)).toEqual({ J: 'meV', D: 'meV', x: '' });
    expect(metadata.version).toBe(1);
  });
});

describe('the export', () => {
  it('reads back in hyparquet with every image', async () => {
    const rows = await parquetReadObjects({ file: buffer(exported) });
    expect(rows).toHaveLength(150);
    rows.forEach((row, i) => {
      expect(imageOf(row.image)).toEqual(syntheticImage(layout, i));
      expect(row).toMatchObject({ row: i, J: scalars(i).J });
    });
    const metadata = await parquetMetadataAsync(buffer(exported) as never);
    expect(metadata.row_groups.map((g) => Number(g.num_rows))).toEqual([40, 40, 40, 30]);
    expect(exportFacts).toEqual({ bytes: readFileSync(exported).length, sha256: sha256(exported) });
  });

  it('reads back in parquetjs-lite', async () => {
    const parquet = createRequire(import.meta.url)('parquetjs-lite') as {
      ParquetReader: {
        openFile(path: string): Promise<{
          getCursor(): { next(): Promise<Record<string, unknown> | null> };
          close(): Promise<void>;
        }>;
      };
    };
    const reader = await parquet.ParquetReader.openFile(exported);
    const cursor = reader.getCursor();
    for (let i = 0; i < layout.rows; i++) {
      const row = (await cursor.next())!;
      const { label, seed, J, D, x } = scalars(i);
      expect(BigInt.asUintN(64, row.seed as bigint)).toBe(seed);
      expect([row.row, row.label, row.J ?? null, row.D ?? null, row.x ?? null]).toEqual([
        i,
        label,
        J,
        D,
        x,
      ]);
      expect(imageOf(row.image)).toEqual(syntheticImage(layout, i));
    }
    expect(await cursor.next()).toBe(null);
    await reader.close();
  });

  it('leaves nothing behind when a shard is damaged', async () => {
    const { path: other, remove: removeOther } = temporaryFolder();
    const { shards } = writeSynthetic(other, layout);
    truncateSync(join(other, shards[2]!.name), 1000);
    const path = join(other, 'x.parquet');
    await expect(exportParquet(DatasetReader.open(other), path)).rejects.toMatchObject({
      code: 'SHARD_CORRUPT',
    });
    expect(readdirSync(other).filter((name) => name.includes('parquet'))).toEqual([]);
    removeOther();
  });
});

const python = process.env.SPECTRALOOM_PYTHON ?? 'python3';
const has = (module: string) => spawnSync(python, ['-c', `import ${module}`]).status === 0;
const ask = (script: string, ...args: string[]) =>
  JSON.parse(execFileSync(python, ['-c', script, ...args]).toString()) as Record<string, unknown>[];
const expected = allRows.map(({ row }) => ({ ...scalars(row), seed: String(scalars(row).seed) }));
const images = allRows.map(({ row }) => Array.from(syntheticImage(layout, row)));

describe('in DuckDB for Node', () => {
  it('both files read back with equal numbers', async () => {
    const { DuckDBInstance } = await import('@duckdb/node-api');
    const duckdb = await (await DuckDBInstance.create(':memory:')).connect();
    const ask = async (path: string) => {
      const result = await duckdb.runAndReadAll(`select * from '${path}' order by row`);
      return result.getRowObjectsJS().map((row) => ({ ...row, seed: String(row.seed) }));
    };
    const seen = (await ask(exported)) as Record<string, unknown>[];
    expect(seen.map((row) => row.image)).toEqual(images);
    expect(seen.map(({ image: _, ...row }) => row)).toEqual(expected);
    const rows = (await ask(catalogue)) as Record<string, unknown>[];
    expect(rows.map(({ shard: _, ...row }) => row)).toEqual(expected);
    const means = await duckdb.runAndReadAll(
      `select label, count(*)::int as n, avg(J) as mean from '${catalogue}' group by label order by label`,
    );
    const J = allRows.flatMap((row) => row.parameters.J ?? []);
    expect(means.getRowObjectsJS()).toEqual([
      { label: 'even', n: 75, mean: expect.closeTo(J.reduce((a, b) => a + b) / J.length, 10) },
      { label: 'odd', n: 75, mean: null },
    ]);
    duckdb.closeSync();
  });
});

for (const module of ['pyarrow', 'duckdb']) {
  const there = has(module);
  if (!there)
    console.log(
      `skipped: reading Parquet with ${module}, '${python} -c "import ${module}"' failed`,
    );
  it.skipIf(!there)(`both files read back in ${module} with equal numbers`, () => {
    const script =
      module === 'pyarrow'
        ? `
import pyarrow.parquet as pq, json, sys
rows = pq.read_table(sys.argv[1]).to_pylist()`
        : `
import duckdb, json, sys
cursor = duckdb.sql(f"select * from '{sys.argv[1]}' order by row")
names = cursor.columns
rows = [dict(zip(names, values)) for values in cursor.fetchall()]`;
    const print = `
for r in rows:
    r['seed'] = str(r['seed'])
print(json.dumps(rows))`;
    const seen = ask(script + print, exported);
    // Numbers of the file as they are: a float32 is printed with all of its digits.
    expect(seen.map((row) => row.image)).toEqual(images);
    expect(seen.map(({ image: _, ...row }) => row)).toEqual(expected);
    expect(ask(script + print, catalogue).map(({ shard: _, ...row }) => row)).toEqual(expected);
  });
}

describe('statistics', () => {
  it('are those of the numbers', async () => {
    const stats = await datasetStats(DatasetReader.open(folder));
    expect(stats.rows).toBe(150);
    const even = stats.byLabel.even!;
    expect(even.rows).toBe(75);
    const rows = allRows.filter((row) => row.label === 'even');
    const D = rows.map((row) => row.parameters.D!);
    const mean = D.reduce((a, b) => a + b) / 75;
    const sd = Math.sqrt(D.reduce((sum, v) => sum + (v - mean) ** 2, 0) / 75);
    expect(even.parameters.D).toMatchObject({ unit: 'meV', count: 75, min: 0, max: 148 });
    expect(even.parameters.D!.mean).toBeCloseTo(mean, 10);
    expect(even.parameters.D!.sd).toBeCloseTo(sd, 10);
    expect(even.parameters.x).toBeUndefined();
    const values = rows.flatMap((row) => [...syntheticImage(layout, row.row)]);
    expect(even.pixels.count).toBe(75 * 221);
    expect(even.pixels.max).toBe(Math.max(...values));
    expect(even.pixels.mean).toBeCloseTo(values.reduce((a, b) => a + b) / values.length, 10);
    expect(even.zeroFraction).toBe(values.filter((v) => v === 0).length / values.length);
  });
});
