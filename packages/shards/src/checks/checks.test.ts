import { createCipheriv } from 'node:crypto';
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFooter } from '../arrow/footer.js';
import { makeManifest, type Manifest, readManifest, writeManifest } from '../dataset/manifest.js';
import { DatasetReader } from '../dataset/reader.js';
import {
  syntheticImage,
  syntheticLayout,
  syntheticRow,
  folderPerTest,
  writeSynthetic,
} from '../dataset/synthetic.fixture.js';
import { verifyDataset } from '../dataset/verify.js';
import { openShard } from '../dataset/writer.js';
import { ShardCorrupt } from '../errors.js';
import { checksKey, parseChecks } from './shard-checks.js';
import { isTagged, tagOf } from './tag.js';

let folder = '';
folderPerTest((path) => (folder = path));

const layout = syntheticLayout();
const allRows = Array.from({ length: layout.rows }, (_, row) => row);
const byRows = { verify: 'rows', threads: 0 } as const;

/** What reading one row alone gives: 'right', 'wrong', or the error. */
async function outcome(reader: DatasetReader, row: number): Promise<unknown> {
  try {
    const batch = await reader.read([row]);
    const { label, seed, parameters } = syntheticRow(layout, row);
    const image = syntheticImage(layout, row);
    const right =
      batch.images.length === image.length &&
      image.every((value, i) => batch.images[i] === value) &&
      layout.labels[batch.labels[0]!] === label &&
      batch.seeds[0] === seed &&
      layout.parameters.every(({ name }, p) =>
        Object.is(batch.parameters[p], parameters[name] ?? Number.NaN),
      );
    return right ? 'right' : 'wrong';
  } catch (error) {
    if (error instanceof ShardCorrupt) return error;
    throw error;
  }
}

/** Rows that cannot be read, by a reader that knows nothing yet; the others give what was written. */
async function refused(rows = allRows): Promise<{ row: number; error: ShardCorrupt }[]> {
  const found: { row: number; error: ShardCorrupt }[] = [];
  const reader = DatasetReader.open(folder, byRows);
  for (const row of rows) {
    const result = await outcome(reader, row);
    expect(result).not.toBe('wrong');
    if (result !== 'right') found.push({ row, error: result as ShardCorrupt });
  }
  return found;
}

/** Where the parts of a shard are, from its footer. */
function partsOf(manifest: Manifest, index: number) {
  const { name, rows, tail } = manifest.shards[index]!;
  const bytes = readFileSync(join(folder, name));
  const { metadata } = decodeFooter(bytes.subarray(bytes.length - tail!.bytes));
  const { imagesAt } = parseChecks(metadata.get(checksKey)!, rows, bytes.length);
  return { path: join(folder, name), bytes, imagesAt };
}

