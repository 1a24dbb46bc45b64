import { describe, expect, it } from 'vitest';
import { discrimination, PixelMoments } from '../physics/discrimination.js';
import { compareTiles, rankTiles } from './compare-tiles.js';
import { rankCorrelation, ranks } from './rank.js';

describe('ranks', () => {
  it('share the mean where values are equal', () => {
    expect([...ranks([10, 20, 20, 5])]).toEqual([2, 3.5, 3.5, 1]);
  });

  it('correlate as scipy 1.16 says (spearmanr, ties among them)', () => {
    const a = [1, 2, 3, 4, 5, 6, 7];
    expect(rankCorrelation(a, [2, 1, 4, 3, 7, 5, 6])).toBeCloseTo(1 - (6 * 10) / (7 * 48), 12);
    // scipy.stats.spearmanr([1,2,2,3,5], [3,1,1,4,9]).statistic
    expect(rankCorrelation([1, 2, 2, 3, 5], [3, 1, 1, 4, 9])).toBeCloseTo(0.6842105263157895, 12);
    expect(
      rankCorrelation(
        a,
        a.map((v) => -(v ** 3)),
      ),
    ).toBeCloseTo(-1, 12);
    expect(
      rankCorrelation(
        a,
        a.map(() => 4),
      ),
    ).toBeNaN();
    expect(() => rankCorrelation(a, [1])).toThrow(/same length/);
    expect(rankCorrelation([1, 2, NaN], [1, 2, 3])).toBeNaN();
    expect(rankCorrelation([1, 2, Infinity], [-Infinity, 2, 3])).toBe(1);
  });
});

it('tiles are named by Ei and energies, strongest first', () => {
  const tiles = [25, 35].flatMap((eiMeV) =>
    [0, 1].map((i) => ({ eiMeV, energyMeV: [eiMeV * (0.1 + i), eiMeV * (1.1 + i)] as const })),
  );
  const ranked = rankTiles([0.1, 0.5, NaN, 0.9], tiles);
  expect(ranked.map((t) => t.tile)).toEqual([3, 1, 0]);
  expect(ranked[0]).toMatchObject({ eiMeV: 35, value: 0.9 });
  expect(ranked[0]!.energyMeV[0]).toBeCloseTo(38.5, 12);
});

it('two maps agree, or look at other tiles', () => {
  const a = Array.from({ length: 20 }, (_, i) => i);
  expect(compareTiles(a, a)).toMatchObject({ rankCorrelation: 1, sameTop: true, sharedTopFive: 5 });
  const other = compareTiles(
    a,
    a.map((v) => -v),
  );
  expect(other).toMatchObject({ rankCorrelation: -1, sameTop: false, sharedTopFive: 0, tiles: 20 });
  expect(other.sharedByChance).toBe(1.25);
});

describe('discrimination', () => {
  it('is the closed form for given moments, and leaves masked pixels out', () => {
    const moments = new PixelMoments(4);
    // Class 0: means 1, 2, 3, 4, sample variance 2 (values m - 1, m + 1); class 1: shifted by 0, 1, 2, 3.
    for (const d of [-1, 1]) {
      moments.add(
        0,
        [1, 2, 3, 4].map((m) => m + d),
      );
      moments.add(
        1,
        [1, 3, 5, 7].map((m) => m + d),
      );
    }
    expect([...moments.variance(0)]).toEqual([2, 2, 2, 2]);
    const result = discrimination({
      moments,
      imageShape: [2, 2],
      tile: [1, 2],
      mask: Uint8Array.from([0, 0, 1, 0]),
      noiseVariance: (intensity) => intensity / 2,
    });
    expect(result.pixels[0]).toBe(0);
    expect(result.pixels[1]).toBeCloseTo(1 / (4 + 1.25), 6);
    expect(result.pixels[2]).toBe(0);
    expect(result.pixels[3]).toBeCloseTo(9 / (4 + 2.75), 6);
    expect(result.tiles[0]).toBeCloseTo(0.5 / 5.25, 6);
    expect(result.tiles[1]).toBeCloseTo(9 / 6.75, 6);
  });

  it('is infinite where nothing spreads and the means differ, 0 where they are the same', () => {
    const moments = new PixelMoments(2);
    for (const label of [0, 0, 1, 1] as const) moments.add(label, [3, label]);
    const result = discrimination({
      ...{ moments, imageShape: [1, 2], tile: [1, 1], mask: new Uint8Array(2) },
      noiseVariance: () => 0,
    });
    expect([...result.tiles]).toEqual([0, Infinity]);
    const places = [0, 1].map((i) => ({ eiMeV: 10 * i, energyMeV: [i, i + 1] as const }));
    expect(rankTiles(result.tiles, places).map((t) => t.tile)).toEqual([1, 0]);
  });

  it('refuses images, labels and masks that do not belong to it', () => {
    const moments = new PixelMoments(2);
    expect(() => moments.add(0, [1])).toThrow(/got: 1 pixels, label 0/);
    expect(() => moments.add(2 as 0, [1, 2])).toThrow(/label 2/);
    for (const label of [0, 0, 1, 1] as const) moments.add(label, [3, label]);
    expect(() =>
      discrimination({
        ...{ moments, imageShape: [1, 2], tile: [1, 1], mask: new Uint8Array(1) },
        noiseVariance: () => 0,
      }),
    ).toThrow(/mask has another size/);
  });

  it('needs two images a class', () => {
    const moments = new PixelMoments(1);
    moments.add(0, [1]);
    expect(() =>
      discrimination({
        ...{ moments, imageShape: [1, 1], tile: [1, 1], mask: new Uint8Array(1) },
        noiseVariance: () => 0,
      }),
    ).toThrow(/got: 1 and 0/);
  });
});
