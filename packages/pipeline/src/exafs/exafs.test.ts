import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPipeline, type PipelineEvent, runStages, stageStatus } from '../index.js';

const workspace = fileURLToPath(new URL('../../../../', import.meta.url));
const shared = process.env.SPECTRALOOM_SHARED ?? join(workspace, '../shared');
const present = existsSync(join(shared, 'data/exafs'));
if (!present) console.log(`skipped: no ${shared}/data/exafs (set SPECTRALOOM_SHARED)`);

const preset = `
description: Seconds, for tests.
shrinks: [everything]
structures: { count: 700, seed: 3, design: sobol }
spectra: { rowsPerShard: 200 }
test: 0.2
train: { seed: 1, hidden: [24, 24], training: { epochs: 12 } }
`;

describe.skipIf(!present)('an EXAFS pipeline', () => {
  let root: string;
  const open = () =>
    openPipeline({
      root,
      pipeline: 'exafs',
      preset: 'fast',
      runsFolder: join(root, 'runs'),
      commandLine: ['run', 'exafs'],
      workers: 1,
    } as never);
  const file = () => join(root, 'pipelines/exafs/pipeline.yaml');
  const text = readFileSync(join(workspace, 'pipelines/exafs/pipeline.yaml'), 'utf8');

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'spectraloom-exafs-'));
    await mkdir(join(root, 'datasets'));
    const folder = join(root, 'pipelines/exafs');
    await cp(join(workspace, 'pipelines/exafs'), folder, { recursive: true });
    await writeFile(join(folder, 'presets/fast.yaml'), preset);
    const place = (name: string) => join(folder, name);
    await cp(join(shared, 'data/exafs/palladium/feff0001.dat'), place('feff0001.dat'));
    await cp(join(shared, 'data/exafs/palladium/pd-foil.chik'), place('pd-foil.chik'));
    await writeFile(file(), text.replaceAll('shared:data/exafs/palladium/', ''));
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  it('runs to its report, and knows what is current and what a change touches', async () => {
    const opened = await open();
    const events: PipelineEvent[] = [];
    const finished = await runStages(opened.stages, {
      runFolder: opened.runFolder,
      emit: (e) => events.push(e),
      signal: new AbortController().signal,
    });
    expect([...finished.keys()]).toEqual(['structures', 'spectra', 'train', 'evaluate', 'report']);
    const { results } = finished.get('report')!;
    const page = await readFile(results['report'] as string, 'utf8');
    expect(page).toContain('Pd foil');
    expect(page).toContain('10.30 ± 0.20');
    const { score } = finished.get('evaluate')!.results as {
      score: { rows: number; coverage: Record<string, number> };
    };
    expect(score.rows).toBe(140);
    expect(score.coverage['deltaR']).toBeGreaterThan(0.75);

    const states = async () =>
      (await stageStatus((await open()).stages, opened.runFolder)).map((s) => s.state);
    expect(await states()).toEqual(['current', 'current', 'current', 'current', 'current']);
    // Noise is added when the network is trained: spectra stay, training runs again.
    const own = await readFile(file(), 'utf8');
    await writeFile(file(), own.replace('noise: [0, 0.004]', 'noise: [0, 0.002]'));
    expect(await states()).toEqual(['current', 'current', 'stale', 'stale', 'stale']);
    await writeFile(file(), own);
  });

  it('says before it runs what is wrong with its files', async () => {
    const own = await readFile(file(), 'utf8');
    const wrong = async (from: string, to: string) => {
      await writeFile(file(), own.replace(from, to));
      const told = await open().catch((e: Error) => e.message);
      await writeFile(file(), own);
      return told;
    };
    expect(await wrong('path: feff0001.dat', 'path: none.dat')).toMatch(/none\.dat/);
    expect(await wrong('path: feff0001.dat', 'path: shared:none.dat')).toMatch(
      /SPECTRALOOM_SHARED/,
    );
    expect(await wrong('amplitude: [3, 15]', 'amplitude: [15, 3]')).toMatch(/ascends/);
    expect(await wrong('file: pd-foil.chik', 'file: feff0001.dat')).toMatch(/feff0001\.dat, line/);
    await expect(
      openPipeline({
        root,
        pipeline: 'exafs',
        preset: 'fast',
        runsFolder: join(root, 'runs'),
        commandLine: [],
        backend: 'wasm',
      } as never),
    ).rejects.toThrow(/--backend has no meaning/);
  });
});
