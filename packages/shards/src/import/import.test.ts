import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { asyncBufferFromFile, parquetMetadataAsync } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { DatasetReader } from '../dataset/reader.js';
import { folderPerTest, writeSynthetic } from '../dataset/synthetic.fixture.js';
import { verifyDataset } from '../dataset/verify.js';
import { ShardsError } from '../errors.js';
import { writeNpy } from '../npy/write.js';
import { exportParquet } from '../parquet/export.js';
import { readCsv } from './csv.js';
import { importDataset, type ImportOutcome, type ImportSpec } from './import.js';
import { readNpz } from './npz.js';

let folder = '';
folderPerTest((path) => (folder = path));
const at = (name: string) => join(folder, name);

/** A zip archive as the format's text lays it out. */
function zip(members: Record<string, Uint8Array>, deflate: boolean): Uint8Array {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, data] of Object.entries(members)) {
    const packed = deflate ? deflateRawSync(data) : Buffer.from(data);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(deflate ? 8 : 0, 4);
    fields.writeUInt32LE(crc32(data), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(data.length, 18);
    fields.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), fields, Buffer.from(name), packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    directory.push(
      Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), fields, tail, Buffer.from(name)]),
    );
    parts.push(local);
    offset += local.length;
  }
  const end = Buffer.alloc(18);
  end.writeUInt16LE(directory.length, 4);
  end.writeUInt16LE(directory.length, 6);
  end.writeUInt32LE(
    directory.reduce((sum, d) => sum + d.length, 0),
    8,
  );
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...parts, ...directory, Buffer.from('PK\x05\x06'), end]);
}

describe('readCsv', () => {
  it('reads quotes, doubled quotes, line breaks in fields, CRLF, a byte-order mark', () => {
    const table = readCsv('\ufeffa,"b ""x""",c\r\n1,"two, and\nmore",\r\n3,4,"5"\n');
    expect([...table]).toEqual([
      ['a', ['1', '3']],
      ['b "x"', ['two, and\nmore', '4']],
      ['c', ['', '5']],
    ]);
  });

  it('reads back any table', () => {
    const field = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'é') });
    fc.assert(
      fc.property(
        fc
          .integer({ min: 2, max: 4 })
          .chain((n) => fc.array(fc.array(field, { minLength: n, maxLength: n }))),
        (lines) => {
          const names = ['w', 'x', 'y', 'z'].slice(0, lines[0]?.length ?? 2);
          const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
          const text = [names, ...lines].map((line) => line.map(quote).join(',')).join('\n');
          const table = readCsv(text);
          names.forEach((name, i) => expect(table.get(name)).toEqual(lines.map((line) => line[i])));
        },
      ),
    );
  });

  it.each([
    ['', /line 1.*no header/],
    ['a,b\n1\n', /line 2.*got: 1; expected: 2/],
    ['a,a\n', /given twice.*got: a/],
    ['a\n"b', /quoted field does not end.*line 2/],
    ['a\n"b"c', /behind a quoted field.*line 2/],
  ])('refuses %j', (text, message) => {
    expect(() => readCsv(text)).toThrow(message);
  });
});

