import { drawPlan, type PlanSpec, planToText } from '@spectraloom/sampling';
import { describe, expect, it } from 'vitest';
import { syntheticTask } from '../testing/farm.fixture.js';
import { planInParallel } from './plan-in-parallel.js';

const spec: PlanSpec = {
  models: [
    {
      label: 'a',
      parameters: [{ name: 'J', unit: 'meV', prior: { kind: 'uniform', min: -2, max: 2 } }],
      accept: (p) => (p.J! > -1 ? true : { accepted: false, reason: 'unstable' }),
    },
    {
      label: 'b',
      parameters: [{ name: 'D', unit: 'meV', prior: { kind: 'uniform', min: 0, max: 1 } }],
    },
  ],
  rowsPerModel: 200,
  seed: 5,
};
const source = { job: { shape: [1] }, taskModule: syntheticTask };

describe('planInParallel', () => {
  it('makes the plan that drawPlan makes, with any number of workers', async () => {
    const expected = drawPlan(spec);
    expect(expected.models[0]!.rejectedBy.unstable).toBeGreaterThan(20);
    for (const workers of [1, 2]) {
      const plan = await planInParallel(spec, { ...source, workers });
      expect(planToText(plan)).toBe(planToText(expected));
    }
  });

  it('can be stopped, and says when a worker dies of a draw', async () => {
    const controller = new AbortController();
    const stopped = planInParallel(
      { ...spec, rowsPerModel: 100_000 },
      { ...source, workers: 2, signal: controller.signal, onProgress: () => controller.abort() },
    );
    await expect(stopped).rejects.toMatchObject({ code: 'INTERRUPTED' });
    const crashing = { ...source, job: { shape: [1], crashLabel: 'b' } };
    await expect(planInParallel(spec, { ...crashing, workers: 1 })).rejects.toMatchObject({
      code: 'TASK_INVALID',
      message: expect.stringMatching(/worker died.*model b/),
    });
  });
});
