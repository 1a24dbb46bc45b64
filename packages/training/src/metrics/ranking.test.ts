import { describe, expect, it } from 'vitest';
import { Random } from '../random.js';
import { auprc, auroc, rejectionCurve } from './ranking.js';

describe('auroc, auprc', () => {
  it('closed forms: apart, reversed, all equal', () => {
    const positive = [1, 1, 0, 0, 0];
    expect(auroc([5, 4, 3, 2, 1], positive)).toBe(1);
    expect(auprc([5, 4, 3, 2, 1], positive)).toBe(1);
    expect(auroc([1, 2, 3, 4, 5], positive)).toBe(0);
    expect(auprc([1, 2, 3, 4, 5], positive)).toBeCloseTo(0.5 * (1 / 4) + 0.5 * (2 / 5), 12);
    expect(auroc([7, 7, 7, 7, 7], positive)).toBe(0.5);
    expect(auprc([7, 7, 7, 7, 7], positive)).toBeCloseTo(0.4, 12);
    expect(auroc([Infinity, 3, -Infinity, 1, 2], positive)).toBe(1);
  });

  it('is the part of pairs in order', () => {
    const random = new Random(3);
    const scores = Array.from({ length: 60 }, () => Math.round(4 * random.normal()) / 4);
    const positive = scores.map((s) => (s + random.normal() > 0.5 ? 1 : 0));
    let pairs = 0;
    let ordered = 0;
    scores.forEach((a, i) =>
      scores.forEach((b, j) => {
        if (positive[i] === 1 && positive[j] === 0) {
          pairs++;
          ordered += a > b ? 1 : a === b ? 0.5 : 0;
        }
      }),
    );
    expect(auroc(scores, positive)).toBeCloseTo(ordered / pairs, 12);
  });

  it('refuses one kind alone and scores that are no numbers', () => {
    expect(() => auroc([1, 2], [1, 1])).toThrow(/some positive, some negative/);
    expect(() => auprc([1, 2, 3], [1, 0])).toThrow(/2 labels/);
    expect(() => auroc([1, Number.NaN], [1, 0])).toThrow(/score 1 of 2/);
  });
});

describe('rejectionCurve', () => {
  it('refuses the lowest scores first', () => {
    const { curve, area } = rejectionCurve([4, 3, 2, 1], [1, 1, 0, 1], 4);
    expect(curve).toEqual([
      { coverage: 0.25, accuracy: 1 },
      { coverage: 0.5, accuracy: 1 },
      { coverage: 0.75, accuracy: 2 / 3 },
      { coverage: 1, accuracy: 0.75 },
    ]);
    expect(area).toBeCloseTo((1 + 1 + 2 / 3 + 0.75) / 4, 12);
  });

  it('is flat where all scores are equal, whatever the order', () => {
    const { curve, area } = rejectionCurve([1, 1, 1, 1], [0, 0, 1, 1]);
    expect(curve.map((p) => p.accuracy)).toEqual([0.5, 0.5, 0.5, 0.5]);
    expect(area).toBe(0.5);
  });

  it('ends for scores that are no numbers, for one image, and refuses curves without points', () => {
    expect(() => rejectionCurve([1, Number.NaN, 2], [1, 0, 1])).toThrow(/score 1 of 3/);
    expect(() => rejectionCurve([], [])).toThrow(/0 scores/);
    expect(() => rejectionCurve([1], [1], 0)).toThrow(/points; got: 0/);
    expect(rejectionCurve([3], [1])).toEqual({ curve: [{ coverage: 1, accuracy: 1 }], area: 1 });
    const ends = rejectionCurve([Infinity, Infinity, -Infinity], [1, 0, 0], 3);
    expect(ends.curve.map((p) => p.accuracy)).toEqual([0.5, 0.5, 1 / 3]);
  });
});
