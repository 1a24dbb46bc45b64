import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { instrumentText } from '@spectraloom/instrument';
import { drawPlan } from '@spectraloom/sampling';
import { DatasetReader } from '@spectraloom/shards';
import { parseSpinModel } from '@spectraloom/spinwave';
import { afterAll, describe, expect, it } from 'vitest';
import { generate } from '../generate/generate.js';
import type { GenerateProgress } from '../generate/progress.js';
import { temporaryFolder } from '../testing/farm.fixture.js';
import { createTask, type InsJob } from './ins.js';
import { createTask as createSpectraTask, spectraTask } from './spectra.js';

const file = (name: string) =>
  readFileSync(new URL(`../../../../pipelines/pcsmo/models/${name}.yaml`, import.meta.url), 'utf8');
/** The second has fewer sites and modes: its rows are padded. */
const small = `
format: spectraloom-spin-model/1
name: square ferromagnet
label: square
lattice: { a: 5.4, b: 5.4, c: 12 }
parameters:
  J: { value: -2, unit: meV, prior: { uniform: [-3, -1] } }
sites:
  - { label: A, position: [0, 0, 0], spin: 1, direction: [0, 0, 1] }
interactions:
  - { name: J, exchange: J, vector: [1, 0, 0] }
  - { name: J2, exchange: J, vector: [0, 1, 0] }
`;
const models = { goodenough: file('goodenough'), square: small };
const pixels = { from: -1, to: 1, count: 8 };
const imageSpec: InsJob['imageSpec'] = {
  incident: [{ eiMeV: 50, chopperHz: 200 }],
  slices: { from: 0.1, to: 0.7, count: 2 },
  pixels: { h: pixels, k: pixels },
  mask: 'none',
};
const job: InsJob = { models, instrument: instrumentText('maps'), imageSpec };
const plan = drawPlan({
  models: Object.entries(models).map(([label, text]) => ({
    label,
    parameters: parseSpinModel(text).parameters,
    accept: (p) => createTask(job).accept!(label, p) as boolean,
  })),
  rowsPerModel: 3,
  seed: 3,
});

const { path: folder, remove } = temporaryFolder();
afterAll(remove);

describe('stored spin waves', () => {
  it('make the images of recomputed ones, for any instrument, without a diagonalisation', async () => {
    let last: GenerateProgress | undefined;
    const make = (name: string, more: object) =>
      generate({
        plan,
        job,
        outDir: join(folder, name),
        workers: 1,
        rowsPerShard: 4,
        onProgress: (p) => (last = p),
        ...more,
      });
    const spectra = await make('spectra', {
      job: { models, imageSpec },
      taskModule: spectraTask,
    });
    const solved = last!.costs['wavevectorsSolved']!;
    expect(solved).toBeGreaterThan(0);
    const from = { folder: join(folder, 'spectra'), manifestHash: spectra.manifestHash };
    for (const [name, change] of [
      ['same', {}],
      ['resolution', { imageSpec: { ...imageSpec, intrinsicFwhmMeV: 3 } }],
      ['mask', { imageSpec: { ...imageSpec, mask: 'coverage' } }],
      ['instrument', { instrument: instrumentText('merlin') }],
    ] as const) {
      await make(`${name}-recomputed`, { job: { ...job, ...change } });
      // The same wavevectors as the spectra stage, for these are all that an image needs.
      expect(last!.costs['wavevectorsSolved']).toBe(solved);
      await make(`${name}-stored`, { job: { ...job, ...change, spectra: from } });
      expect(last!.costs).toMatchObject({ wavevectorsSolved: 0, spinWavesSeconds: 0 });
      expect(last!.costs['readSeconds']).toBeGreaterThan(0);
      const rows = Array.from(plan, (row) => row.row);
      const [a, b] = await Promise.all(
        ['recomputed', 'stored'].map((kind) =>
          DatasetReader.open(join(folder, `${name}-${kind}`)).read(rows),
        ),
      );
      const largest = a!.images.reduce((x, v) => Math.max(x, v), 0);
      expect(largest).toBeGreaterThan(0);
      // Single precision of energies and amplitudes.
      a!.images.forEach((v, i) => {
        if (Math.abs(v - b!.images[i]!) > 2e-6 * largest) {
          throw new Error(`${name}, value ${i}: ${v} recomputed, ${b!.images[i]} stored`);
        }
      });
    }
  });

  it('of another data set are refused', async () => {
    const spectra = { folder: join(folder, 'spectra'), manifestHash: '0'.repeat(64) };
    const task = createTask({ ...job, spectra });
    await expect(Promise.resolve(task.simulate(plan.row(0)))).rejects.toThrow(
      /stored spin waves are not those/,
    );
  });

  it('need models and an image', () => {
    expect(() => createSpectraTask({ models: {} })).toThrow(/not one of this task.*imageSpec/);
    expect(() => createTask({ ...job, spectra: { folder: 1 } })).toThrow(/spectra: \{ folder/);
  });
});
