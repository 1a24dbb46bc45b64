import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { spectraloom } from './commandLine.fixture.js';

let root: string;
const run = (...args: string[]) => spectraloom(root, ...args);
const shared =
  process.env.SPECTRALOOM_SHARED ?? fileURLToPath(new URL('../../../../shared', import.meta.url));
const exafs = join(shared, 'data/exafs/palladium');
const present = existsSync(exafs);
if (!present) console.log(`skipped: no ${exafs} (set SPECTRALOOM_SHARED)`);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'spectraloom-xray-'));
  const methane =
    '5\nmethane\nC 0 0 0\nH 0.629 0.629 0.629\nH -0.629 -0.629 0.629\nH -0.629 0.629 -0.629\nH 0.629 -0.629 -0.629\n';
  await writeFile(join(root, 'methane.xyz'), methane);
  await writeFile(join(root, 'some.xyz'), `${methane}3\nbad\nO 0 0 0\nH 0 0 0.1\nH 0 1 0\n`);
  await writeFile(join(root, 'oh.xyz'), '2\nodd\nO 0 0 0\nH 0 0 0.97\n');
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('spectraloom xray', () => {
  test("water has xray.md's energy, in words, as JSON and as a picture", async () => {
    const args = '--angle 104 --long 1.1 --short 1.1 --basis STO-3G'.split(' ');
    const told = await run('xray', 'water', ...args, '--plot', 'w.png');
    expect(told).toMatchObject({ code: 0, err: '' });
    expect(told.out).toContain('-74.94207');
    expect((await readFile(join(root, 'w.png'))).subarray(1, 4).toString()).toBe('PNG');
    const json = JSON.parse((await run('xray', 'water', ...args, '--json')).out) as {
      totalHa: number;
      emission: { energiesEv: number[] };
    };
    expect(json.totalHa).toBeCloseTo(-74.9420799282, 6);
    expect(json.emission.energiesEv.length).toBe(4);
  });

  test('a field that is no minimum is told', async () => {
    const saddle = await run('xray', 'water', '--long', '2.2', '--short', '2.2', '--json');
    expect(saddle.code).toBe(0);
    expect(saddle.err).toMatch(/^warning: H2O, 104.5 deg, 2.2 and 2.2 Å.*saddle point.*-0\.0/);
    const { stability } = JSON.parse(saddle.out) as { stability: { singletHa: number } };
    expect(stability.singletHa).toBeLessThan(-0.01);
    const open = await run('xray', 'water', '--long', '1.5', '--short', '1.5');
    expect(open.err).toMatch(/^warning: .*open shell lies lower/);
  });

  test('a molecule; of many, those that fail are named and counted', async () => {
    const one = await run('xray', 'molecule', 'methane.xyz', '--json');
    // PySCF 2.14, RHF/6-31G
    expect((JSON.parse(one.out) as { totalHa: number }).totalHa).toBeCloseTo(-40.180407, 5);
    const some = await run('xray', 'molecule', 'some.xyz', '--json');
    expect(some.code).toBe(1);
    expect(some.out.trim().split('\n').length).toBe(1);
    expect(some.err).toMatch(/frame 1 rejected.*on top of each other/);
    expect(some.err).toContain('1 of 2 frames rejected');
  });

  test('says what is wrong', async () => {
    const odd = await run('xray', 'molecule', 'oh.xyz');
    expect(odd.code).toBe(1);
    expect(odd.err).toMatch(/even number of electrons/);
    const basis = await run('xray', 'water', '--basis', 'cc-pVDZ');
    expect(basis.err).toMatch(/expected\s+one of STO-3G/);
    expect((await run('xray', 'water', '--plot', 'w.bmp')).code).toBe(2);
    expect((await run('xray', 'describe', 'methane.xyz')).err).toMatch(/--coordinates/);
    expect((await run('xray')).code).not.toBe(0);
  });
});

describe.skipIf(!present)('spectraloom exafs', () => {
  const data = join(exafs, 'pd-foil.chik');
  const path = join(exafs, 'feff0001.dat');

  test('fit gives the conventional values, keeps what is fixed, and names a wrong range', async () => {
    const fit = await run('exafs', 'fit', data, '--path', path, '--json');
    const { values } = JSON.parse(fit.out) as { values: Record<string, number> };
    expect(Math.abs(values.amplitude! - 10.3)).toBeLessThan(0.2);
    const far = await run('exafs', 'fit', data, '--path', path, '--rmin', '50', '--rmax', '60');
    expect(far.out, 'no shell there').toMatch(/caution: more than a tenth is left unexplained/);
    const kept = await run('exafs', 'fit', data, '--path', path, '--fix', 'amplitude=10');
    expect(kept.out).toMatch(/N S0\^2 +10\.000 \(kept\)/);
    const wide = await run('exafs', 'fit', data, '--path', path, '--kmax', '30');
    expect(wide.code).toBe(1);
    expect(wide.err).toMatch(/k range.*\n.*\n.*21\.95/);
    expect((await run('exafs', 'fit', data, '--path', path, '--fix', 'N=1')).code).toBe(2);
  });

  test('train-reader and read', async () => {
    const small = '--samples 1500 --epochs 12 --out pd.json'.split(' ');
    const made = await run('exafs', 'train-reader', '--path', path, ...small);
    expect(made).toMatchObject({ code: 0 });
    expect(made.out).toContain('unseen simulated spectra');
    const read = await run('exafs', 'read', data, '--path', path, '--reader', 'pd.json', '--json');
    const { values } = JSON.parse(read.out) as {
      values: { amplitude: { low: number; high: number } };
    };
    expect(values.amplitude.low).toBeLessThan(10.3);
    expect(values.amplitude.high).toBeGreaterThan(10.3);
    const wrong = await run(
      'exafs',
      'read',
      data,
      '--path',
      path,
      '--reader',
      'pd.json',
      '--level',
      '3',
    );
    expect(wrong.err).toMatch(/between 0 and 1/);
  });
});
