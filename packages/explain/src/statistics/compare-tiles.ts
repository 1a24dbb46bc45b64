import { rankCorrelation } from './rank.js';

/** Where one tile of a mosaic lies. */
export interface TileEnergy {
  readonly eiMeV: number;
  /** Energy transfer [from, to]. */
  readonly energyMeV: readonly [number, number];
}

/** A tile with its place in the experiment and what a map says of it. */
export interface RankedTile {
  readonly tile: number;
  readonly eiMeV: number;
  readonly energyMeV: readonly [number, number];
  readonly value: number;
}

/** Tiles by falling value, each as (Ei, energy range); ties keep the order of the mosaic. */
export function rankTiles(values: ArrayLike<number>, tiles: readonly TileEnergy[]): RankedTile[] {
  return tiles
    .map(({ eiMeV, energyMeV }, tile) => ({ tile, eiMeV, energyMeV, value: values[tile]! }))
    .filter(({ value }) => value !== undefined && !Number.isNaN(value))
    .sort((a, b) => b.value - a.value || a.tile - b.tile);
}

/** Two maps of the same tiles against each other. */
export interface TileAgreement {
  /** Spearman's, over tiles that both have a value for. */
  readonly rankCorrelation: number;
  readonly tiles: number;
  readonly sameTop: boolean;
  /** How many of the first five of one are among the first five of the other. */
  readonly sharedTopFive: number;
  /** What two random orders would share: 25 / tiles. */
  readonly sharedByChance: number;
}

/** Do two maps look at the same place? */
export function compareTiles(a: ArrayLike<number>, b: ArrayLike<number>): TileAgreement {
  const known = Array.from({ length: a.length }, (_, i) => i).filter(
    (i) => !Number.isNaN(a[i]) && !Number.isNaN(b[i]),
  );
  const x = known.map((i) => a[i]!);
  const y = known.map((i) => b[i]!);
  const top = (v: number[]) =>
    [...v.keys()].sort((i, j) => v[j]! - v[i]! || i - j).slice(0, Math.min(5, v.length));
  const [first, second] = [top(x), top(y)];
  return {
    rankCorrelation: known.length > 1 ? rankCorrelation(x, y) : NaN,
    tiles: known.length,
    sameTop: first[0] === second[0],
    sharedTopFive: first.filter((i) => second.includes(i)).length,
    sharedByChance: (first.length * second.length) / Math.max(1, known.length),
  };
}
