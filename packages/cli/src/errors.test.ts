import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeNpy } from '@spectraloom/shards';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { spectraloom, tinyWorkspace } from './commandLine.fixture.js';

let root: string;
beforeAll(async () => {
  root = await tinyWorkspace();
  await writeFile(
    join(root, 'nan.npy'),
    writeNpy(new Float32Array(24 * 36).fill(Number.NaN), [24, 36]),
  );
  await writeFile(join(root, 'turned.npy'), writeNpy(new Float32Array(24 * 36), [36, 24]));
  await writeFile(join(root, 'text.npy'), 'not an array');
});
afterAll(() => rm(root, { recursive: true }));

const model = 'pipelines/tiny/models/nearest.yaml';
const run = ['run', 'tiny', '--preset', 'fast'];

/** A wrong call, its exit code, and what its message has to say. */
const wrong: [string, string[], number, RegExp[]][] = [
  ['no command', [], 2, [/a command is needed/]],
  ['an unknown command', ['rnu'], 2, [/rnu|Did you mean run/]],
  ['a missing word', ['dataset', 'info'], 2, [/<folder> is missing/, /dataset info <folder>/]],
  ['a missing second word', ['predict', 'tiny'], 2, [/<images\.\.> is missing/]],
  [
    'an option given twice',
    ['xray', 'water', '--basis', 'STO-3G', '--basis', '6-31G'],
    2,
    [/given twice/, /--basis/, /'STO-3G' and '6-31G'/],
  ],
  ['a method that is none', [...run, '--uncertainty', 'foo'], 1, [/uncertainty/, /ensemble/]],
  ['a text for a number', ['xray', 'water', '--fwhm', 'abc'], 2, [/--fwhm/, /finite number/]],
  [
    'an image and its error in one file',
    ['image', model, '--out', 'x.npy', '--error', './x.npy'],
    2,
    [/one file/, /--error/],
  ],
  [
    'no epochs',
    ['exafs', 'train-reader', '--path', 'x', '--out', 'r.json', '--epochs', '0'],
    2,
    [/--epochs/],
  ],
  [
    'a range of R no spectrum has',
    ['exafs', 'fit', 'x', '--path', 'x', '--rmax', '1e9'],
    2,
    [/--rmax/, /100 Å/],
  ],
  ['a bond of 1e300', ['xray', 'water', '--long', '1e300'], 2, [/--long/]],
  ['an unknown option', [...run, '--presett', 'x'], 2, [/presett/, /--help/]],
  ['an option without its value', [...run, '--until'], 2, [/until/]],
  ['a stage that is none', [...run, '--until', 'nonsense'], 2, [/nonsense/, /train/]],
  ['half a worker', [...run, '--workers', '0.5'], 2, [/workers/, /whole number/]],
  ['mirror-k without an image', [...run, '--mirror-k'], 2, [/measured/]],
  ['a pipeline that is none', ['run', 'nosuch'], 1, [/nosuch/, /next/]],
  [
    'a preset that is none',
    ['run', 'tiny', '--preset', 'nosuch'],
    1,
    [/nosuch/, /presets/, /one of ablation, fast, learn/],
  ],
  ['an option of the other engine', [...run, '--resume'], 2, [/engine slurm/]],
  [
    'a profile that is not there',
    [...run, '--engine', 'slurm', '--profile', 'no.yaml'],
    1,
    [/no\.yaml/],
  ],
  ['a status of nothing', ['status', 'nosuch'], 1, [/nosuch/, /runs\/PIPELINE\/PRESET/]],
  ['from behind until', [...run, '--from', 'train', '--until', 'plan'], 1, [/comes after/]],
  ['a measured image that is not there', [...run, '--measured', 'no.npy'], 1, [/no\.npy/, /next/]],
  [
    'a measured image with NaN',
    [...run, '--measured', 'nan.npy'],
    1,
    [/row 0, column 0/, /nan_to_num/],
  ],
  ['a transposed image', [...run, '--measured', 'turned.npy'], 1, [/\(36, 24\)/, /transposed/]],
  ['a text for an image', [...run, '--measured', 'text.npy'], 1, [/text\.npy/]],
  [
    'a stage whose input is missing',
    [...run, '--only', 'train'],
    1,
    [/has not been run/, /--until/],
  ],
  [
    'prediction without a network',
    ['predict', 'tiny', 'nan.npy', '--preset', 'fast'],
    1,
    [/no trained network/],
  ],
  ['a wavevector of two numbers', ['dispersion', model, '--q', '1,2'], 2, [/three numbers/]],
  ['no wavevector', ['dispersion', model], 2, [/--q/, /--path/]],
  [
    'a parameter that is none',
    ['dispersion', model, '--q', '1,0,0', '--param', 'K=1'],
    1,
    [/K/, /J/],
  ],
  [
    'a parameter without value',
    ['dispersion', model, '--q', '1,0,0', '--param', 'J'],
    2,
    [/NAME=VALUE/],
  ],
  [
    'an unstable model',
    ['dispersion', model, '--q', '0.3,0.2,0', '--param', 'J=-4'],
    1,
    [/unstable|not.*stable|positive/i],
  ],
  ['an output of no known kind', ['image', model, '--out', 'x.jpg'], 2, [/\.npy or \.png/]],
  ['a model that is not there', ['image', 'no.yaml', '--out', 'x.npy'], 1, [/no\.yaml/]],
  ['a data set that is none', ['dataset', 'info', 'nosuch'], 1, [/nosuch/]],
  ['a card that is none', ['dataset', 'fetch', 'nosuch'], 1, [/nosuch/, /card/]],
];

