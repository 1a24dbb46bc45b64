import type { ImageSpec } from './schema.js';

/** Bins of one axis: edges low + i * width, i = 0 .. count. */
export interface AxisBins {
  readonly low: number;
  readonly width: number;
  readonly count: number;
}

/** One tile: one Ei, one slice. */
export interface Tile {
  readonly block: number;
  readonly slice: number;
  readonly eiMeV: number;
  readonly chopperHz: number;
  readonly energyMeV: readonly [number, number];
}

/** Where everything lies in the assembled image. */
export interface ImageLayout {
  /** [rows, columns]. */
  readonly shape: readonly [number, number];
  readonly h: AxisBins;
  readonly k: AxisBins;
  readonly blocks: number;
  readonly slices: number;
  /** Row-major, [blocks, slices]. */
  readonly tiles: readonly Tile[];
  /** Index into the image of the pixel (block, slice, h bin ascending, k bin ascending). */
  index(block: number, slice: number, h: number, k: number): number;
}

function axisBins(b: { from: number; to: number; count: number }): AxisBins {
  const width = (b.to - b.from) / (b.count - 1);
  return { low: b.from - width / 2, width, count: b.count };
}

/**
 * Bins, tiles and shape of an image: blocks of one incident energy below each other, in each its energy slices
 * side by side, h upwards and k to the right.
 */
export function imageLayout(spec: ImageSpec): ImageLayout {
  const h = axisBins(spec.pixels.h);
  const k = axisBins(spec.pixels.k);
  const { from, to, count: slices } = spec.slices;
  const step = (to - from) / slices;
  const columns = slices * k.count;
  const tiles = spec.incident.flatMap(({ eiMeV, chopperHz }, block) =>
    Array.from({ length: slices }, (_, slice): Tile => {
      const low = eiMeV * (from + slice * step);
      const high = eiMeV * (from + (slice + 1) * step);
      return { block, slice, eiMeV, chopperHz, energyMeV: [low, high] };
    }),
  );
  return {
    shape: [spec.incident.length * h.count, columns],
    h,
    k,
    blocks: spec.incident.length,
    slices,
    tiles,
    index: (block, slice, i, j) =>
      (block * h.count + (h.count - 1 - i)) * columns + slice * k.count + j,
  };
}
