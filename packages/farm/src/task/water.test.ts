import { drawPlan } from '@spectraloom/sampling';
import { broaden, linearGrid, simulateWater } from '@spectraloom/xray';
import { describe, expect, it } from 'vitest';
import { createTask, type WaterJob } from './water.js';

const job: WaterJob = {
  targets: [
    {
      spectrum: 'emission',
      basis: 'STO-3G',
      fwhmEv: 1,
      shiftEv: 2,
      gridEv: { from: 500, to: 560, points: 60 },
    },
    {
      spectrum: 'absorption',
      basis: '6-31G',
      fwhmEv: 1.5,
      gridEv: { from: 540, to: 600, points: 30 },
    },
  ],
};
const plan = drawPlan({
  models: [
    {
      label: 'water',
      parameters: [
        { name: 'angleDeg', unit: 'deg', prior: { kind: 'uniform', min: 80, max: 130 } },
        { name: 'longAngstrom', unit: 'Å', prior: { kind: 'uniform', min: 0.97, max: 1.1 } },
        { name: 'shortAngstrom', unit: 'Å', prior: { kind: 'uniform', min: 0.88, max: 0.96 } },
      ],
    },
  ],
  rowsPerModel: 4,
  seed: 1,
});

describe('the water task', () => {
  const task = createTask(job);

  it("makes packages/xray's spectra, target behind target, each row by itself", async () => {
    expect(task.shape).toEqual([90]);
    const rows = [];
    for (const row of plan) rows.push(Float32Array.from(await task.simulate(row)));
    const again = createTask(job);
    for (const row of [...plan].reverse()) expect(await again.simulate(row)).toEqual(rows[row.row]);
    const { angleDeg, longAngstrom, shortAngstrom } = plan.row(2).parameters;
    const geometry = {
      angleDeg: angleDeg!,
      longAngstrom: longAngstrom!,
      shortAngstrom: shortAngstrom!,
    };
    const emission = simulateWater(geometry, { basis: 'STO-3G', emissionShiftEv: 2 }).emission;
    const absorption = simulateWater(geometry, { basis: '6-31G' }).absorption;
    expect(rows[2]!.subarray(0, 60)).toEqual(
      Float32Array.from(broaden(emission, linearGrid(500, 560, 60), 1)),
    );
    expect(rows[2]!.subarray(60)).toEqual(
      Float32Array.from(broaden(absorption, linearGrid(540, 600, 30), 1.5)),
    );
    expect(task.costs!()['hartreeFockSeconds']).toBeGreaterThan(0);
    expect(task.provenance).toMatchObject({ task: 'water', xray: expect.any(String) });
  });

  it('rejects a geometry that cannot be, and names it', () => {
    const good = { angleDeg: 104, longAngstrom: 1, shortAngstrom: 0.95 };
    expect(task.accept!('water', good)).toBe(true);
    expect(task.accept!('water', { ...good, longAngstrom: 0.9 })).toEqual({
      accepted: false,
      reason: expect.stringMatching(/GEOMETRY_INVALID \(104\.000 deg, 0\.90000 and 0\.95000/),
    });
    expect(() => task.accept!('water', { angleDeg: 1 })).toThrow(/not describe.*no longAngstrom/);
  });

  it.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /not one of this task/],
    [
      'a grid backwards',
      { targets: [{ ...job.targets[0], gridEv: { from: 2, to: 1, points: 5 } }] },
      /from must be below to/,
    ],
    ['an unknown basis', { targets: [{ ...job.targets[0], basis: 'def2' }] }, /def2/],
  ])('refuses %s', (_name, bad, message) => {
    expect(() => createTask(bad)).toThrow(message);
  });
});
