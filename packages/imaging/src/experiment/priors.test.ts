import { describe, expect, test } from 'vitest';
import { drawExperiment, type ExperimentPrior } from './priors.js';

const priors: ExperimentPrior = [
  { model: 'scale', factor: { logUniform: [0.5, 2] } },
  { model: 'flat-background', level: { uniform: [1, 3] }, probability: 0.5 },
  { model: 'misalignment', shiftH: { normal: { mean: 0, sd: 0.02 } }, shiftK: 0.01 },
];

describe('priors of the experiment', () => {
  test('draws lie in their priors, steps come with their probability', () => {
    let backgrounds = 0;
    let logs = 0;
    let squares = 0;
    const n = 2000;
    for (let seed = 0; seed < n; seed++) {
      const steps = drawExperiment(priors, seed);
      const scale = steps[0]!;
      expect(scale.model).toBe('scale');
      if (scale.model === 'scale') {
        expect(scale.factor).toBeGreaterThanOrEqual(0.5);
        expect(scale.factor).toBeLessThanOrEqual(2);
        logs += Math.log(scale.factor);
      }
      const background = steps.find((s) => s.model === 'flat-background');
      if (background?.model === 'flat-background') {
        backgrounds++;
        expect(background.level).toBeGreaterThanOrEqual(1);
        expect(background.level).toBeLessThanOrEqual(3);
      }
      const last = steps[steps.length - 1]!;
      if (last.model === 'misalignment') {
        expect(last.shiftK).toBe(0.01);
        squares += last.shiftH ** 2;
      }
    }
    expect(Math.abs(backgrounds / n - 0.5)).toBeLessThan(4 * Math.sqrt(0.25 / n));
    expect(Math.abs(logs / n)).toBeLessThan((4 * Math.log(2)) / Math.sqrt(3 * n));
    expect(Math.sqrt(squares / n)).toBeCloseTo(0.02, 2);
  });

  test('the same seed gives the same experiment', () => {
    expect(drawExperiment(priors, 7)).toEqual(drawExperiment(priors, 7));
    expect(drawExperiment(priors, 7)).not.toEqual(drawExperiment(priors, 8));
  });

  test('malformed priors and values a model does not take are refused', () => {
    expect(() => drawExperiment([{ model: 'scale', factor: { uniform: [2, 1] } }], 1)).toThrow(
      /problem/,
    );
    expect(() => drawExperiment([{ model: 'scale', factor: -1 }], 1)).toThrow(/factor/);
    expect(() => drawExperiment([{ model: 'snow' }], 1)).toThrow(/problem/);
  });
});
