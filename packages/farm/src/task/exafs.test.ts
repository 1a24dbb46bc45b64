import { drawPlan } from '@spectraloom/sampling';
import { linearGrid, parseFeffPath, ScatteringPath } from '@spectraloom/xray';
import { describe, expect, it } from 'vitest';
import { createTask } from './exafs.js';

/** A made-up table with the layout of feffNNNN.dat: smooth, and nobody's data. */
const rows = Array.from({ length: 41 }, (_, i) => {
  const k = 0.5 * i;
  const amplitude = (0.9 * k) / (1 + 0.02 * k * k);
  return [k, 3 - 0.3 * k, amplitude, -12 - 0.1 * k, 1, 5 + 0.8 * k, Math.hypot(k, 1.8)]
    .map((v) => v.toExponential(4))
    .join(' ');
});
const text = `made up\n 2 12.0 2.5 2.6 -3.8 nleg, deg, reff, rnrmav(bohr), edge\n x y z pot at#\n 0 0 0 0 29 Cu absorbing atom\n 1.8 0 1.8 1 29 Cu\n k real[2*phc] mag[feff] phase[feff] red factor lambda real[p]@#\n${rows.join('\n')}\n`;
const job = { table: { name: 'made-up', text }, k: { from: 2, to: 14, points: 121 } };
const plan = drawPlan({
  models: [
    {
      label: 'shell',
      parameters: [
        { name: 'amplitude', unit: '', prior: { kind: 'uniform', min: 3, max: 15 } },
        { name: 'deltaR', unit: 'Å', prior: { kind: 'uniform', min: -0.1, max: 0.1 } },
        { name: 'sigma2', unit: 'Å^2', prior: { kind: 'uniform', min: 0.002, max: 0.01 } },
        { name: 'e0Ev', unit: 'eV', prior: { kind: 'uniform', min: -5, max: 5 } },
      ],
    },
  ],
  rowsPerModel: 4,
  seed: 1,
});

describe('the EXAFS task', () => {
  it("makes packages/xray's chi(k), each row by itself", async () => {
    const task = createTask(job);
    expect(task.shape).toEqual([121]);
    const made = [];
    for (const row of plan) made.push(Float32Array.from(await task.simulate(row)));
    const again = createTask(job);
    for (const row of [...plan].reverse()) expect(await again.simulate(row)).toEqual(made[row.row]);
    const { amplitude, deltaR, sigma2, e0Ev } = plan.row(2).parameters;
    const chi = new Float64Array(121);
    new ScatteringPath(parseFeffPath(text, 'made-up')).addTo(
      linearGrid(2, 14, 121),
      { amplitude: amplitude!, deltaR: deltaR!, sigma2: sigma2!, e0Ev: e0Ev! },
      chi,
    );
    expect(made[2]).toEqual(Float32Array.from(chi));
    expect(made[2]!.some((v) => Math.abs(v) > 1e-3)).toBe(true);
  });

  it('refuses jobs, tables and rows that are not its own', () => {
    expect(() => createTask({})).toThrow(/not one of this task/);
    const cut = { ...job, table: { name: 'cut', text: text.slice(0, 400) } };
    expect(() => createTask(cut)).toThrow(/cut/);
    const task = createTask(job);
    const row = { ...plan.row(0), parameters: { amplitude: 3 } };
    expect(() => task.simulate(row)).toThrow(/no deltaR, no sigma2, no e0Ev/);
  });

  it('says so when a row leaves the table', () => {
    const task = createTask({ ...job, k: { from: 2, to: 20, points: 10 } });
    const row = { ...plan.row(0), parameters: { ...plan.row(0).parameters, e0Ev: -20 } };
    expect(() => task.simulate(row)).toThrow(/outside the path table/);
  });
});