describe('readNpz', () => {
  const members = {
    'x.npy': writeNpy(Float32Array.of(1, 2, 3, 4), [2, 2]),
    'y.npy': writeNpy(Float64Array.of(7), [1]),
    'note.txt': Buffer.from('hello'),
  };

  it.each([true, false])('reads stored and deflated members (deflated: %s)', (deflate) => {
    const arrays = readNpz(zip(members, deflate));
    expect([...arrays.keys()]).toEqual(['x', 'y']);
    expect(arrays.get('x')).toMatchObject({ shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) });
  });

  it('finds any damage, or reads the same', () => {
    const good = zip(members, true);
    const expected = readNpz(good).get('x')!.data;
    fc.assert(
      fc.property(
        fc.nat(good.length - 1),
        fc.integer({ min: 1, max: 255 }),
        fc.nat(good.length),
        (i, flip, keep) => {
          const bad = Uint8Array.from(good).slice(0, flip % 2 ? keep : good.length);
          if (i < bad.length) bad[i]! ^= flip;
          try {
            const x = readNpz(bad).get('x');
            if (x) expect(x.data).toEqual(expected);
          } catch (error) {
            expect(error).toBeInstanceOf(ShardsError);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  const python = process.env.SPECTRALOOM_PYTHON ?? 'python3';
  const hasNumpy = spawnSync(python, ['-c', 'import numpy']).status === 0;
  if (!hasNumpy) console.log('skipped: .npz files of NumPy, no numpy in python3');
  it.skipIf(!hasNumpy)('reads what NumPy saves', () => {
    const script = `
import numpy as np, sys
a = np.arange(12.0).reshape(3, 4)
np.savez(sys.argv[1] + '/s.npz', a=a, b=a.T)
np.savez_compressed(sys.argv[1] + '/c.npz', a=a, b=a.T)`;
    execFileSync(python, ['-c', script, folder]);
    const a = Float64Array.from({ length: 12 }, (_, i) => i);
    for (const name of ['s.npz', 'c.npz']) {
      const arrays = readNpz(execFileSync('cat', [at(name)]), name);
      expect(arrays.get('a')).toMatchObject({ shape: [3, 4], data: a });
      expect(arrays.get('b')!.shape).toEqual([4, 3]);
      expect(Array.from(arrays.get('b')!.data.slice(0, 3) as Float64Array)).toEqual([0, 4, 8]);
    }
  });
});

/** 50 images of 2 x 3, labels and parameters in a table. */
function external(): ImportSpec {
  const images = Float64Array.from({ length: 300 }, (_, i) => Math.sin(i));
  writeFileSync(at('images.npy'), writeNpy(images, [50, 2, 3]));
  const lines = Array.from({ length: 50 }, (_, i) => `${i % 3},${i / 8},${i % 3 === 0 ? '' : -i}`);
  writeFileSync(at('table.csv'), ['kind,J,D', ...lines].join('\n'));
  const table = at('table.csv');
  return {
    images: { file: at('images.npy') },
    label: { file: table, name: 'kind', names: ['x', 'y', 'z'] },
    parameters: [
      { name: 'J', unit: 'meV', from: { file: table, name: 'J' } },
      { name: 'D', unit: 'meV', from: { file: table, name: 'D' } },
    ],
    rowsPerShard: 20,
    provenance: { licence: 'BSD' },
  };
}

describe('importDataset', () => {
  it('makes a data set like any other, the same each time', async () => {
    const spec = external();
    const manifest = await importDataset(at('one'), spec);
    expect(await importDataset(at('two'), spec)).toEqual(manifest);
    expect(await importDataset(at('one'), spec)).toEqual(manifest);
    expect((await verifyDataset(at('one'), { full: true })).problems).toEqual([]);
    expect(manifest).toMatchObject({ labels: ['x', 'y', 'z'], imageShape: [2, 3], rows: 50 });
    const batch = await DatasetReader.open(at('one')).read([49, 3]);
    expect([...batch.labels]).toEqual([1, 0]);
    expect([...batch.parameters]).toEqual([49 / 8, -49, 3 / 8, Number.NaN]);
    expect(batch.images[0]).toBe(Math.fround(Math.sin(49 * 6)));
    expect(readdirSync(at('one')).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('brings an export back, images and scalars equal', async () => {
    const original = writeSynthetic(folder);
    const parquet = at('export.parquet');
    await exportParquet(DatasetReader.open(folder), parquet);
    const column = (name: string) => ({ file: parquet, name });
    await importDataset(at('back'), {
      images: column('image'),
      imageShape: [3, 5],
      label: column('label'),
      parameters: original.parameters.map((p) => ({ ...p, from: column(p.name) })),
      rowsPerShard: 7,
    });
    const rows = Array.from({ length: 150 }, (_, i) => i);
    const [before, after] = [DatasetReader.open(folder), DatasetReader.open(at('back'))];
    const { seeds: _, ...a } = await before.read(rows);
    const { seeds: __, ...b } = await after.read(rows);
    expect(b).toEqual(a);
  });

  it('ends on a damaged page header of a Parquet file, where hyparquet alone would not', async () => {
    writeSynthetic(folder);
    await exportParquet(DatasetReader.open(folder), at('good.parquet'));
    const good = readFileSync(at('good.parquet'));
    const { row_groups } = await parquetMetadataAsync(
      await asyncBufferFromFile(at('good.parquet')),
    );
    const J = row_groups[0]!.columns.find((c) => c.meta_data!.path_in_schema[0] === 'J')!;
    // The type of num_values turned from an integer into a boolean: everything behind it shifts.
    good[Number(J.meta_data!.data_page_offset) + 9]! ^= 4;
    writeFileSync(at('bad.parquet'), good);
    const column = (name: string) => ({ file: at('bad.parquet'), name });
    const spec = {
      images: column('image'),
      imageShape: [3, 5],
      label: column('label'),
      parameters: [{ name: 'J', unit: 'meV', from: column('J') }],
    };
    await expect(importDataset(at('out'), spec)).rejects.toMatchObject({ code: 'IMPORT_INVALID' });
  });

  it('reads large .npy images one by one, any type and byte order, and says what is cut', async () => {
    // Big-endian int16, as a detector writes them: [4, 2, 3].
    const header = `{'descr': '>i2', 'fortran_order': False, 'shape': (4, 2, 3), }\n`;
    const head = Buffer.alloc(10);
    head.write('\u0093NUMPY\u0001\u0000', 'latin1');
    head.writeUInt16LE(header.length, 8);
    const body = Buffer.alloc(48);
    for (let i = 0; i < 24; i++) body.writeInt16BE(i * 1000 - 12000, 2 * i);
    const file = Buffer.concat([head, Buffer.from(header), body]);
    writeFileSync(at('counts.npy'), file);
    const spec: ImportSpec = {
      images: { file: at('counts.npy') },
      label: { constant: 'measured' },
      rowsPerShard: 3,
    };
    await importDataset(at('out'), spec);
    const { images } = await DatasetReader.open(at('out')).read([0, 1, 2, 3]);
    expect([...images]).toEqual(Array.from({ length: 24 }, (_, i) => i * 1000 - 12000));
    writeFileSync(at('counts.npy'), file.subarray(0, file.length - 1));
    await expect(importDataset(at('cut'), spec)).rejects.toThrow(/truncated.*47 bytes.*48 bytes/);
  });

  it('takes an archive, and one label for all', async () => {
    const images = writeNpy(
      Float32Array.from({ length: 8 }, (_, i) => i),
      [2, 4],
    );
    writeFileSync(at('a.npz'), zip({ 'images.npy': images }, true));
    const spec: ImportSpec = {
      images: { file: at('a.npz') },
      imageShape: [2, 2],
      label: { constant: 'measured' },
    };
    const { labels, imageShape, planId } = await importDataset(at('out'), spec);
    expect({ labels, imageShape }).toEqual({ labels: ['measured'], imageShape: [2, 2] });
    const other = { ...spec, label: { constant: 'simulated' } };
    await expect(importDataset(at('out'), other)).rejects.toThrow(/holds another data set/);
    expect((await importDataset(at('other'), other)).planId).not.toBe(planId);
  });

  it.each<[string, (spec: ImportSpec) => unknown, RegExp]>([
    ['a missing file', (s) => ({ ...s, images: { file: '/nowhere.npy' } }), /could not.*nowhere/],
    [
      'a missing column',
      (s) => ({ ...s, label: { file: at('table.csv'), name: 'Q' } }),
      /no such column.*Q.*kind, J, D/,
    ],
    [
      'another kind of file',
      (s) => ({ ...s, images: { file: 'x.tif' } }),
      /kind are not read.*\.tif/,
    ],
    ['a wrong shape', (s) => ({ ...s, imageShape: [2, 2] }), /another size.*\(2, 3\).*\(2, 2\)/],
    [
      'a class without a name',
      (s) => ({ ...s, label: { ...s.label, names: ['x', 'y'] } }),
      /no name.*2 in row 2/,
    ],
    [
      'too few labels',
      (s) => ({ ...s, images: { file: at('short.npy') } }),
      /does not fit.*50 rows.*2 single/,
    ],
    ['an unknown field', (s) => ({ ...s, colour: 1 }), /description.*colour/],
  ])('refuses %s', async (_name, change, message) => {
    const spec = external();
    writeFileSync(at('short.npy'), writeNpy(new Float32Array(12), [2, 2, 3]));
    const error = await importDataset(at('out'), change(spec) as ImportSpec).catch(
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(ShardsError);
    expect((error as Error).message).toMatch(message);
  });

  it('stops on a signal and leaves nothing, in a folder of others not more than was there', async () => {
    const controller = new AbortController();
    const stopped = importDataset(at('out'), external(), {
      signal: controller.signal,
      onProgress: () => controller.abort(new Error('stop')),
    });
    await expect(stopped).rejects.toThrow('stop');
    expect(existsSync(at('out'))).toBe(false);
    mkdirSync(at('out'));
    writeFileSync(at('out/notes.txt'), 'mine');
    const bad = writeNpy(new Float32Array(6 * 50).fill(1).fill(Number.NaN, 299), [50, 2, 3]);
    writeFileSync(at('bad.npy'), bad);
    const spec: ImportSpec = {
      images: { file: at('bad.npy') },
      label: { constant: 'x' },
      rowsPerShard: 20,
    };
    await expect(importDataset(at('out'), spec)).rejects.toThrow(/NaN.*row 49|row 49.*NaN/);
    expect(readdirSync(at('out'))).toEqual(['notes.txt']);
    await expect(importDataset(at('new'), spec)).rejects.toThrow(/NaN/);
    expect(existsSync(at('new'))).toBe(false);
  });

  it('says what came of it: made, kept when nothing differs, made anew when something does', async () => {
    const outcomes: ImportOutcome[] = [];
    const onOutcome = (outcome: ImportOutcome) => outcomes.push(outcome);
    const first = await importDataset(at('out'), external(), { onOutcome });
    const name = join(at('out'), first.shards[0]!.name);
    const { mtimeMs } = statSync(name);
    expect(await importDataset(at('out'), external(), { onOutcome })).toEqual(first);
    expect(statSync(name).mtimeMs).toBe(mtimeMs);
    const bytes = readFileSync(name);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(name, bytes);
    expect(await importDataset(at('out'), external(), { onOutcome })).toEqual(first);
    const others = { ...external(), rowsPerShard: 7 };
    expect((await importDataset(at('out'), others, { onOutcome })).rowsPerShard).toBe(7);
    expect(outcomes).toEqual(['made', 'kept', 'remade', 'remade']);
  });
});