test('a chopper that transmits nothing is found before anything is drawn', async () => {
  const path = join(root, 'pipelines', 'tiny', 'pipeline.yaml');
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.replace('eiMeV: 60, chopperHz: 200', 'eiMeV: 20, chopperHz: 600'));
  try {
    const { code, err } = await spectraloom(root, ...run);
    expect(code).toBe(1);
    expect(err).toMatch(/600/);
    expect(err).not.toMatch(/draw stable/);
  } finally {
    await writeFile(path, text);
  }
});

describe('files that are wrong', () => {
  test.each<[string, string, string, string, RegExp]>([
    [
      'an alias that holds itself',
      'pipelines/tiny/pipeline.yaml',
      'scale: 10',
      'scale: &x [*x]',
      /holds itself/,
    ],
    [
      'a bomb of aliases',
      'pipelines/tiny/pipeline.yaml',
      'name: tiny',
      `name: tiny\na: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]`,
      /alias/,
    ],
    [
      'too few rows for the split',
      'pipelines/tiny/presets/fast.yaml',
      'rowsPerClass: 30',
      'rowsPerClass: 1',
      /no rows for the validation part/,
    ],
    [
      'rows that all miss a part',
      'pipelines/tiny/presets/fast.yaml',
      'rowsPerClass: 30, seed: 5',
      'rowsPerClass: 3, seed: 3',
      /no row of the plan falls into the/,
    ],
  ])(
    '%s: said with the file, before images are made; no folder is left',
    async (_name, file, from, to, says) => {
      const path = join(root, file);
      const text = await readFile(path, 'utf8');
      expect(text).toContain(from);
      await writeFile(path, text.replace(from, to));
      try {
        const { code, err } = await spectraloom(root, ...run, '--until', 'images');
        expect(code).toBe(1);
        expect(err).toMatch(says);
        expect(err).not.toMatch(/unexpected failure|\n\s+at |images +done/);
        expect(existsSync(join(root, 'datasets', 'tiny'))).toBe(false);
      } finally {
        await writeFile(path, text);
      }
    },
  );
});

describe('a wrong call', () => {
  test.each(wrong)('%s', async (_name, args, code, says) => {
    const ended = await spectraloom(root, ...args);
    for (const pattern of says) expect(ended.err).toMatch(pattern);
    expect(ended.err).not.toMatch(/unexpected failure|\n\s+at /);
    expect(ended.code).toBe(code);
  });

  test('says it as JSON when asked', async () => {
    const { out, code } = await spectraloom(root, 'run', 'nosuch', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ type: 'error', code: 'PIPELINE_NOT_FOUND' });
  });
});

describe('help', () => {
  test.each([
    'run',
    'why',
    'train',
    'predict',
    'report',
    'model',
    'dispersion',
    'image',
    'resolution',
    'dataset',
    'doctor',
  ])('of %s gives examples', async (command) => {
    const { out, code } = await spectraloom(root, command, '--help');
    expect(code).toBe(0);
    expect(out).toMatch(/Examples:/);
  });
});
