import type { Network, Preprocessing } from '@spectraloom/models';
import { covered, type Cover, requireCover } from '../attribution/occlusion.js';
import { ExplainError } from '../errors.js';
import { scoresOfImages } from '../maps/forward.js';
import { targetOf } from '../maps/target.js';

export interface CurveOptions {
  network: Network;
  preprocessing: Preprocessing;
  /** One raw image [rows * cols]. */
  image: Float32Array;
  target: string | number;
  /** Importance of each tile, [gridRows, gridCols]: the highest goes first, NaN last. */
  tileValues: ArrayLike<number>;
  tile?: [number, number];
  cover?: Cover;
  /** Orders drawn at random to compare with; 8 if not given. */
  randomOrders?: number;
  seed?: number;
}

export interface Curve {
  /** Part of the tiles that were covered (deletion) or shown (insertion), from 0 to 1. */
  parts: number[];
  /** Explained score there. */
  scores: number[];
  /** Area under the score, scaled so that score 0 is the covered image and 1 the whole. */
  area: number;
  /** Mean of the same area over random orders, and their standard deviation. */
  randomArea: number;
  randomSpread: number;
}

export interface DeletionInsertion {
  /** Covered from the most important tile on: a good map makes the score fall fast (small area). */
  deletion: Curve;
  /** Shown from the most important tile on: it rises fast (large area). */
  insertion: Curve;
}

/**
 * Deletion and insertion curves (Petsiuk, Das and Saenko, BMVC 2018) by tile: does the score
 * follow what a map calls important? Compared with tiles in random orders.
 * Throws `TILE`, `TARGET`, `COVER`.
 */
export async function deletionInsertion(options: CurveOptions): Promise<DeletionInsertion> {
  const { network, preprocessing, image, tileValues, tile = [40, 40] } = options;
  const { cover = 'tile-mean', randomOrders = 8, seed = 0 } = options;
  const target = targetOf(network, options.target).index;
  const [rows, cols] = preprocessing.imageShape;
  const grid = [rows / tile[0], cols / tile[1]];
  const tiles = tileValues.length;
  if (grid[0]! * grid[1]! !== tiles) {
    throw new ExplainError({
      code: 'TILE',
      what: 'there is not one value for each tile',
      where: 'deletionInsertion',
      got: String(tiles),
      expected: `${grid.join(' x ')}`,
    });
  }
  requireCover('deletionInsertion', cover, rows * cols);
  const blank = Array.from({ length: tiles }).reduce<Float32Array>(
    (out, _, t) => covered(out, cols, tile, Math.floor(t / grid[1]!), t % grid[1]!, cover),
    image,
  );
  const along = async (order: readonly number[], from: Float32Array, to: Float32Array) => {
    const images = [from];
    for (const t of order) {
      const [row, col] = [Math.floor(t / grid[1]!), t % grid[1]!];
      images.push(covered(images.at(-1)!, cols, tile, row, col, { image: to }));
    }
    return [...(await scoresOfImages(network, preprocessing, images, target))];
  };
  // Tiles of which nothing is known go last, in their order.
  const valueOf = (t: number) =>
    Number.isNaN(tileValues[t]!) ? -Number.MAX_VALUE : tileValues[t]!;
  const falling = Array.from({ length: tiles }, (_, i) => i).sort(
    (a, b) => valueOf(b) - valueOf(a) || a - b,
  );
  const orders = Array.from({ length: randomOrders }, (_, i) => shuffled(tiles, seed + i));
  const curve = async (from: Float32Array, to: Float32Array): Promise<Curve> => {
    const scores = await along(falling, from, to);
    const [first, last] =
      from === image ? [scores.at(-1)!, scores[0]!] : [scores[0]!, scores.at(-1)!];
    const areaOf = (s: readonly number[]) => {
      let sum = 0;
      for (let i = 1; i < s.length; i++) sum += (s[i - 1]! + s[i]!) / 2;
      return last === first ? NaN : (sum / (s.length - 1) - first) / (last - first);
    };
    const random: number[] = [];
    for (const order of orders) random.push(areaOf(await along(order, from, to)));
    const mean = random.reduce((a, b) => a + b, 0) / random.length;
    const square = random.reduce((a, b) => a + (b - mean) ** 2, 0) / Math.max(1, random.length - 1);
    return {
      parts: scores.map((_, i) => i / tiles),
      scores,
      area: areaOf(scores),
      randomArea: mean,
      randomSpread: Math.sqrt(square),
    };
  };
  return { deletion: await curve(image, blank), insertion: await curve(blank, image) };
}

/** 0 .. n-1 in an order drawn from the seed (mulberry32, Fisher and Yates). */
function shuffled(n: number, seed: number): number[] {
  let state = (seed + 1) * 0x9e3779b9;
  const random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const out = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [out[i], out[j]] = [out[j]!, out[i]!];
  }
  return out;
}