describe('a tag', () => {
  /** GHASH by the book: bits of a block are the coefficients of a polynomial, the first bit that of 1. */
  const toBits = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  const multiply = (x: bigint, y: bigint) => {
    let z = 0n;
    for (let i = 127n; i >= 0n; i--) {
      if ((x >> i) & 1n) z ^= y;
      y = y & 1n ? (y >> 1n) ^ (0xe1n << 120n) : y >> 1n;
    }
    return z;
  };
  const block = (input: Buffer) => {
    const aes = createCipheriv('aes-128-ecb', 'spectraloom/rows', null).setAutoPadding(false);
    return toBits(aes.update(input));
  };
  const slowTag = (kind: number, row: number, bytes: Uint8Array) => {
    const h = block(Buffer.alloc(16));
    const padded = Buffer.alloc(16 * Math.ceil(bytes.length / 16) + 16);
    padded.set(bytes);
    padded.writeBigUInt64BE(8n * BigInt(bytes.length), padded.length - 16);
    let y = 0n;
    for (let at = 0; at < padded.length; at += 16) {
      y = multiply(y ^ toBits(padded.subarray(at, at + 16)), h);
    }
    const counter = Buffer.alloc(16);
    counter.writeUInt32BE(kind, 0);
    counter.writeUInt32BE(row, 8);
    counter.writeUInt32BE(1, 12);
    return (y ^ block(counter)).toString(16).padStart(32, '0');
  };

  it('is the sum that the standard says', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(0xffffffff), (bytes, row) => {
        expect(tagOf({ kind: 'head', row }, bytes).toString('hex')).toBe(slowTag(1, row, bytes));
        expect(tagOf({ kind: 'image', row }, bytes).toString('hex')).toBe(slowTag(2, row, bytes));
      }),
      { numRuns: 30 },
    );
  });

  it('differs for any flipped byte, and in any other place', () => {
    const bytes = Uint8Array.from({ length: 1000 }, (_, i) => (i * i) >> 3);
    const place = { kind: 'image', row: 7 } as const;
    const tag = tagOf(place, bytes);
    expect(isTagged(tag, 0, place, bytes)).toBe(true);
    expect(isTagged(tag, 0, { kind: 'image', row: 8 }, bytes)).toBe(false);
    expect(isTagged(tag, 0, { kind: 'head', row: 7 }, bytes)).toBe(false);
    expect(isTagged(tag, 0, place, bytes.subarray(0, 999))).toBe(false);
    for (let at = 0; at < bytes.length; at++) {
      bytes[at]! ^= 1 << (at & 7);
      expect(isTagged(tag, 0, place, bytes)).toBe(false);
      bytes[at]! ^= 1 << (at & 7);
    }
  });
});

