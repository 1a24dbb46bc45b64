import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PlanError } from '../errors.js';
import { correlate } from './correlation.js';
import { normalCdf, normalQuantile } from './normal.js';
import { type PriorSpec, quantileOf } from './prior.js';

describe('the normal distribution', () => {
  it.each([
    [-37, 5.7255712225239266e-300],
    [-8, 6.22096057427174e-16],
    [-3.0001, 0.0013494549132607172],
    [-3, 0.0013498980316300933],
    [-1, 0.15865525393145707],
    [-0.1, 0.460172162722971],
    [0.5, 0.6914624612740131],
    [2, 0.9772498680518208],
    [5, 0.9999997133484281],
  ])('P(%f), against SciPy', (x, p) => {
    // exp(-x^2/2) has the rounding of its argument: x^2/2 half-ulps.
    expect(Math.abs(normalCdf(x) / p - 1)).toBeLessThan(1e-14 + x * x * 2 ** -52);
  });

  it.each([
    [1e-300, -37.0470962993612],
    [1e-20, -9.262340089798409],
    [1e-5, -4.264890793922825],
    [0.02425, -1.972961051311885],
    [0.3, -0.5244005127080409],
    [0.9, 1.2815515655446004],
    [0.999999, 4.753424308817087],
  ])('its quantile at %f, against SciPy', (p, x) => {
    expect(Math.abs(normalQuantile(p) / x - 1)).toBeLessThan(1e-13);
    expect(normalQuantile(0.5)).toBe(0);
  });

  it('is inverted by its quantile', () => {
    fc.assert(
      fc.property(fc.double({ min: -8, max: 5, noNaN: true }), (x) => {
        // In the upper tail P itself has only 1e-16 / phi(x) left of x.
        expect(Math.abs(normalQuantile(normalCdf(x)) - x)).toBeLessThan(1e-9);
      }),
    );
  });
});

const priors: PriorSpec[] = [
  { kind: 'uniform', min: -20, max: 0 },
  { kind: 'log-uniform', min: 0.01, max: 100 },
  { kind: 'normal', mean: 1.5, sd: 0.2 },
  { kind: 'normal', mean: 0, sd: 1, min: 0.5 },
  { kind: 'normal', mean: 0, sd: 1, min: 8, max: 9 },
  { kind: 'normal', mean: 0, sd: 1, max: -6 },
  { kind: 'normal', mean: -1, sd: 0.1, min: -1.2, max: 4 },
];

/** Distribution function of a prior, written down independently of its inverse. */
function cdf(prior: PriorSpec, x: number): number {
  switch (prior.kind) {
    case 'uniform':
      return (x - prior.min) / (prior.max - prior.min);
    case 'log-uniform':
      return Math.log(x / prior.min) / Math.log(prior.max / prior.min);
    case 'normal': {
      // Integrated with Simpson's rule from the lower bound, 40 sd at most.
      const density = (t: number) => Math.exp(-0.5 * ((t - prior.mean) / prior.sd) ** 2);
      const low = prior.min ?? prior.mean - 40 * prior.sd;
      const high = prior.max ?? prior.mean + 40 * prior.sd;
      const integral = (a: number, b: number) => {
        const n = 20_000;
        const h = (b - a) / n;
        let sum = density(a) + density(b);
        for (let i = 1; i < n; i++) sum += density(a + i * h) * (i % 2 ? 4 : 2);
        return (sum * h) / 3;
      };
      return integral(low, x) / integral(low, high);
    }
    default:
      throw new Error(prior.kind);
  }
}

