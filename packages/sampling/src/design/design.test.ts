import { describe, expect, it } from 'vitest';
import { createDesign, designKinds } from './design.js';
import { directionNumbers, sobolDimensions, sobolInteger } from './sobol.js';

const points = (kind: (typeof designKinds)[number], n: number, dims: number, key = 1) => {
  const design = createDesign(kind, [key, 2], dims, n);
  return Array.from({ length: n }, (_, i) => {
    const out = new Float64Array(dims);
    design(i, out);
    return out;
  });
};

describe.each(designKinds)('%s', (kind) => {
  it('gives each point alone, in any order, the same', () => {
    const all = points(kind, 300, 5);
    const design = createDesign(kind, [1, 2], 5, 300);
    for (const i of [299, 0, 17, 299, 150]) {
      const out = new Float64Array(5);
      design(i, out);
      expect(out).toEqual(all[i]);
    }
  });

  it('depends on the key and stays inside the open cube', () => {
    const a = points(kind, 64, 7, 1);
    const b = points(kind, 64, 7, 2);
    expect(a).not.toEqual(b);
    for (const point of a) for (const u of point) expect(u > 0 && u < 1).toBe(true);
  });

  it('has uniform marginals and no correlation between coordinates', () => {
    const n = 4096;
    const dims = 6;
    const all = points(kind, n, dims);
    for (let d = 0; d < dims; d++) {
      const mean = all.reduce((s, p) => s + p[d]!, 0) / n;
      expect(Math.abs(mean - 0.5)).toBeLessThan(5 / Math.sqrt(12 * n));
      for (let e = 0; e < d; e++) {
        const c = all.reduce((s, p) => s + (p[d]! - 0.5) * (p[e]! - 0.5), 0) / n;
        expect(Math.abs(c * 12)).toBeLessThan(5 / Math.sqrt(n));
      }
    }
  });
});

describe('Sobol', () => {
  it("has the points of SciPy's unscrambled sequence (Joe and Kuo's numbers)", () => {
    // scipy.stats.qmc.Sobol(6, scramble=False, bits=30).random(8) * 2^30
    const first = [
      [0, 0, 0, 0, 0, 0],
      [536870912, 536870912, 536870912, 536870912, 536870912, 536870912],
      [805306368, 268435456, 268435456, 268435456, 805306368, 805306368],
      [268435456, 805306368, 805306368, 805306368, 268435456, 268435456],
      [402653184, 402653184, 671088640, 939524096, 402653184, 134217728],
      [939524096, 939524096, 134217728, 402653184, 939524096, 671088640],
      [671088640, 134217728, 939524096, 671088640, 671088640, 939524096],
      [134217728, 671088640, 402653184, 134217728, 134217728, 402653184],
    ];
    const directions = Array.from({ length: sobolDimensions }, (_, d) => directionNumbers(d));
    first.forEach((row, i) => {
      expect(row.map((_, d) => sobolInteger(directions[d]!, i) / 4)).toEqual(row);
    });
    // Point 1000 in all 64 dimensions: fast_forward(1000), random(1) * 2^30.
    const thousandth = [
      235929600, 103809024, 556793856, 726663168, 300941312, 974127104, 49283072, 965738496,
      537919488, 74448896, 91226112, 273678336, 173015040, 412090368, 154140672, 397410304,
      772800512, 370147328, 1064304640, 779091968, 560988160, 590348288, 1020264448, 579862528,
      625999872, 974127104, 42991616, 1051721728, 63963136, 365953024, 158334976, 156237824,
      317718528, 636485632, 860880896, 827326464, 911212544, 892338176, 330301440, 514850816,
      980418560, 273678336, 1030750208, 753926144, 902823936, 99614720, 936378368, 986710016,
      1072693248, 514850816, 378535936, 554696704, 808452096, 470810624, 135266304, 957349888,
      487587840, 84934656, 948961280, 613416960, 479199232, 646971392, 277872640, 479199232,
    ];
    expect(directions.map((v) => sobolInteger(v, 1000) / 4)).toEqual(thousandth);
  });

  it('stays a net when scrambled: one point in each elementary interval', () => {
    const m = 8;
    const all = points('sobol', 2 ** m, sobolDimensions);
    for (let d = 0; d < sobolDimensions; d++) {
      const cells = new Set(all.map((p) => Math.floor(p[d]! * 2 ** m)));
      expect(cells.size, `dimension ${d}`).toBe(2 ** m);
    }
    // The first two coordinates form a (0, m, 2)-net: every 2^-a x 2^-(m-a) box holds one point.
    for (let a = 0; a <= m; a++) {
      const boxes = new Set(
        all.map((p) => `${Math.floor(p[0]! * 2 ** a)} ${Math.floor(p[1]! * 2 ** (m - a))}`),
      );
      expect(boxes.size).toBe(2 ** m);
    }
  });

  it('integrates a smooth function far better than random points', () => {
    const f = (p: Float64Array) => p.reduce((s, u) => s * (1 + (u - 0.5) * 0.8), 1);
    const error = (kind: 'sobol' | 'random') => {
      let sum = 0;
      for (let key = 0; key < 20; key++) {
        const all = points(kind, 1024, 6, key);
        sum += (all.reduce((s, p) => s + f(p), 0) / 1024 - 1) ** 2;
      }
      return Math.sqrt(sum / 20);
    };
    expect(error('sobol')).toBeLessThan(error('random') / 10);
  });

  it('refuses more coordinates than it has', () => {
    expect(() => createDesign('sobol', [1, 2], 65, 1)).toThrow(/65 parameters.*at most 64.*latin/);
  });
});

describe('Latin hypercube', () => {
  it('puts one point in each interval of each coordinate, in every block', () => {
    const n = 97;
    const design = createDesign('latin-hypercube', [5, 6], 4, n);
    for (const block of [0, 1, 2]) {
      for (let d = 0; d < 4; d++) {
        const cells = new Set<number>();
        for (let i = 0; i < n; i++) {
          const out = new Float64Array(4);
          design(block * n + i, out);
          cells.add(Math.floor(out[d]! * n));
        }
        expect(cells.size).toBe(n);
      }
    }
  });
});
