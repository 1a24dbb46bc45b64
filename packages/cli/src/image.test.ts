import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { resolutionModels } from '@spectraloom/imaging';
import { instrumentText } from '@spectraloom/instrument';
import { readNpy, writeNpy } from '@spectraloom/shards';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inProcess, spectraloom, tinyWorkspace } from './commandLine.fixture.js';

const model = 'pipelines/tiny/models/nearest.yaml';
const shape: [number, number] = [24, 36];
let root: string;
beforeAll(async () => {
  root = await tinyWorkspace();
  const mask = Float32Array.from({ length: 24 * 36 }, (_, i) => (i < 36 ? 1 : 0));
  await writeFile(join(root, 'mask.npy'), writeNpy(mask, shape));
  await writeFile(join(root, 'small.npy'), writeNpy(mask.subarray(36), [23, 36]));
  await writeFile(join(root, 'full.npy'), writeNpy(new Float32Array(24 * 36).fill(1), shape));
  await writeFile(join(root, 'table.txt'), table(1.2));
  await writeFile(join(root, 'table.txt.gz'), gzipSync(table(1.2)));
  await writeFile(join(root, 'short.txt'), table(0.3));
  await writeFile(join(root, 'singular.txt'), '0 0 5 1 1 0 1 1 0 0 0 1\n');
  await writeFile(join(root, 'negative.txt'), '0 0 5 1 0 0 0 1 0 0 0 -1\n');
  await writeFile(join(root, 'words.txt'), 'h k E covariance\n');
});
afterAll(() => rm(root, { recursive: true }));

/** A covariance table over -reach .. reach and all energies. */
function table(reach: number): string {
  const lines: string[] = [];
  for (const h of [-reach, 0, reach])
    for (const k of [-reach, 0, reach])
      for (const e of [0, 50, 99])
        lines.push(`${h} ${k} ${e} 4e-4 0 0 0 4e-4 0 0 0 ${1 + 0.02 * e}`);
  return `${lines.join('\n')}\n`;
}

/** One file for both incident energies. */
const tables = (file: string): string[] => ['--table', `60=${file}`, '--table', `100=${file}`];

let count = 0;
async function image(...args: string[]): Promise<Float32Array> {
  const out = join(root, `i${count++}.npy`);
  const ended = await inProcess(root, 'image', model, '--out', out, ...args);
  expect(ended.err).toBe('');
  expect(ended.code).toBe(0);
  const array = readNpy(await readFile(out), out);
  expect(array.descr).toBe('<f4');
  expect(array.shape).toEqual(shape);
  return array.data as Float32Array;
}
const mean = (x: Float32Array): number => x.reduce((a, b) => a + b, 0) / x.length;

