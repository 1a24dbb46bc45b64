import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fitGaussians, logDensities } from '../uncertainty/gaussians.js';
import { classificationMetrics } from './classification.js';
import { auprc, auroc } from './ranking.js';

/** Made by fixtures/scikit-learn.py, which holds the command. */
interface Reference {
  classification: {
    probabilities: number[];
    labels: number[];
    classes: number;
    accuracy: number;
    nll: number;
    brier: number;
    brierBinary: number | null;
    confusion: number[][];
    precision: number[];
    recall: number[];
    f1: number[];
  }[];
  ranking: { scores: number[]; positive: number[]; auroc: number; auprc: number }[];
  gaussians: { features: number[]; labels: number[]; points: number[]; logDensity: number[] };
}

const file = new URL('../../fixtures/scikit-learn.json', import.meta.url);
const reference = JSON.parse(readFileSync(file, 'utf8')) as Reference;

describe('the numbers of scikit-learn', () => {
  it.each(reference.classification)('classification of $classes classes', (r) => {
    const metrics = classificationMetrics(r.probabilities, r.labels, r.classes);
    expect(metrics.accuracy).toBeCloseTo(r.accuracy, 12);
    expect(metrics.nll).toBeCloseTo(r.nll, 7);
    expect(metrics.brier).toBeCloseTo(r.brier, 7);
    if (r.brierBinary !== null) expect(metrics.brier).toBeCloseTo(r.brierBinary, 7);
    expect(metrics.confusion).toEqual(r.confusion);
    metrics.perClass.forEach((c, i) => {
      expect(c.precision).toBeCloseTo(r.precision[i]!, 12);
      expect(c.recall).toBeCloseTo(r.recall[i]!, 12);
      expect(c.f1).toBeCloseTo(r.f1[i]!, 12);
    });
  });

  it.each(reference.ranking)('ranking, ties included', (r) => {
    expect(auroc(r.scores, r.positive)).toBeCloseTo(r.auroc, 12);
    expect(auprc(r.scores, r.positive)).toBeCloseTo(r.auprc, 12);
  });

  it('density of a Gaussian a class, by SciPy', () => {
    const { features, labels, points, logDensity } = reference.gaussians;
    const ours = logDensities(fitGaussians(features, labels, 2), points);
    logDensity.forEach((x, i) => expect(ours[i]).toBeCloseTo(x, 9));
  });
});
