import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toRows } from '@spectraloom/models/xray';
import { DatasetReader, writeNpy } from '@spectraloom/shards';
import { broaden, linearGrid, simulateWater } from '@spectraloom/xray';
import { parse, stringify } from 'yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPipeline } from '../open.js';
import { runStages } from '../stages/run.js';
import type { XrayEvaluation } from './evaluateStage.js';
import { readSamples } from './samples.js';
import { fitsName, type SavedFits } from './trainStage.js';

const shipped = new URL('../../../../pipelines/h2o-xray/', import.meta.url);
const text = (name: string) => readFile(new URL(name, shipped), 'utf8');

/** A preset of seconds. */
const tiny = {
  description: 'seconds',
  shrinks: ['everything'],
  structures: { count: 120, seed: 4, design: 'sobol' },
  spectra: { rowsPerShard: 50 },
  split: { validation: 0.16, test: 0.2, seed: 1 },
  train: {
    components: [1, 3],
    seeds: [1],
    nets: { hidden: [12], training: { epochs: 12, batchSize: 16 } },
    ednn: { encoderHidden: [8], decoderHidden: [12] },
    nnca: { starts: 1 },
    eca: { starts: 3 },
    intervals: { components: 2, refits: 3, training: { epochs: 6 } },
  },
  landscape: { slice: 5, volume: 4, deviations: 2 },
};

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'spectraloom-xray-'));
  await mkdir(join(root, 'datasets'));
});
afterAll(() => rm(root, { recursive: true }));

async function pipelineOf(name: string, file: object, preset: object = tiny): Promise<void> {
  const folder = join(root, 'pipelines', name);
  await mkdir(join(folder, 'presets'), { recursive: true });
  await writeFile(join(folder, 'pipeline.yaml'), stringify({ ...file, name }));
  await writeFile(join(folder, 'presets', 'tiny.yaml'), stringify(preset));
}
const open = (pipeline: string, more = {}) =>
  openPipeline({
    root,
    runsFolder: join(root, 'runs'),
    pipeline,
    preset: 'tiny',
    commandLine: ['run', pipeline],
    workers: 1,
    ...more,
  });
const run = async (pipeline: string) => {
  const { stages, runFolder } = await open(pipeline);
  const kept: string[] = [];
  const finished = await runStages(stages, {
    runFolder,
    emit: (event) => {
      if (event.type === 'stage-kept') kept.push(event.stage);
    },
    signal: new AbortController().signal,
  });
  return { finished, kept };
};

const shippedFile = async (): Promise<Record<string, unknown>> => {
  const file = parse(await text('pipeline.yaml')) as Record<string, unknown>;
  // STO-3G and few points: the same physics, faster.
  file['targets'] = (file['targets'] as Record<string, unknown>[]).map((target) => ({
    ...target,
    simulate: {
      ...(target['simulate'] as object),
      basis: 'STO-3G',
      fwhmEv: 2,
      gridEv: { from: 500, to: 580, points: 40 },
    },
  }));
  return file;
};