describe('reading row by row', () => {
  it('gives what was written', async () => {
    writeSynthetic(folder, layout);
    expect(await refused()).toEqual([]);
    const whole = await DatasetReader.open(folder, { verify: 'shards' }).read(allRows);
    expect(await DatasetReader.open(folder, byRows).read(allRows)).toEqual(whole);
  });

  it('refuses the rows of any flipped byte of a shard, and no byte is nobody’s', async () => {
    const manifest = writeSynthetic(folder, layout);
    const at = fc.nat(3).chain((index) =>
      fc.record({
        index: fc.constant(index),
        at: fc.nat(manifest.shards[index]!.bytes - 1),
        flip: fc.integer({ min: 1, max: 255 }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(at, async ({ index, at, flip }) => {
        const shard = manifest.shards[index]!;
        const { path, bytes, imagesAt } = partsOf(manifest, index);
        bytes[at]! ^= flip;
        writeFileSync(path, bytes);
        // Its own rows, and one of each other shard.
        const rows = allRows.filter((r) => Math.floor(r / 40) === index || r % 40 === 9);
        const bad = await refused(rows);
        expect(bad.length).toBeGreaterThan(0);
        for (const { error } of bad) expect(error.shard).toBe(shard.name);
        // An image is refused by itself; everything else stands for all rows of its shard.
        const image = imagesAt
          .flatMap((start, batch) =>
            Array.from({ length: Math.min(32, shard.rows - 32 * batch) }, (_, i) => start + 60 * i),
          )
          .findIndex((start) => at >= start && at < start + 60);
        const own = Array.from({ length: shard.rows }, (_, i) => shard.firstRow + i);
        expect(bad.map(({ row }) => row)).toEqual(image < 0 ? own : [own[image]]);
        // A batch with a good and a bad row is not given out in part.
        const mixed = DatasetReader.open(folder, byRows).read([
          bad[0]!.row,
          ((index + 1) % 4) * 40,
        ]);
        await expect(mixed).rejects.toThrow(ShardCorrupt);
        const full = await verifyDataset(folder, { full: true });
        expect(full.problems.map((p) => p.shard)).toEqual([shard.name]);
        const quick = await verifyDataset(folder);
        const inTail = at >= shard.bytes - shard.tail!.bytes;
        expect(quick.problems.map((p) => p.kind)).toEqual(inTail ? ['tail'] : []);
        bytes[at]! ^= flip;
        writeFileSync(path, bytes);
      }),
      { numRuns: 30 },
    );
    expect(await refused()).toEqual([]);
  });

  it('refuses rows, record batches and shards in the place of others', async () => {
    const manifest = writeSynthetic(folder, layout);
    const exchange = async (index: number, a: [number, number], b: [number, number]) => {
      const { path, bytes } = partsOf(manifest, index);
      const good = Buffer.from(bytes);
      bytes.set(good.subarray(b[0], b[0] + b[1]), a[0]);
      bytes.set(good.subarray(a[0], a[0] + a[1]), b[0]);
      writeFileSync(path, bytes);
      const rows = (await refused()).map(({ row }) => row);
      expect((await verifyDataset(folder, { full: true })).problems).toHaveLength(1);
      writeFileSync(path, good);
      return rows;
    };
    const { imagesAt } = partsOf(manifest, 1);
    const [first, second] = [imagesAt[0]!, imagesAt[1]!];
    expect(await exchange(1, [first + 60 * 3, 60], [first + 60 * 9, 60])).toEqual([43, 49]);
    const four = Array.from({ length: 8 }, (_, i) => i);
    expect(await exchange(1, [first, 480], [second, 480])).toEqual(
      [...four, ...four.map((i) => 32 + i)].map((i) => 40 + i),
    );
    const one = await exchange(1, [first - 64, 32], [first - 32, 32]);
    expect(one).toEqual(Array.from({ length: 40 }, (_, i) => 40 + i));

    const path = (i: number) => join(folder, manifest.shards[i]!.name);
    renameSync(path(0), `${path(0)}.x`);
    renameSync(path(2), path(0));
    renameSync(`${path(0)}.x`, path(2));
    const swapped = (await refused()).map(({ row }) => row);
    expect(swapped).toEqual(allRows.filter((row) => row < 40 || (row >= 80 && row < 120)));
    const { problems } = await verifyDataset(folder);
    expect(problems.map((p) => p.shard)).toEqual([0, 2].map((i) => manifest.shards[i]!.name));
  });

  it('refuses a shard that was cut, lengthened or lost, whenever it happens', async () => {
    const manifest = writeSynthetic(folder, layout);
    const path = (i: number) => join(folder, manifest.shards[i]!.name);
    const reader = DatasetReader.open(folder, byRows);
    // Known already: what is known of a shard does not stand for its bytes.
    await reader.read(allRows);
    truncateSync(path(0), manifest.shards[0]!.bytes - 1);
    appendFileSync(path(1), 'x');
    rmSync(path(2));
    const kinds = [/another size/, /another size/, /missing/];
    for (const opened of [reader, DatasetReader.open(folder, byRows)]) {
      for (const [i, kind] of kinds.entries()) {
        const error = await outcome(opened, i * 40 + 7);
        expect(error).toMatchObject({ shard: manifest.shards[i]!.name, what: kind });
      }
      expect(await outcome(opened, 130)).toBe('right');
    }
  });

  it('refuses an image that changes after it has been read once', async () => {
    const manifest = writeSynthetic(folder, layout);
    const reader = DatasetReader.open(folder, byRows);
    expect(await outcome(reader, 57)).toBe('right');
    const { path, bytes, imagesAt } = partsOf(manifest, 1);
    bytes[imagesAt[0]! + 17 * 60 + 5]! ^= 1;
    writeFileSync(path, bytes);
    expect(await outcome(reader, 57)).toMatchObject({ message: /altered.*row 57/ });
    expect(await outcome(reader, 58)).toBe('right');
  });

  it('by default where shards are large, whole shards where they are small', async () => {
    const large = syntheticLayout({ imageShape: [64, 128], rows: 80 });
    for (const [name, of, wanted] of [
      ['small', layout, 'every row'],
      ['large', large, 'its own row'],
    ] as const) {
      const at = join(folder, name);
      mkdirSync(at);
      const { shards } = writeSynthetic(at, of);
      const path = join(at, shards[0]!.name);
      const bytes = readFileSync(path);
      const image = Buffer.from(syntheticImage(of, 3).buffer);
      bytes[bytes.indexOf(image) + 20]! ^= 1;
      writeFileSync(path, bytes);
      const reader = DatasetReader.open(at, { threads: 0 });
      await expect(reader.read([3])).rejects.toThrow(ShardCorrupt);
      const other = reader.read([4]).then(
        () => 'its own row',
        () => 'every row',
      );
      expect(await other).toBe(wanted);
      await expect(
        DatasetReader.open(at, { threads: 0, verify: 'shards' }).read([4]),
      ).rejects.toThrow(/sha256/);
    }
  });
});

describe('a data set of version 1, without tails', () => {
  /** As it was written before there were checks. */
  function writeOld(): Manifest {
    const { shards, ...rest } = writeSynthetic(folder, layout);
    const old = makeManifest(
      rest,
      shards.map(({ name, firstRow, rows, bytes, sha256 }) => ({
        name,
        firstRow,
        rows,
        bytes,
        sha256,
      })),
    );
    writeManifest(folder, old);
    return old;
  }

  it('opens, and is compared shard by shard, whatever is asked for', async () => {
    const old = writeOld();
    expect(old.version).toBe(1);
    expect(readManifest(folder)).toEqual(old);
    expect(readFileSync(join(folder, 'manifest.json'), 'utf8')).not.toMatch(/tail/);
    expect((await verifyDataset(folder, { full: true })).problems).toEqual([]);
    expect(await refused()).toEqual([]);
    const { name } = old.shards[1]!;
    const bytes = readFileSync(join(folder, name));
    bytes[bytes.length >> 1]! ^= 8;
    writeFileSync(join(folder, name), bytes);
    expect((await refused()).map(({ row }) => row)).toEqual(
      Array.from({ length: 40 }, (_, i) => 40 + i),
    );
    expect((await verifyDataset(folder)).problems).toEqual([]);
    expect((await verifyDataset(folder, { full: true })).problems[0]).toMatchObject({
      shard: name,
      kind: 'sha256',
    });
  });

  it('may be completed by shards of today', async () => {
    const now = writeSynthetic(folder, layout);
    const [{ name, firstRow, rows, bytes, sha256 }, ...others] = now.shards as [
      Manifest['shards'][number],
    ];
    const mixed = makeManifest(now, [{ name, firstRow, rows, bytes, sha256 }, ...others]);
    writeManifest(folder, mixed);
    expect(readManifest(folder)).toEqual(mixed);
    expect(mixed.version).toBe(2);
    expect(await refused()).toEqual([]);
  });
});

describe('hashing beside writing', () => {
  const image = (row: number) =>
    Float32Array.from({ length: 24 * 32 }, (_, i) => Math.sin(row + i));
  const of = syntheticLayout({ imageShape: [24, 32], rows: 150, rowsPerShard: 100 });
  const fill = (at: string, index: number, hashBeside: boolean) => {
    const shard = openShard(at, of, index, 'key', { hashBeside });
    const { firstRow, rows } = shard.range;
    for (let row = firstRow; row < firstRow + rows; row++) {
      shard.append(syntheticRow(of, row), image(row));
    }
    return shard;
  };

  it('makes the same bytes and sums', async () => {
    for (const name of ['here', 'beside']) mkdirSync(join(folder, name));
    const here = [0, 1].map((i) => fill(join(folder, 'here'), i, false).finish());
    const beside = join(folder, 'beside');
    const before = fill(beside, 0, true);
    before.abort();
    const entries = [0, 1].map((i) => fill(beside, i, true).finish());
    expect(entries).toEqual(here);
    for (const name of readdirSync(beside).filter((n) => n.endsWith('.arrow'))) {
      const same = readFileSync(join(beside, name)).equals(
        readFileSync(join(folder, 'here', name)),
      );
      expect(same, name).toBe(true);
    }
    writeManifest(beside, makeManifest(of, entries));
    expect((await verifyDataset(beside, { full: true })).problems).toEqual([]);
    expect((await DatasetReader.open(beside).read([140])).images).toEqual(image(140));
  });

  it('also of two shards that are open at once', () => {
    for (const name of ['a', 'b']) mkdirSync(join(folder, name));
    const [a, b] = [fill(join(folder, 'a'), 0, true), fill(join(folder, 'b'), 0, true)];
    expect(b.finish()).toEqual(a.finish());
  });
});