describe('spectraloom image', () => {
  test('every resolution model, instrument, twins and form factor make their own image', async () => {
    const plain = await image();
    const others = [
      await image('--resolution', 'monteCarlo'),
      await image('--resolution', 'none'),
      await image(...tables('table.txt')),
      await image('--instrument', 'merlin', '--mask', 'none'),
      await image('--form-factor', 'off'),
      await image('--mosaic', '5'),
      await image('--intrinsic', '3'),
    ];
    for (const other of others) {
      expect(other).not.toEqual(plain);
      // The same spin waves: intensity is moved, not made.
      expect(mean(other) / mean(plain)).toBeGreaterThan(0.3);
      expect(mean(other) / mean(plain)).toBeLessThan(3);
    }
    expect(await image('--resolution', 'covariance')).toEqual(plain);
    expect(await image(...tables('table.txt.gz'))).toEqual(others[2]);
    expect(await image('--twins', 'proper', '--form-factor', 'on')).toEqual(plain);
  });

  test('seed and samples: the same again, another for another', async () => {
    const mc = ['--resolution', 'monteCarlo', '--samples', '512'];
    const one = await image(...mc, '--seed', '1');
    expect(await image(...mc, '--seed', '1')).toEqual(one);
    expect(await image(...mc, '--seed', '2')).not.toEqual(one);
    expect(await image('--resolution', 'monteCarlo', '--seed', '1')).not.toEqual(one);
  });

  test('what an experiment adds is its formula; noise and draws follow the seed', async () => {
    const plain = await image('--mask', 'none');
    const added = await image(
      '--mask',
      'none',
      '--add',
      'scale:factor=2',
      '--add',
      'flat-background:level=3',
    );
    plain.forEach((v, i) => expect(added[i]).toBeCloseTo(2 * v + 3, 4));
    const noisy = ['--add', 'flat-background:level=1~2', '--noise', '50'];
    const one = await image(...noisy, '--seed', '5');
    expect(await image(...noisy, '--seed', '5')).toEqual(one);
    expect(await image(...noisy, '--seed', '6')).not.toEqual(one);
    for (const v of one) expect(Math.abs(v * 50 - Math.round(v * 50))).toBeLessThan(1e-3);
    const out = join(root, 'facts.npy');
    const facts = await inProcess(
      root,
      'image',
      model,
      '--out',
      out,
      ...noisy,
      '--seed',
      '5',
      '--json',
    );
    const { experiment } = JSON.parse(facts.out) as {
      experiment: { model: string; level: number }[];
    };
    expect(experiment.map((s) => s.model)).toEqual(['flat-background', 'counting-noise']);
    expect(experiment[0]!.level).toBeGreaterThanOrEqual(1);
    expect(experiment[0]!.level).toBeLessThanOrEqual(2);
  });

  test('a mask file, flipped or not, replaces the coverage', async () => {
    const top = await image('--mask', 'mask.npy');
    expect(top.subarray(0, 36).every((v) => v === 0)).toBe(true);
    expect(top.subarray(36).some((v) => v > 0)).toBe(true);
    const bottom = await image('--mask', 'mask.npy', '--flip-mask');
    expect(bottom.subarray(23 * 36).every((v) => v === 0)).toBe(true);
    expect(bottom.subarray(0, 36)).not.toEqual(top.subarray(0, 36));
  });

  test('the standard error, as an array of its own', async () => {
    const error = join(root, 'error.npy');
    const out = join(root, 'mean.npy');
    const ended = await inProcess(
      root,
      ...['image', model, '--out', out, '--error', error, '--replicates', '3', '--json'],
    );
    const facts = JSON.parse(ended.out) as { relativeStandardError: number; compared?: unknown };
    expect(facts.relativeStandardError).toBeGreaterThan(0);
    expect(facts.relativeStandardError).toBeLessThan(0.1);
    const array = readNpy(await readFile(error), error);
    expect(array.shape).toEqual(shape);
    expect(Math.min(...(array.data as Float32Array))).toBeGreaterThanOrEqual(0);
  });

  test('compared with itself the correlation is 1; a picture has tiles', async () => {
    await image();
    const own = join(root, `i${count - 1}.npy`);
    const out = join(root, 'tiles.png');
    const { out: said } = await inProcess(root, 'image', model, '--out', out, '--compare', own);
    expect(said).toMatch(/correlation with .*: 1\.0000/);
    expect((await readFile(out)).subarray(1, 4).toString()).toBe('PNG');
  });

  test('help names every resolution model and every experiment model', async () => {
    const { out } = await spectraloom(root, 'image', '--help');
    for (const name of Object.keys(resolutionModels)) expect(out).toContain(`"${name}"`);
    for (const name of ['phonons', 'damping', 'misalignment', 'dead-pixels', 'elastic-tail']) {
      expect(out).toContain(name);
    }
    expect(out).toMatch(/default/);
    expect(out).toMatch(/meV/);
  });
});

