import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ShardsError } from '../errors.js';
import type { NpyData } from './dtype.js';
import { npyAsFloat32, npySqueeze, readNpy } from './read.js';
import { writeNpy } from './write.js';

/** A file as NumPy lays it out, with any header. */
function npyFile(dictionary: string, body: Uint8Array, version: 1 | 2 | 3 = 1): Uint8Array {
  const text = new TextEncoder().encode(`${dictionary}\n`);
  const start = version === 1 ? 10 : 12;
  const bytes = new Uint8Array(start + text.length + body.length);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0]);
  const view = new DataView(bytes.buffer);
  if (version === 1) view.setUint16(8, text.length, true);
  else view.setUint32(8, text.length, true);
  bytes.set(text, start);
  bytes.set(body, start + text.length);
  return bytes;
}

const plain = (data: NpyData) => Array.from(data as ArrayLike<number | bigint>);
const f8 = (...values: number[]) => new Uint8Array(new Float64Array(values).buffer);
const header = (descr: string, fortran: string, shape: string) =>
  `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }`;

describe('readNpy', () => {
  it('reads versions 1, 2 and 3', () => {
    for (const version of [1, 2, 3] as const) {
      const file = npyFile(header('<f8', 'False', '(2, 3)'), f8(1, 2, 3, 4, 5, 6), version);
      const array = readNpy(file);
      expect(array.shape).toEqual([2, 3]);
      expect(Array.from(array.data as Float64Array)).toEqual([1, 2, 3, 4, 5, 6]);
    }
  });

  it('turns Fortran order into C order', () => {
    // a[i][j] = 10 i + j, written with i fastest.
    const array = readNpy(npyFile(header('<f8', 'True', '(2, 3)'), f8(0, 10, 1, 11, 2, 12)));
    expect(Array.from(array.data as Float64Array)).toEqual([0, 1, 2, 10, 11, 12]);
    expect(array.fortranOrder).toBe(true);
  });

  it('reads a scalar, a vector, an empty array, big-endian and bool', () => {
    expect(readNpy(npyFile(header('<f8', 'False', '()'), f8(7))).shape).toEqual([]);
    expect(readNpy(npyFile(header('<f8', 'False', '(3,)'), f8(1, 2, 3))).shape).toEqual([3]);
    expect(readNpy(npyFile(header('<f4', 'True', '(0, 4)'), f8())).data.length).toBe(0);
    const big = new Uint8Array([0, 0, 1, 0, 255, 255, 255, 254]);
    expect(plain(readNpy(npyFile(header('>i4', 'False', '(2,)'), big)).data)).toEqual([256, -2]);
    const flags = new Uint8Array([1, 0, 1]);
    expect(plain(readNpy(npyFile(header('|b1', 'False', '(3,)'), flags)).data)).toEqual([1, 0, 1]);
  });

  it('keeps 64-bit integers exact', () => {
    const value = 18446744073709551557n;
    const body = new Uint8Array(new BigUint64Array([value]).buffer);
    expect(readNpy(npyFile(header('<u8', 'False', '(1,)'), body)).data[0]).toBe(value);
  });

  it.each([
    ['not an array', new Uint8Array(64), /not a NumPy array/],
    ['too short', new Uint8Array(3), /too short.*3 bytes/],
    [
      'truncated',
      npyFile(header('<f8', 'False', '(4,)'), f8(1, 2, 3)),
      /truncated.*24 bytes.*32 bytes/,
    ],
    [
      'trailing bytes',
      npyFile(header('<f8', 'False', '(2,)'), f8(1, 2, 3)),
      /longer than its array/,
    ],
    ['huge shape', npyFile(header('<f8', 'False', '(999999999999, 99999)'), f8(1)), /truncated/],
    ['negative axis', npyFile(header('<f8', 'False', '(-2,)'), f8(1)), /no valid shape/],
    ['complex', npyFile(header('<c16', 'False', '(1,)'), f8(1, 2)), /type are not read.*<c16.*f4/],
    ['object', npyFile(header('|O', 'False', '(1,)'), f8(1)), /type are not read/],
    [
      'record',
      npyFile("{'descr': [('x', '<f8')], 'fortran_order': False, 'shape': (1,)}", f8(1)),
      /Records/,
    ],
    [
      'code',
      npyFile("{'descr': __import__('os'), 'shape': (1,)}", f8(1)),
      /not a Python dictionary/,
    ],
    ['no shape', npyFile("{'descr': '<f8', 'fortran_order': False}", f8(1)), /no valid shape/],
    [
      'cut header',
      npyFile(header('<f8', 'False', '(1,)'), f8(1)).slice(0, 40),
      /longer than the file/,
    ],
  ])('refuses: %s', (_name, file, message) => {
    expect(() => readNpy(file, 'x.npy')).toThrow(message);
    expect(() => readNpy(file, 'x.npy')).toThrow(ShardsError);
  });

  it('survives any damage to a header: an array or a ShardsError, nothing else', () => {
    const good = npyFile(header('<f8', 'True', '(2, 3)'), f8(1, 2, 3, 4, 5, 6));
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length), (at, byte, keep) => {
        const bad = good.slice(0, keep);
        if (at < bad.length) bad[at] = byte;
        try {
          const { data, shape } = readNpy(bad);
          expect(shape.reduce((a, b) => a * b, 1)).toBe(data.length);
        } catch (error) {
          expect(error).toBeInstanceOf(ShardsError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('writeNpy', () => {
  it('round-trips any shape, bit for bit', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(4), { maxLength: 4 }), fc.boolean(), (shape, single) => {
        const count = shape.reduce((a, b) => a * b, 1);
        const data = single ? new Float32Array(count) : new Float64Array(count);
        for (let i = 0; i < count; i++) data[i] = Math.sin(i + 1) * 1e-7;
        const bytes = writeNpy(data, shape);
        expect((bytes.length - data.byteLength) % 64).toBe(0);
        const back = readNpy(bytes);
        expect(back.shape).toEqual(shape);
        expect(back.descr).toBe(single ? '<f4' : '<f8');
        expect(back.data).toEqual(data);
      }),
    );
  });

  it('refuses a shape that does not hold the array', () => {
    expect(() => writeNpy(new Float32Array(5), [2, 3])).toThrow(/5 elements, shape \(2, 3\)/);
    expect(() => writeNpy(new Float32Array(6), [-2, -3])).toThrow(ShardsError);
  });

  it('squeezes singleton axes and converts to float32', () => {
    const array = readNpy(writeNpy(new Float64Array([1.5, -2]), [1, 2, 1]));
    expect(npySqueeze(array).shape).toEqual([2]);
    expect(npyAsFloat32(array)).toEqual(new Float32Array([1.5, -2]));
  });
});

const shared =
  process.env.SPECTRALOOM_SHARED ??
  join(dirname(fileURLToPath(import.meta.url)), '../../../../../shared');
const measured = join(shared, 'data/pcsmo/measured.npy');
if (!existsSync(measured)) console.log(`skipped: reference arrays, no ${measured}`);

describe.skipIf(!existsSync(measured))('the reference arrays', () => {
  it('reads the measured image: Fortran order, f8, facts of its README', () => {
    const array = readNpy(readFileSync(measured), measured);
    expect(array.descr).toBe('<f8');
    expect(array.fortranOrder).toBe(true);
    expect(array.shape).toEqual([240, 400]);
    const data = array.data as Float64Array;
    expect(data.filter((v) => v === 0).length).toBe(41826);
    expect(data.filter((v) => v === 120).length).toBe(16);
    expect(data.every((v) => v >= 0 && v <= 120)).toBe(true);
  });

  it('reads the published simulation and squeezes its first axis', () => {
    const path = join(shared, 'data/pcsmo/published-simulation-goodenough.npy');
    const array = npySqueeze(readNpy(readFileSync(path), path));
    expect(array.shape).toEqual([240, 400]);
    const data = array.data as Float64Array;
    expect(data.filter((v) => v === 0).length).toBe(35243);
    expect(data.reduce((a, b) => Math.max(a, b))).toBeCloseTo(73.85, 2);
  });
});

const python = process.env.SPECTRALOOM_PYTHON ?? 'python3';
const hasNumpy = spawnSync(python, ['-c', 'import numpy']).status === 0;
if (!hasNumpy) console.log(`skipped: comparison with NumPy, '${python} -c "import numpy"' failed`);

describe.skipIf(!hasNumpy)('against NumPy', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'spectraloom-npy-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('reads what NumPy writes, and NumPy reads what it writes', () => {
    const script = [
      'import numpy as np, sys, json',
      'folder = sys.argv[1]',
      'rng = np.random.default_rng(1)',
      'cases = {}',
      "for d in ['<f4','<f8','>f8','|i1','<i2','<i4','<i8','|u1','<u2','<u4','<u8','|b1','>u2']:",
      '  for order in "CF":',
      '    for version in [(1,0),(2,0),(3,0)]:',
      '      a = np.asarray(rng.integers(0, 100, (2,3,4)), order=order).astype(d, order=order)',
      '      name = f"{d[1:]}{ord(d[0])}{order}{version[0]}.npy"',
      '      with open(folder + "/" + name, "wb") as f: np.lib.format.write_array(f, a, version)',
      '      cases[name] = np.asarray(a, order="C").astype("f8").ravel(order="C").tolist()',
      'print(json.dumps(cases))',
    ].join('\n');
    const out = execFileSync(python, ['-c', script, folder], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const cases = JSON.parse(out) as Record<string, number[]>;
    expect(Object.keys(cases).length).toBe(13 * 6);
    for (const [name, values] of Object.entries(cases)) {
      const array = readNpy(readFileSync(join(folder, name)), name);
      expect(array.shape, name).toEqual([2, 3, 4]);
      expect(Array.from(array.data as Float64Array, Number), name).toEqual(values);
    }
    writeFileSync(join(folder, 'ours.npy'), writeNpy(new Float32Array([1, 2, 3, 4, 5, 6]), [2, 3]));
    const read = execFileSync(
      python,
      [
        '-c',
        `import numpy as np; a = np.load(${JSON.stringify(join(folder, 'ours.npy'))}); print(a.dtype.str, a.tolist())`,
      ],
      { encoding: 'utf8' },
    );
    expect(read.trim()).toBe('<f4 [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]');
  });
});
