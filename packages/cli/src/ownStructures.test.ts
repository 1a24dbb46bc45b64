import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { inProcess, spectraloom } from './commandLine.fixture.js';

const guide = fileURLToPath(new URL('../../../docs/guides/own-spectra.md', import.meta.url));
const rows = 90;
let root: string;
let frames: string[];
let pipeline: Record<string, unknown> & { structures: Record<string, unknown> };

const spectrumOf = (near: number, second: number) => {
  const energies = Array.from({ length: 60 }, (_, i) => 11080 + (40 * i) / 59);
  const line = (e: number, at: number, width: number) => Math.exp(-(((e - at) / width) ** 2));
  const intensity = energies.map(
    (e) => line(e, 11100 + 30 * (near - 1.75), 3) + 0.3 * line(e, 11108, 2 + 2 * (second - 1.75)),
  );
  return { energies, intensity };
};

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'spectraloom-structures-'));
  const folder = join(root, 'pipelines', 'geo2');
  await mkdir(join(folder, 'presets'), { recursive: true });
  await mkdir(join(root, 'datasets'));
  await mkdir(join(folder, 'spectra'));
  const blocks = [...(await readFile(guide, 'utf8')).matchAll(/```yaml\n([\s\S]*?)```/g)].map(
    (m) => m[1]!,
  );
  pipeline = parse(blocks.find((b) => b.includes('name: geo2'))!) as typeof pipeline;
  await writeFile(join(folder, 'presets/quick.yaml'), blocks.at(-1)!);
  let state = 7;
  const uniform = () => ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) + 0.5) / 2 ** 32;
  frames = [];
  for (let i = 0; i < rows; i++) {
    // A germanium near the face of its cell: two of its four oxygens are images.
    const r = Array.from({ length: 4 }, () => 1.6 + 0.3 * uniform()).sort((a, b) => a - b);
    const directions = [
      [1, 1, 1],
      [-1, -1, 1],
      [-1, 1, -1],
      [1, -1, -1],
    ];
    const wrap = (v: number) => (((v % 10) + 10) % 10).toFixed(6);
    const oxygens = directions.map(
      (d, a) =>
        `O ${d.map((x, k) => wrap([0.3, 5, 5][k]! + (x * r[a]!) / Math.sqrt(3))).join(' ')}`,
    );
    frames.push(
      `5\nLattice="10 0 0 0 10 0 0 0 10" Properties=species:S:1:pos:R:3 pbc="T T T" absorber=4\n${oxygens.join('\n')}\nGe 0.3 5 5\n`,
    );
    const { energies, intensity } = spectrumOf(r[0]!, r[1]!);
    const text = energies.map((e, j) => `${e.toFixed(4)} ${intensity[j]!.toFixed(8)}`).join('\n');
    await writeFile(join(folder, `spectra/s${i}.dat`), `# energy intensity\n${text}\n`);
  }
  await writeFile(join(folder, 'structures.extxyz'), frames.join(''));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const file = (name: string) => join(root, 'pipelines/geo2', name);
const run = async (change: (p: typeof pipeline) => void = () => undefined, ...more: string[]) => {
  const own = structuredClone(pipeline);
  change(own);
  await writeFile(file('pipeline.yaml'), stringify(own));
  return inProcess(root, 'run', 'geo2', '--preset', 'quick', ...more);
};

