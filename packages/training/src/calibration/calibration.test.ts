import { describe, expect, it } from 'vitest';
import { probabilitiesOf } from '../loss/classification.js';
import { classificationMetrics } from '../metrics/classification.js';
import { Random } from '../random.js';
import { conformalPValue, conformalQuantile, conformalSet, fitConformal } from './conformal.js';
import { fitTemperature } from './temperature.js';

/** Labels drawn from softmax(z): outputs z are then calibrated as they are. */
function calibrated(n: number, classes: number, seed: number) {
  const random = new Random(seed);
  const z = Float64Array.from({ length: n * classes }, () => 1.5 * random.normal());
  const p = probabilitiesOf('softmax', z, classes);
  const labels = Int32Array.from({ length: n }, (_, i) => {
    let u = random.uniform();
    let c = 0;
    while (c < classes - 1 && (u -= p[i * classes + c]!) > 0) c++;
    return c;
  });
  return { z, p, labels };
}

describe('calibration of a toy that is calibrated by construction', () => {
  const { z, p, labels } = calibrated(20_000, 3, 1);

  it('has an ECE near 0, and a large one when it is sharpened', () => {
    expect(classificationMetrics(p, labels, 3).ece).toBeLessThan(0.015);
    const sharp = probabilitiesOf(
      'softmax',
      z.map((x) => 4 * x),
      3,
    );
    expect(classificationMetrics(sharp, labels, 3).ece).toBeGreaterThan(0.15);
  });

  it.each([0.25, 1, 4])('the temperature %f is found, and brings the ECE back', (t) => {
    const scaled = z.map((x) => t * x);
    const found = fitTemperature('softmax', scaled, labels, 3);
    expect(found / t).toBeGreaterThan(0.96);
    expect(found / t).toBeLessThan(1.04);
    const back = probabilitiesOf(
      'softmax',
      scaled.map((x) => x / found),
      3,
    );
    expect(classificationMetrics(back, labels, 3).ece).toBeLessThan(0.015);
  });

  it('is where the slope of the loss is zero', () => {
    const few = labels.slice(0, 300);
    const at = (t: number) =>
      classificationMetrics(
        probabilitiesOf(
          'softmax',
          z.subarray(0, 900).map((x) => x / t),
          3,
        ),
        few,
        3,
      ).nll;
    const t = fitTemperature('softmax', z.subarray(0, 900), few, 3);
    expect(at(t)).toBeLessThanOrEqual(at(t * 1.01));
    expect(at(t)).toBeLessThanOrEqual(at(t / 1.01));
  });

  it('is found whatever the size of the outputs', () => {
    for (const t of [1e-4, 1e4, 1e7]) {
      const found = fitTemperature(
        'softmax',
        z.map((x) => t * x),
        labels,
        3,
      );
      expect(found / t).toBeGreaterThan(0.96);
      expect(found / t).toBeLessThan(1.04);
    }
  });

  it('has the closed form of two classes', () => {
    // Margin m on all images, a part q of them right: the slope is 0 at T = m / log(q / (1 - q)).
    const [m, q] = [3, 0.8];
    const n = 100;
    for (const [head, gap] of [
      ['softmax', m],
      // exp z, made to sum to 1, is the softmax of z.
      ['rbf', m],
    ] as const) {
      const outputs = Array.from({ length: 2 * n }, (_, i) => (i % 2 === 0 ? 0 : -gap));
      const called = Array.from({ length: n }, (_, i) => (i < q * n ? 0 : 1));
      const found = fitTemperature(head, outputs, called, 2);
      expect(found).toBeCloseTo(m / Math.log(q / (1 - q)), 3);
    }
  });

  it('is left alone where every image is called right, and large where outputs say nothing', () => {
    const outputs = [5, 0, 0, 5, 3, 1];
    expect(fitTemperature('softmax', outputs, [0, 1, 0], 2)).toBe(1);
    expect(fitTemperature('softmax', outputs, [1, 0, 1], 2)).toBeGreaterThan(45);
    // A tie is no call.
    expect(fitTemperature('softmax', [1, 1, 4, 0], [0, 0], 2)).toBeLessThan(1);
  });

  it('refuses outputs that are no numbers, and labels that are no classes', () => {
    expect(() => fitTemperature('softmax', [1, Number.NaN], [0], 2)).toThrow(/image 0, class 1/);
    expect(() => fitTemperature('softmax', [1, Infinity], [0], 2)).toThrow(/not finite/);
    expect(() => fitTemperature('softmax', [1, 2], [2], 2)).toThrow(/label 0 is no class/);
  });

  it('refuses what does not belong together', () => {
    expect(() => fitTemperature('softmax', [1, 2, 3], [0], 2)).toThrow(/3 outputs, 1 labels/);
  });
});

