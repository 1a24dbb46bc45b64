import { describe, expect, it } from 'vitest';
import { Random } from '../random.js';
import { classificationMetrics } from './classification.js';

describe('classificationMetrics', () => {
  it('of a small table by hand', () => {
    const p = [0.9, 0.1, 0.6, 0.4, 0.2, 0.8, 0.3, 0.7];
    const m = classificationMetrics(p, [0, 1, 1, 0], 2);
    expect(m.accuracy).toBe(0.5);
    expect(m.confusion).toEqual([
      [1, 1],
      [1, 1],
    ]);
    const nll = -(Math.log(0.9) + Math.log(0.4) + Math.log(0.8) + Math.log(0.3)) / 4;
    expect(m.nll).toBeCloseTo(nll, 12);
    expect(m.brier).toBeCloseTo((2 * (0.01 + 0.36 + 0.04 + 0.49)) / 4, 12);
    // Four bins with one image each: |1 - 0.9|, |0 - 0.6|, |1 - 0.8|, |0 - 0.7|.
    expect(m.ece).toBeCloseTo((0.1 + 0.6 + 0.2 + 0.7) / 4, 12);
    expect(m.perClass[0]).toEqual({ count: 2, precision: 0.5, recall: 0.5, f1: 0.5 });
  });

  it('of a perfectly calibrated toy has no calibration error to speak of', () => {
    const random = new Random(3);
    const n = 40_000;
    const p = new Float64Array(2 * n);
    const labels = new Int32Array(n);
    for (let i = 0; i < n; i++) {
      p[2 * i] = random.uniform();
      p[2 * i + 1] = 1 - p[2 * i]!;
      labels[i] = random.uniform() < p[2 * i]! ? 0 : 1;
    }
    expect(classificationMetrics(p, labels, 2).ece).toBeLessThan(0.01);
    const shuffled = labels.map(() => (random.uniform() < 0.5 ? 0 : 1));
    const chance = classificationMetrics(p, shuffled, 2);
    expect(chance.accuracy).toBeCloseTo(0.5, 1);
    expect(chance.ece).toBeGreaterThan(0.2);
  });

  it('survives classes that never occur and probabilities of 0', () => {
    const m = classificationMetrics([0, 1, 0], [0], 3);
    expect(m.nll).toBeCloseTo(-Math.log(1e-12), 9);
    expect(m.perClass[2]).toEqual({ count: 0, precision: 0, recall: 0, f1: 0 });
    expect(classificationMetrics([], [], 2).accuracy).toBe(0);
    expect(() => classificationMetrics([1], [0], 2)).toThrow(/one probability a class/);
  });

  it('refuses probabilities and labels that are none, with their place', () => {
    const of = (p: number[], labels: number[]) => () => classificationMetrics(p, labels, 2);
    expect(of([0.5, 0.5, Number.NaN, Number.NaN], [0, 1])).toThrow(/image 1, class 0 .*got: NaN/);
    expect(of([-0.5, 1.5], [0])).toThrow(/image 0, class 0/);
    expect(of([0.5, 0.5], [2])).toThrow(/label 0 is no class; got: 2; expected: .* 0 to 1/);
    expect(of([0.5, 0.5], [0.5])).toThrow(/label 0 is no class/);
    expect(() => classificationMetrics([1, 0], [0], 2, 0)).toThrow(/bins; got: 0/);
    // Rounding of 32-bit numbers is none.
    expect(of([1 + 1e-7, -1e-7], [0])().accuracy).toBe(1);
  });
});