describe('structures of atoms and spectra of energies, as they come', () => {
  test('the example of the guide runs to its report', async () => {
    const { code, err, out } = await run();
    expect(err).toContain('Report: ');
    expect(code ?? 0).toBe(0);
    expect(err).toMatch(/90 structures, \d+ inputs; \d+ numbers that do not vary left out/);
    const page = await readFile(join(root, out.trim().split('\n').at(-1)!), 'utf8');
    expect(page).toContain('kbeta mean');
    expect(page).toContain('absorber Ge');
  }, 600_000);

  test('the numbers are those of the structures, images counted', async () => {
    const { out } = await inProcess(
      root,
      ...['xray', 'describe', 'pipelines/geo2/structures.extxyz', '--descriptor', 'distances'],
      ...['--neighbours', 'O4', '--absorber', 'key:absorber'],
    );
    const [names, ...lines] = out.trim().split('\n');
    expect(names).toBe('r_O1,r_O2,r_O3,r_O4');
    expect(lines.length).toBe(rows);
    for (const line of lines)
      for (const r of line.split(',').map(Number)) {
        expect(r).toBeGreaterThan(1.59);
        expect(r).toBeLessThan(1.91);
      }
    const angle = await inProcess(
      root,
      ...['xray', 'describe', 'pipelines/geo2/structures.extxyz', '--coordinates', '0-4-1,4-1'],
    );
    const [theta, r] = angle.out.trim().split('\n')[1]!.split(',').map(Number);
    expect(theta).toBeCloseTo(109.4712, 2);
    expect(r).toBeLessThan(1.91);
  });

  test.each<[string, (p: typeof pipeline) => void, () => Promise<void>, RegExp]>([
    [
      'spectra on different grids',
      (p) => delete p.structures['grid'],
      () => writeFile(file('spectra/s3.dat'), '11080 1\n11090 2\n11120 1\n'),
      /different grids[\s\S]*s3\.dat[\s\S]*structures\.grid/,
    ],
    [
      'a spectrum shorter than the grid',
      () => undefined,
      () => writeFile(file('spectra/s3.dat'), '11095 1\n11099 2\n11100 1\n'),
      /cannot be brought onto the grid[\s\S]*s3\.dat/,
    ],
    [
      'a value that is no number',
      () => undefined,
      () => writeFile(file('spectra/s3.dat'), '11080 1\n11090 NaN\n11120 1\n'),
      /not numbers[\s\S]*s3\.dat|s3\.dat[\s\S]*not numbers/,
    ],
    [
      'counts that differ',
      () => undefined,
      () => rm(file('spectra/s3.dat')),
      /not one spectrum for each structure[\s\S]*90 structures, 89 spectra/,
    ],
    [
      'an element that there is not',
      () => undefined,
      () => writeFile(file('structures.extxyz'), frames.join('').replace('Ge ', 'Gx ')),
      /no such element[\s\S]*Gx/,
    ],
    [
      'a frame without the absorber',
      () => undefined,
      () =>
        writeFile(
          file('structures.extxyz'),
          frames.map((f, i) => (i === 5 ? f.replace('Ge ', 'Si ') : f)).join(''),
        ),
      /absorber is missing[\s\S]*frame 5[\s\S]*0 atoms of Ge|frame 5[\s\S]*absorber is missing/,
    ],
    [
      'fewer samples than inputs',
      (p) => (p.structures['describe'] = [{ descriptor: 'coulomb', size: 14 }]),
      () => Promise.resolve(),
      /fewer samples than a fit of these inputs needs/,
    ],
    [
      'no descriptors',
      (p) => delete p.structures['describe'],
      () => Promise.resolve(),
      /an XYZ file needs describe/,
    ],
    [
      'too few neighbours in a molecule',
      (p) => (p.structures['describe'] = [{ descriptor: 'distances', neighbours: 'O6' }]),
      () =>
        writeFile(file('structures.extxyz'), frames.join('').replaceAll(/Lattice="[^"]*" /g, '')),
      /fewer neighbours[\s\S]*frame 0|frame 0[\s\S]*fewer neighbours/,
    ],
  ])(
    'refuses %s',
    async (_name, change, spoil, message) => {
      const before = await readFile(file('spectra/s3.dat'), 'utf8');
      try {
        await spoil();
        const { code, err } = await run(change, '--until', 'spectra');
        expect(err).toMatch(message);
        expect(code).toBe(1);
      } finally {
        await writeFile(file('spectra/s3.dat'), before);
        await writeFile(file('structures.extxyz'), frames.join(''));
      }
    },
    120_000,
  );

  test('the help of describe says what it needs', async () => {
    const { out } = await spectraloom(root, 'xray', 'describe', '--help');
    expect(out).toMatch(/required for internal/);
    expect(out).toMatch(/required for distances/);
    expect(out.replaceAll(/\s+/g, ' ')).toMatch(/must be named by --coordinates/);
  });
});