const to = ['--out', 'x.npy'];
const wrong: [string, string[], number, RegExp[]][] = [
  ['no samples', [...to, '--samples', '0'], 2, [/--samples/, /128/, /'0'/]],
  ['half a sample', [...to, '--samples', '200.5'], 2, [/whole number/]],
  ['an absurd scale', [...to, '--scale', '1e300'], 2, [/out of range/, /--scale/, /1000000000/]],
  ['no scale', [...to, '--scale', '0'], 2, [/--scale/, /above 0/]],
  ['a resolution that is none', [...to, '--resolution', 'gauss'], 2, [/monteCarlo/, /gauss/]],
  ['twins that are none', [...to, '--twins', 'x'], 2, [/proper/, /published/]],
  ['noise of nothing', [...to, '--noise', '0'], 2, [/--noise/, /above 0/]],
  ['a model of the experiment that is none', [...to, '--add', 'snow'], 2, [/snow/, /phonons/]],
  ['a value it does not take', [...to, '--add', 'scale:level=1'], 2, [/level/, /factor/]],
  ['a value it needs', [...to, '--add', 'damping:factor=0.5'], 2, [/centreMeV/, /widthMeV/]],
  ['a negative background', [...to, '--add', 'flat-background:level=-1'], 1, [/level/]],
  ['a range backwards', [...to, '--add', 'scale:factor=3~2'], 2, [/backwards/]],
  ['a mask of another shape', [...to, '--mask', 'small.npy'], 1, [/23 x 36/, /24 x 36/]],
  ['a mask that leaves nothing', [...to, '--mask', 'full.npy'], 1, [/every pixel/]],
  ['a mask that is text', [...to, '--mask', 'words.txt'], 1, [/where +words\.txt/, /\.npy/]],
  ['a mask that is a folder', [...to, '--mask', 'pipelines'], 1, [/where +pipelines/, /folder/]],
  [
    'an instrument that is a folder',
    [...to, '--instrument', 'pipelines'],
    1,
    [/where +pipelines/, /folder/],
  ],
  ['flipping no file', [...to, '--mask', 'none', '--flip-mask'], 2, [/--flip-mask/]],
  ['a table of no Ei', [...to, '--table', 'table.txt'], 2, [/EI=FILE/]],
  ['a table of another Ei', [...to, '--table', '25=table.txt'], 2, [/60, 100 meV/]],
  [
    'a table that does not cover the image',
    [...to, '--table', '60=short.txt'],
    1,
    [/does not cover/, /-0\.3 to 0\.3/, /Ei = 60/],
  ],
  [
    'a singular covariance',
    [...to, '--table', '60=singular.txt'],
    1,
    [/positive definite/, /Ei = 60 meV:1/],
  ],
  ['a negative covariance', [...to, '--table', '60=negative.txt'], 1, [/positive definite/]],
  ['words for a table', [...to, '--table', '60=words.txt'], 1, [/twelve numbers/]],
  ['no table', [...to, '--resolution', 'table'], 1, [/no covariance table/, /60 meV/, /--table/]],
  [
    'tables with another model',
    [...to, '--table', '60=table.txt', '--resolution', 'covariance'],
    2,
    [/--resolution table/],
  ],
  ['an error that is no array', [...to, '--error', 'e.png'], 2, [/\.npy/]],
  ['a seed that is none', [...to, '--seed', '-1'], 2, [/--seed/]],
  ['a replicate', [...to, '--error', 'e.npy', '--replicates', '1'], 2, [/2 to 64/]],
  ['an instrument that is none', [...to, '--instrument', 'LET'], 1, [/LET/, /merlin/]],
];

describe('a wrong call of image', () => {
  test.each(wrong)('%s', async (_name, args, code, says) => {
    const ended = await inProcess(root, 'image', model, ...args);
    for (const pattern of says) expect(ended.err).toMatch(pattern);
    expect(ended.err).not.toMatch(/unexpected failure|\n\s+at /);
    expect(ended.code).toBe(code);
  });

  test.each<[string, (text: string) => string, RegExp[]]>([
    [
      'energies above Ei',
      (t) => t.replace(/to: 0\.\d+/, 'to: 1.2'),
      [/slices\.to/, /stays below Ei/],
    ],
    [
      'a chopper that transmits nothing',
      (t) => t.replace('eiMeV: 60, chopperHz: 200', 'eiMeV: 5, chopperHz: 600'),
      [/transmits nothing/, /Ei = 5 meV at 600 Hz/],
    ],
    [
      'pixels that no kinematics reaches',
      (t) =>
        t.replaceAll(/from: -?[\d.]+, to: ([\d.]+), count: (\d+) \}/g, (whole, _to, n) =>
          Number(n) > 6 ? `from: 90, to: 91, count: ${n} }` : whole,
        ),
      [/no kinematics reaches/, /raise Ei/],
    ],
  ])('%s', async (_name, change, says) => {
    const path = join(root, 'changed.yaml');
    const text = await readFile(join(root, 'pipelines/tiny/pipeline.yaml'), 'utf8');
    expect(change(text)).not.toBe(text);
    await writeFile(path, change(text));
    const ended = await inProcess(root, 'image', model, ...to, '--pipeline', path);
    for (const pattern of says) expect(ended.err).toMatch(pattern);
    expect(ended.code).toBe(1);
  });

  test('an instrument file that lacks a field', async () => {
    await writeFile(
      join(root, 'bad.yaml'),
      instrumentText('maps').replace(/^aperture:[\s\S]*?(?=^chopper)/m, ''),
    );
    const ended = await inProcess(root, 'image', model, ...to, '--instrument', 'bad.yaml');
    expect(ended.err).toMatch(/aperture/);
    expect(ended.code).toBe(1);
  });
});
