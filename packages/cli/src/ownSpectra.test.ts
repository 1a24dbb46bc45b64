import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeNpy } from '@spectraloom/shards';
import {
  BOHR_ANGSTROM,
  broaden,
  createWaterSimulator,
  linearGrid,
  waterFromNormals,
  waterPositions,
} from '@spectraloom/xray';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Ended, spectraloom } from './commandLine.fixture.js';

const guide = fileURLToPath(new URL('../../../docs/guides/own-spectra.md', import.meta.url));
let root: string;
let blocks: { readonly kind: string; readonly text: string }[];

/** Runs the n-th command line of the guide in the workspace. */
async function guideCommand(n: number): Promise<Ended> {
  const line = blocks.filter((b) => b.kind === 'sh')[n]!.text.trim();
  const [program, ...args] = line.split(' ');
  expect(program).toBe('spectraloom');
  const ended = await spectraloom(root, ...args);
  expect(ended).toMatchObject({ code: 0 });
  return ended;
}

beforeAll(async () => {
  blocks = [...(await readFile(guide, 'utf8')).matchAll(/```(\w+)\n([\s\S]*?)```/g)].map((m) => ({
    kind: m[1]!,
    text: m[2]!,
  }));
  root = await mkdtemp(join(tmpdir(), 'spectraloom-own-'));
  await mkdir(join(root, 'datasets'));
  await mkdir(join(root, 'pipelines', 'mine', 'presets'), { recursive: true });
  const [pipeline, preset] = blocks.filter((b) => b.kind === 'yaml');
  await writeFile(join(root, 'pipelines/mine/pipeline.yaml'), pipeline!.text);
  await writeFile(join(root, 'pipelines/mine/presets/quick.yaml'), preset!.text);

  const simulator = createWaterSimulator({ basis: 'STO-3G' });
  const grid = linearGrid(515, 550, 80);
  const rows = 120;
  const spectra = new Float32Array(rows * grid.length);
  let state = 5;
  const uniform = () => ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) + 0.5) / 2 ** 32;
  const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  const frames: string[] = [];
  for (let i = 0; i < rows; i++) {
    const geometry = waterFromNormals([normal(), normal(), normal()], { temperatureK: 2000 });
    spectra.set(broaden(simulator.simulate(geometry).emission, grid, 1.5), i * grid.length);
    const p = waterPositions(geometry).map((x) => x * BOHR_ANGSTROM);
    const atoms = ['O', 'H', 'H'].map((e, a) => `${e} ${p.slice(3 * a, 3 * a + 3).join(' ')}`);
    frames.push(`3\nframe ${i}\n${atoms.join('\n')}`);
  }
  await writeFile(join(root, 'structures.xyz'), `${frames.join('\n')}\n`);
  await writeFile(join(root, 'pipelines/mine/spectra.npy'), writeNpy(spectra, [rows, grid.length]));
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe("the guide's own data", () => {
  test('structures become a table', async () => {
    const { out } = await guideCommand(0);
    expect(out).toContain('120 structures, 3 columns');
    const table = await readFile(join(root, 'pipelines/mine/structures.csv'), 'utf8');
    expect(table.split('\n')[0]).toBe('angle_1_0_2,r_0_1,r_0_2');
    expect(Number(table.split('\n')[1]!.split(',')[1])).toBeGreaterThan(0.7);
  });

  test('spectra become moments', async () => {
    await guideCommand(1);
    const [names, first] = (await readFile(join(root, 'moments.csv'), 'utf8')).split('\n');
    expect(names).toBe('valence mean,valence width,valence skewness');
    expect(Number(first!.split(',')[0])).toBeGreaterThan(535);
  });

  test('the pipeline runs to its report', async () => {
    const { out, err } = await guideCommand(2);
    expect(err).toContain('Report: ');
    const page = await readFile(join(root, out.trim().split('\n').at(-1)!), 'utf8');
    expect(page).toContain('Which structural degrees of freedom decide my spectra?');
  });
});