describe('a pipeline from structures to spectra', () => {
  it('runs from the force field to the report, and keeps what is current', async () => {
    await pipelineOf('water', await shippedFile());
    const { finished } = await run('water');
    expect([...finished.keys()]).toEqual(['structures', 'spectra', 'train', 'evaluate', 'report']);

    const { rows } = finished.get('spectra')!.results as { rows: number };
    expect(rows).toBe(120);
    const { experiment } = await open('water');
    const samples = await readSamples(experiment as never, finished.get('spectra')!, 1);
    expect([samples.train, samples.validation, samples.test].map((s) => s.structures.rows)).toEqual(
      [77, 19, 24],
    );
    // A row holds the second target's own spectrum of its own structure.
    const [angleDeg, longAngstrom, shortAngstrom] = toRows(samples.all.structures)[7]!;
    expect(longAngstrom!).toBeGreaterThanOrEqual(shortAngstrom!);
    const water = {
      angleDeg: angleDeg!,
      longAngstrom: longAngstrom!,
      shortAngstrom: shortAngstrom!,
    };
    const { absorption } = simulateWater(water, { basis: 'STO-3G' });
    const wanted = broaden(absorption, linearGrid(500, 580, 40), 2);
    toRows(samples.all.spectra)[7]!.forEach((v, j) => expect(v).toBeCloseTo(wanted[j]!, 6));

    const fits = JSON.parse(
      await readFile(join(finished.get('train')!.folder, fitsName('emission')), 'utf8'),
    ) as SavedFits;
    expect(new Set(fits.fits.map((f) => `${f.method} ${f.components}`))).toEqual(
      new Set([
        ...['linear', 'pls', 'pca', 'nnca', 'ednn'].flatMap((m) => [`${m} 1`, `${m} 3`]),
        'emulator 3',
        'eca 3',
      ]),
    );
    const evaluation = JSON.parse(
      await readFile(join(finished.get('evaluate')!.folder, 'evaluation.json'), 'utf8'),
    ) as XrayEvaluation;
    for (const { scores, readBack, bases, slices, volumes } of evaluation.targets) {
      const full = scores.find((s) => s.method === 'emulator')!.rho[0]!;
      for (const method of ['eca', 'nnca', 'ednn']) {
        const all = scores.find((s) => s.method === method && s.components === 3)!;
        expect(Math.abs(all.rho[0]! - full)).toBeLessThan(1e-6);
      }
      expect(readBack.map((r) => r.truth.length)).toEqual([24, 24, 24]);
      expect(bases.map((b) => b.components.length)).toEqual([2, 3]);
      expect(slices.length).toBe(3);
      expect(slices[0]!.fields.map((f) => f.values.length)).toEqual([25, 25]);
      expect(volumes.length).toBe(2);
    }
    const html = await readFile(join(finished.get('report')!.folder, 'report.html'), 'utf8');
    expect(html).toMatch(/O K emission[\s\S]*O 1s absorption/);

    const again = await run('water');
    expect(again.kept).toEqual(['structures', 'spectra', 'train', 'evaluate', 'report']);
    // Another net: structures and spectra stay.
    await pipelineOf('water', await shippedFile(), {
      ...tiny,
      train: { ...tiny.train, seeds: [2] },
    });
    expect((await run('water')).kept).toEqual(['structures', 'spectra']);
  });

  it('takes structures and spectra from files through the same stages', async () => {
    const n = 90;
    const rows = Array.from({ length: n }, (_, i) => [Math.sin(i), Math.cos(2.3 * i)] as const);
    await pipelineOf(
      'own',
      {
        kind: 'xray',
        title: 'Own <data>',
        structures: {
          from: 'files',
          structures: 'structures.csv',
          spectra: 'spectra.npy',
          provenance: { origin: 'a test' },
        },
        inputs: [
          { name: 'r', unit: 'Å', label: 'distance' },
          { name: 'cn', unit: '', label: 'coordination' },
        ],
        targets: [{ name: 'kbeta', title: 'K-beta', grid: { from: 1, to: 2, points: 6 } }],
      },
      {
        ...tiny,
        structures: undefined,
        train: { ...tiny.train, components: [1, 2] },
      },
    );
    const folder = join(root, 'pipelines', 'own');
    const csv = ['r,cn', ...rows.map((row) => row.join(','))].join('\n');
    await writeFile(join(folder, 'structures.csv'), `${csv}\n`);
    const spectra = Float32Array.from(rows.flatMap(([r, cn]) => [r, r * r, cn, r + cn, 0, r * cn]));
    await writeFile(join(folder, 'spectra.npy'), writeNpy(spectra, [n, 6]));
    const { finished } = await run('own');
    const { dataset } = finished.get('spectra')!.results as { dataset: string };
    const reader = DatasetReader.open(dataset);
    const one = await reader.read([5]);
    reader.close();
    expect(Array.from(one.images)).toEqual(Array.from(spectra.subarray(30, 36)));
    expect(one.parameters[0]).toBeCloseTo(rows[5]![0], 12);
    const html = await readFile(join(finished.get('report')!.folder, 'report.html'), 'utf8');
    expect(html).toContain('Own &lt;data&gt;');
    expect(html).toContain('a test');
    // Another spectrum in the file is another data set; the files' names and times are not.
    spectra[3] = 9;
    await writeFile(join(folder, 'spectra.npy'), writeNpy(spectra, [n, 6]));
    const changed = await run('own');
    expect(changed.kept).toEqual([]);
    expect(changed.finished.get('spectra')!.key).not.toBe(finished.get('spectra')!.key);

    await writeFile(join(folder, 'spectra.npy'), writeNpy(spectra.subarray(0, 5 * n), [n, 5]));
    await expect(run('own')).rejects.toMatchObject({
      code: 'DATA_INVALID',
      message: expect.stringMatching(/5 points a row.*6 points a row/s),
    });
    await rm(join(folder, 'spectra.npy'));
    await expect(run('own')).rejects.toMatchObject({ code: 'PIPELINE_INVALID' });
  });

  it.each<[string, (file: Record<string, unknown>) => void, RegExp]>([
    ['a misspelt field', (f) => (f['molecules'] = 1), /molecules/],
    [
      'a target twice',
      (f) => (f['targets'] as unknown[]).push((f['targets'] as unknown[])[0]),
      /emission is given twice/,
    ],
    [
      'a target without a simulation',
      (f) => delete (f['targets'] as Record<string, unknown>[])[0]!['simulate'],
      /needs simulate/,
    ],
    [
      'bounds backwards',
      (f) => ((f['structures'] as Record<string, unknown>)['angleDeg'] = [150, 60]),
      /below the second/,
    ],
  ])('refuses %s', async (_name, spoil, message) => {
    const file = await shippedFile();
    spoil(file);
    await pipelineOf('bad', file);
    await expect(open('bad')).rejects.toMatchObject({
      code: 'PIPELINE_INVALID',
      message: expect.stringMatching(message),
    });
  });

  it('refuses more components than inputs, options of the other kind, unknown presets', async () => {
    await pipelineOf('water', await shippedFile(), {
      ...tiny,
      train: { ...tiny.train, components: [4] },
    });
    await expect(open('water')).rejects.toThrow(/4 components.*at most 3/);
    await pipelineOf('water', await shippedFile());
    await expect(open('water', { retrain: 'warm' })).rejects.toThrow(/--retrain has no meaning/);
    await expect(open('water', { preset: 'huge' })).rejects.toThrow(
      /no preset 'huge'.*one of tiny/,
    );
  });

  it('its shipped presets are valid', async () => {
    for (const preset of ['quick', 'paper']) {
      const opened = await openPipeline({
        root: new URL('../../../../', import.meta.url).pathname,
        runsFolder: join(root, 'runs'),
        pipeline: 'h2o-xray',
        preset,
        commandLine: [],
      });
      expect(opened.stages.map((s) => s.name)).toEqual([
        'structures',
        'spectra',
        'train',
        'evaluate',
        'report',
      ]);
    }
  });
});
