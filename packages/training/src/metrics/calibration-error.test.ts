import { describe, expect, it } from 'vitest';
import { Random } from '../random.js';
import { calibrationError } from './calibration-error.js';
import { classificationMetrics } from './classification.js';

/** Two classes; the first has the probability p and is right with the frequency f(p). */
function toy(n: number, seed: number, p: (u: number) => number, f: (p: number) => number) {
  const random = new Random(seed);
  const probabilities = new Float64Array(2 * n);
  const labels = Int32Array.from({ length: n }, (_, i) => {
    const q = p(random.uniform());
    probabilities[2 * i] = q;
    probabilities[2 * i + 1] = 1 - q;
    return random.uniform() < f(q) ? 0 : 1;
  });
  return { probabilities, labels };
}

/** E|X - n p| of a binomial X: 2 v C(n, v) p^v (1-p)^(n-v+1), v = floor(n p) + 1 (de Moivre, 1730). */
function meanDeviation(n: number, p: number): number {
  const v = Math.floor(n * p) + 1;
  let logChoose = 0;
  for (let k = 1; k <= v; k++) logChoose += Math.log((n - v + k) / k);
  return 2 * v * Math.exp(logChoose + v * Math.log(p) + (n - v + 1) * Math.log(1 - p));
}

describe('calibration error', () => {
  it('is what a perfect classifier would show: the closed form of one confidence', () => {
    const { probabilities, labels } = toy(
      155,
      1,
      () => 0.9,
      (p) => p,
    );
    const { expected } = calibrationError(probabilities, labels, 2, { draws: 20_000 });
    // Standard error of 20,000 draws: 0.6 x 0.024 / sqrt(20,000) = 1e-4; four of them.
    expect(Math.abs(expected.mean - meanDeviation(155, 0.9) / 155)).toBeLessThan(4e-4);
    expect(expected.from).toBeLessThan(expected.mean);
    expect(expected.to).toBeGreaterThan(expected.mean);
  });

  it('adds the bins of several confidences', () => {
    const levels = [0.55, 0.75, 0.95];
    const n = 300;
    const probabilities = Float64Array.from({ length: 2 * n }, (_, i) => {
      const p = levels[Math.floor(i / 2) % 3]!;
      return i % 2 === 0 ? p : 1 - p;
    });
    const labels = new Int32Array(n);
    const { expected, ece } = calibrationError(probabilities, labels, 2, { draws: 20_000 });
    const closed = levels.reduce((sum, p) => sum + meanDeviation(100, p), 0) / n;
    expect(Math.abs(expected.mean - closed)).toBeLessThan(6e-4);
    expect(ece).toBeCloseTo((0.45 + 0.25 + 0.05) / 3, 10);
    expect(ece).toBeCloseTo(classificationMetrics(probabilities, labels, 2).ece, 12);
  });

  it('finds nothing in small sets of a calibrated toy, whose plain ECE is far from 0', () => {
    const sets = Array.from({ length: 200 }, (_, seed) => {
      const set = toy(
        155,
        seed,
        (u) => 0.5 + 0.5 * u,
        (p) => p,
      );
      return calibrationError(set.probabilities, set.labels, 2, { draws: 200, seed });
    });
    const mean = (of: (e: (typeof sets)[number]) => number) =>
      sets.reduce((sum, e) => sum + of(e), 0) / sets.length;
    expect(mean((e) => e.ece)).toBeGreaterThan(0.05);
    // The measured one is one more draw: the mean of 200 has an error of 0.02 / sqrt(200) = 0.0014.
    expect(Math.abs(mean((e) => e.ece - e.expected.mean))).toBeLessThan(0.005);
    // The mean square is unbiased: 0. One set has a spread of about 0.0025.
    expect(Math.abs(mean((e) => Math.sign(e.debiased) * e.debiased ** 2))).toBeLessThan(0.0008);
    expect(mean((e) => e.sweep)).toBeLessThan(0.85 * mean((e) => e.ece));
    // p-values of a true hypothesis are even: 5 % below 0.05, give or take 4 x 1.5 %.
    const small = mean((e) => (e.pValue < 0.05 ? 1 : 0));
    expect(small).toBeLessThan(0.12);
    expect(Math.abs(mean((e) => e.pValue) - 0.5)).toBeLessThan(0.09);
  });

  it('finds the known error of an overconfident toy, in small sets and in large ones', () => {
    const over = (n: number, seed: number) =>
      toy(
        n,
        seed,
        (u) => 0.7 + 0.3 * u,
        (p) => p - 0.15,
      );
    const squares = Array.from({ length: 100 }, (_, seed) => {
      const { probabilities, labels } = over(155, seed);
      return calibrationError(probabilities, labels, 2, { draws: 50 }).debiased ** 2;
    });
    // True value 0.15^2 = 0.0225; one set scatters by 0.012.
    const mean = squares.reduce((a, b) => a + b, 0) / 100;
    expect(Math.abs(mean - 0.0225)).toBeLessThan(0.005);
    const large = over(20_000, 7);
    const e = calibrationError(large.probabilities, large.labels, 2, { draws: 200 });
    for (const found of [e.ece, e.debiased, e.sweep])
      expect(Math.abs(found - 0.15)).toBeLessThan(0.012);
    expect(e.pValue).toBeCloseTo(1 / 201, 10);
    expect(e.expected.to).toBeLessThan(0.02);
  });

  it('refuses what does not belong together', () => {
    expect(() => calibrationError([0.5, 0.5, 1], [0], 2)).toThrow(/3 numbers, 1 labels/);
    expect(() => calibrationError([], [], 2)).toThrow(/at least one image/);
    expect(calibrationError([0.9, 0.1], [0], 2, { draws: 10 }).debiased).toBeCloseTo(0.1, 10);
  });
});