describe('split conformal prediction', () => {
  it('takes the ceil((n + 1)(1 - alpha))-th smallest score', () => {
    const scores = [5, 1, 4, 2, 3, 9, 8, 7, 6];
    expect(conformalQuantile(scores, 0.1)).toBe(9);
    expect(conformalQuantile(scores, 0.5)).toBe(5);
    expect(conformalQuantile(scores, 0.05)).toBe(Infinity);
    expect(conformalPValue([1, 2, 2, 3], 2)).toBe(4 / 5);
    expect(conformalPValue([1, 2, 2, 3], 0)).toBe(1 / 5);
    expect(conformalPValue([1, 2, 2, 3], 9)).toBe(1);
    expect(conformalPValue([1, 2], Number.NaN)).toBe(1 / 3);
  });

  /** Five standard deviations of a binomial count of n. */
  const slack = (q: number, n: number) => 5 * Math.sqrt((q * (1 - q)) / n);

  it.each([0.05, 0.1, 0.3])('covers 1 - %f of new images, within binomial bounds', (alpha) => {
    // Probabilities that are wrong on purpose: coverage does not need them right.
    const sharpened = (set: ReturnType<typeof calibrated>) =>
      probabilitiesOf(
        'softmax',
        set.z.map((x) => 3 * x),
        4,
      );
    const [fit, fresh] = [calibrated(5000, 4, 11), calibrated(20_000, 4, 12)];
    const sets = fitConformal(sharpened(fit), fit.labels, 4, alpha, 'marginal');
    const p = sharpened(fresh);
    let covered = 0;
    fresh.labels.forEach((label, i) => {
      if (conformalSet(sets, p.subarray(4 * i, 4 * i + 4)).includes(label)) covered++;
    });
    const bound = slack(alpha, 20_000) + slack(alpha, 5000);
    expect(Math.abs(covered / 20_000 - (1 - alpha))).toBeLessThan(bound);
  });

  it('covers each class by itself where asked to; the marginal sets do not', () => {
    // The second class is hard: its probabilities are often wrong.
    const skewed = (seed: number) => {
      const random = new Random(seed);
      const labels = Int32Array.from({ length: 8000 }, (_, i) => i % 2);
      const p = new Float64Array(16_000);
      labels.forEach((label, i) => {
        const right = 1 / (1 + Math.exp(-(label === 0 ? 3 : 0.5) - random.normal()));
        p[2 * i + label] = right;
        p[2 * i + 1 - label] = 1 - right;
      });
      return { labels, p };
    };
    const [fit, fresh] = [skewed(21), skewed(22)];
    const coverage = (kind: 'marginal' | 'by-class') => {
      const sets = fitConformal(fit.p, fit.labels, 2, 0.1, kind);
      return [0, 1].map((c) => {
        let covered = 0;
        fresh.labels.forEach((label, i) => {
          if (label !== c) return;
          if (conformalSet(sets, fresh.p.subarray(2 * i, 2 * i + 2)).includes(c)) covered++;
        });
        return covered / 4000;
      });
    };
    const bound = 2 * slack(0.1, 4000);
    coverage('by-class').forEach((c) => expect(Math.abs(c - 0.9)).toBeLessThan(bound));
    expect(coverage('marginal')[1]).toBeLessThan(0.9 - bound);
  });

  it('p-values of new scores are below alpha as often as alpha says', () => {
    const random = new Random(31);
    const sorted = Array.from({ length: 4000 }, () => random.normal()).sort((a, b) => a - b);
    const fresh = Array.from({ length: 20_000 }, () => random.normal());
    const below = fresh.filter((s) => conformalPValue(sorted, s) < 0.02).length / 20_000;
    expect(Math.abs(below - 0.02)).toBeLessThan(slack(0.02, 20_000) + slack(0.02, 4000));
  });

  it('refuses levels and sizes that cannot be', () => {
    expect(() => fitConformal([0.5, 0.5], [0], 2, 1, 'marginal')).toThrow(/alpha 1/);
    expect(() => fitConformal([0.5], [0], 2, 0.1, 'marginal')).toThrow(/1 probabilities/);
    expect(() => fitConformal([0.5, Number.NaN], [0], 2, 0.1, 'marginal')).toThrow(/class 1/);
    expect(() => fitConformal([0.5, 0.5], [2], 2, 0.1, 'by-class')).toThrow(/label 0 is no class/);
    expect(() => conformalQuantile([1, Number.NaN, 2], 0.5)).toThrow(/score 1 of 3/);
    expect(() => conformalQuantile([1, 2], 0)).toThrow(/alpha 0/);
  });

  it('holds every class where images are too few for the level, and of a class never seen', () => {
    expect(conformalQuantile([], 0.1)).toBe(Infinity);
    const p = [0.9, 0.1, 0.8, 0.2, 0.7, 0.3];
    const few = fitConformal(p, [0, 0, 0], 2, 0.1, 'marginal');
    expect(conformalSet(few, [1, 0])).toEqual([0, 1]);
    const byClass = fitConformal(p, [0, 0, 0], 2, 0.5, 'by-class');
    expect(byClass.thresholds[0]).toBeCloseTo(0.2, 12);
    expect(conformalSet(byClass, [0.1, 0.9])).toEqual([1]);
    expect(byClass.thresholds[1]).toBe(Infinity);
  });

  it('covers at least 1 - alpha however small n and however many ties', () => {
    // Every labelling of n + 1 exchangeable images: the new one is each of them in turn.
    for (const scores of [
      [0.1, 0.4],
      [0.3, 0.3, 0.3],
      [0, 0, 0.5, 0.5, 0.5],
      [0, 0.2, 0.2, 1, 1, 1, 1],
    ]) {
      for (const alpha of [0.05, 0.2, 1 / 3, 0.5, 0.9]) {
        const covered = scores.filter((s, i) => {
          const others = scores.filter((_, j) => j !== i);
          return s <= conformalQuantile(others, alpha);
        }).length;
        expect(covered / scores.length).toBeGreaterThanOrEqual(1 - alpha - 1e-12);
      }
    }
  });
});
