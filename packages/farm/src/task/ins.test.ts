import { readFileSync } from 'node:fs';
import { instrumentText } from '@spectraloom/instrument';
import { drawPlan } from '@spectraloom/sampling';
import { parseSpinModel } from '@spectraloom/spinwave';
import { describe, expect, it } from 'vitest';
import { createTask, type InsJob } from './ins.js';

const file = (name: string) =>
  readFileSync(new URL(`../../../../pipelines/pcsmo/models/${name}.yaml`, import.meta.url), 'utf8');
const models = { dimer: file('dimer'), goodenough: file('goodenough') };
const pixels = { from: -1, to: 1, count: 8 };
const job: InsJob = {
  models,
  instrument: instrumentText('maps'),
  imageSpec: {
    incident: [{ eiMeV: 50, chopperHz: 200 }],
    slices: { from: 0.1, to: 0.7, count: 2 },
    pixels: { h: pixels, k: pixels },
  },
  stabilityGrid: 6,
};

describe('the default task', () => {
  const task = createTask(job);
  const plan = drawPlan({
    models: Object.entries(models).map(([label, text]) => ({
      label,
      parameters: parseSpinModel(text).parameters,
      accept: (p) => task.accept!(label, p) as boolean,
    })),
    rowsPerModel: 4,
    seed: 3,
  });

  it('accepts stable draws, and rejects more of the dimer, as pcsmo.md says', () => {
    const judged = (label: 'dimer' | 'goodenough') => {
      const { parameters } = parseSpinModel(models[label]);
      const draws = drawPlan({ models: [{ label, parameters }], rowsPerModel: 200, seed: 1 });
      const verdicts = Array.from(draws, (row) => task.accept!(label, row.parameters));
      return verdicts.filter((verdict) => verdict === true).length / 200;
    };
    // About 87 % and 41 %; 200 draws have a standard error below 4 %.
    expect(Math.abs(judged('goodenough') - 0.87)).toBeLessThan(0.1);
    expect(Math.abs(judged('dimer') - 0.41)).toBeLessThan(0.12);
  });

  it('simulates a row the same, whatever was simulated before it', async () => {
    expect(task.shape).toEqual([8, 16]);
    const images = [];
    for (const row of plan) images.push(Float32Array.from(await task.simulate(row)));
    const again = createTask(job);
    for (const row of [...plan].reverse()) {
      expect(await again.simulate(row)).toEqual(images[row.row]);
    }
    expect(images[0]!.some((v) => v > 0)).toBe(true);
    expect(images[0]).not.toEqual(images[2]);
    expect(task.provenance).toMatchObject({ task: 'ins', spinwave: expect.any(String) });
  });

  it.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /not one of this task.*models.*instrument.*imageSpec/],
    ['no models', { ...job, models: {} }, /models: the text/],
    ['a grid of halves', { ...job, stabilityGrid: 0.5 }, /stabilityGrid/],
    ['a broken model', { ...job, models: { x: 'lattice: 1' } }, /model x/],
  ])('refuses %s', (_name, bad, message) => {
    expect(() => createTask(bad)).toThrow(message);
  });

  it('names the labels it has', () => {
    expect(() => task.simulate({ ...plan.row(0), label: 'other' })).toThrow(
      /no model for a label.*other.*dimer, goodenough/,
    );
  });
});