describe('priors', () => {
  it.each(priors.map((p) => [JSON.stringify(p), p] as const))(
    '%s: cdf(quantile(u)) = u',
    (_n, prior) => {
      const quantile = quantileOf(prior, undefined, 'x');
      for (const u of [1e-6, 0.01, 0.25, 0.5, 0.8, 0.999]) {
        expect(cdf(prior, quantile(u))).toBeCloseTo(u, 6);
      }
    },
  );

  it('stays within bounds at the very ends', () => {
    for (const prior of priors) {
      const quantile = quantileOf(prior, undefined, 'x');
      for (const u of [Number.MIN_VALUE, 2 ** -53, 1 - 2 ** -53]) {
        const x = quantile(u);
        expect(Number.isFinite(x)).toBe(true);
        if ('min' in prior && prior.min !== undefined) expect(x).toBeGreaterThanOrEqual(prior.min);
        if ('max' in prior && prior.max !== undefined) expect(x).toBeLessThanOrEqual(prior.max);
      }
    }
  });

  it('grid gives each value equally, fixed its own value or the default', () => {
    const grid = quantileOf({ kind: 'grid', values: [3, 1, 2] }, undefined, 'x');
    expect([0.1, 0.34, 0.67, 0.999].map(grid)).toEqual([3, 1, 2, 2]);
    expect(quantileOf({ kind: 'fixed' }, 4, 'x')(0.3)).toBe(4);
    expect(quantileOf({ kind: 'fixed', value: 5 }, 4, 'x')(0.3)).toBe(5);
  });

  it.each<[PriorSpec, RegExp]>([
    [{ kind: 'uniform', min: 1, max: 0 }, /not in order.*model m.*min <= max/],
    [{ kind: 'uniform', min: Number.NaN, max: 0 }, /not in order/],
    [{ kind: 'log-uniform', min: 0, max: 1 }, /0 < min/],
    [{ kind: 'normal', mean: 0, sd: 0 }, /no width/],
    [{ kind: 'normal', mean: 0, sd: 1, min: 2, max: 1 }, /not in order/],
    [{ kind: 'normal', mean: 0, sd: 1, min: 50 }, /no probability/],
    [{ kind: 'fixed' }, /no value/],
  ])('refuses %j', (prior, message) => {
    expect(() => quantileOf(prior, undefined, 'model m')).toThrow(message);
    expect(() => quantileOf(prior, undefined, 'model m')).toThrow(PlanError);
  });
});

describe('correlation', () => {
  it('gives normal scores the correlation asked for, and leaves the marginals uniform', () => {
    const rho = -0.7;
    const map = correlate(
      {
        parameters: ['c', 'a'],
        matrix: [
          [1, rho],
          [rho, 1],
        ],
      },
      ['a', 'b', 'c'],
      'm',
    );
    // A lattice of 100 x 100 midpoints stands in for the uniform square.
    let sxy = 0;
    let mean = 0;
    const n = 100;
    const below = new Array<number>(4).fill(0);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const point = new Float64Array([(i + 0.5) / n, 0.123, (j + 0.5) / n]);
        map(point);
        expect(point[1]).toBe(0.123);
        sxy += normalQuantile(point[0]!) * normalQuantile(point[2]!);
        mean += point[0]!;
        below[Math.floor(point[0]! * 4)]!++;
      }
    }
    expect(sxy / n ** 2).toBeCloseTo(rho, 1);
    expect(mean / n ** 2).toBeCloseTo(0.5, 2);
    for (const count of below) expect(count / n ** 2).toBeCloseTo(0.25, 1);
  });

  it('refuses what is no correlation matrix', () => {
    const of = (parameters: string[], matrix: number[][]) => () =>
      correlate({ parameters, matrix }, ['a', 'b', 'c'], 'm');
    expect(
      of(
        ['a', 'x'],
        [
          [1, 0],
          [0, 1],
        ],
      ),
    ).toThrow(/no such parameter.*got: x/);
    expect(
      of(
        ['a', 'b'],
        [
          [1, 0.5],
          [0.4, 1],
        ],
      ),
    ).toThrow(/does not hold/);
    expect(
      of(
        ['a', 'b'],
        [
          [1, 1.2],
          [1.2, 1],
        ],
      ),
    ).toThrow(/not positive definite/);
    expect(
      of(
        ['a', 'a'],
        [
          [1, 0],
          [0, 1],
        ],
      ),
    ).toThrow(/each parameter once/);
  });
});
