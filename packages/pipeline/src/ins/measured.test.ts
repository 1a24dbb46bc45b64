import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeNpy } from '@spectraloom/shards';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { imageLayout, mirrorK, parseImageSpec } from '@spectraloom/imaging';
import { readMeasured } from './measured.js';

// Two incident energies by two slices, tiles of 2 x 3 pixels.
const layout = imageLayout(
  parseImageSpec({
    incident: [
      { eiMeV: 25, chopperHz: 300 },
      { eiMeV: 50, chopperHz: 300 },
    ],
    slices: { from: 0.1, to: 0.5, count: 2 },
    pixels: { h: { from: -1, to: 1, count: 2 }, k: { from: -1, to: 1, count: 3 } },
  }),
);
const image = Float32Array.from({ length: 24 }, (_, i) => i);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'measured-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function saved(data: Float32Array | Float64Array, shape: number[]): Promise<string> {
  const path = join(folder, `${Math.random()}.npy`);
  await writeFile(path, writeNpy(data, shape));
  return path;
}

describe('readMeasured', () => {
  test('drops axes of length 1 and mirrors when asked', async () => {
    const path = await saved(image, [1, 4, 6, 1]);
    expect((await readMeasured(path, { mirrorK: false, layout })).image).toEqual(image);
    const mirrored = await readMeasured(path, { mirrorK: true, layout });
    expect([...mirrored.image.slice(0, 6)]).toEqual([2, 1, 0, 5, 4, 3]);
    expect(mirrorK(mirrored.image, layout)).toEqual(image);
    expect(mirrored.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  test.each([
    ['another shape', image, [6, 4], /transposed/],
    ['a constant', new Float32Array(24), [4, 6], /one value everywhere/],
    [
      'a NaN',
      Float32Array.from(image, (v) => (v === 7 ? Number.NaN : v)),
      [4, 6],
      /row 1, column 1/,
    ],
  ])('refuses %s', async (_name, data, shape, message) => {
    const path = await saved(data, shape);
    await expect(readMeasured(path, { mirrorK: false, layout })).rejects.toThrow(message);
  });

  test('says how a file of another kind becomes one', async () => {
    const kinds: [string, RegExp][] = [
      ['MATLAB 5.0 MAT-file, written by someone', /got: a MATLAB file; .*loadmat/],
      ['\x89HDF\r\n\x1a\n0123456789', /HDF5 .*h5py/],
      ['PAR1 and a column or two', /got: a Parquet file/],
      ['PK\x03\x04 several arrays', /npz/],
      ['1 2 3 4 5 6 7 8 9 10 11 12', /not a NumPy array.*next: save the image again/],
      ['1', /too short.*next: /],
    ];
    const path = join(folder, 'other.npy');
    for (const [text, message] of kinds) {
      await writeFile(path, Buffer.from(text, 'latin1'));
      const attempt = readMeasured(path, { mirrorK: false, layout });
      await expect(attempt).rejects.toThrow(message);
      await expect(attempt).rejects.toMatchObject({ code: 'NPY_FORMAT', where: path });
    }
  });

  test('tells numbers too large for 32 bits from those that are none', async () => {
    const large = Float64Array.from(image, (v) => 1e300 * v);
    const path = await saved(large, [4, 6]);
    const attempt = readMeasured(path, { mirrorK: false, layout });
    await expect(attempt).rejects.toThrow(/pixels are Infinity.*beyond 32 bits/);
  });

  test('names a file that is not there', async () => {
    const path = join(folder, 'none.npy');
    await expect(readMeasured(path, { mirrorK: false, layout })).rejects.toThrow(/none\.npy/);
  });
});
