import type { TileLayout } from '../data/layout.js';

/** Where everything of a tile figure lies, in figure pixels. */
export interface TileGeometry {
  /** Figure pixels an image pixel is wide and high. */
  readonly pixel: number;
  /** Space between tiles, in image pixels. */
  readonly gapPixels: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
  /** Left edge of a column of tiles. */
  readonly x: (column: number) => number;
  /** Top edge of a row of tiles. */
  readonly y: (row: number) => number;
  readonly gridWidth: number;
  readonly gridHeight: number;
  readonly left: number;
  readonly top: number;
  /** Left edge of the row labels, right of the grid. */
  readonly strip: number;
  /** Left edge of the colour bar. */
  readonly bar: number;
  readonly width: number;
  readonly height: number;
}

/** Margins of a tile figure, figure pixels. */
const LEFT = 40;
const TOP = 34;
const STRIP_WIDTH = 46;
/** Width of a character of a row's note, about. */
const NOTE_CHARACTER = 5.6;
const BAR_WIDTH = 62;
const BOTTOM = 46;

/** Width of a tile in figures that stand two abreast on the page, figure pixels. */
export function pairTileTarget(layout: TileLayout): number {
  return Math.min(160, Math.max(40, Math.floor(430 / layout.columns.length)));
}

/**
 * Lays a tile figure out: the vertical axis on the left, energy slices above, incident energies
 * on the right, the horizontal axis below, and the colour bar at the far right.
 * @param tileTarget width that a tile should have, figure pixels; image pixels stay whole
 */
export function tileGeometry(layout: TileLayout, tileTarget: number): TileGeometry {
  const largest = Math.max(layout.tileRows, layout.tileCols);
  const pixel = Math.max(1, Math.round(tileTarget / largest));
  const gapPixels = Math.max(1, Math.round(3 / pixel), Math.round(largest * 0.07));
  const tileWidth = layout.tileCols * pixel;
  const tileHeight = layout.tileRows * pixel;
  const gap = gapPixels * pixel;
  const columns = layout.columns.length;
  const rows = layout.rows.length;
  const gridWidth = columns * tileWidth + (columns - 1) * gap;
  const gridHeight = rows * tileHeight + (rows - 1) * gap;
  const strip = LEFT + gridWidth + 6;
  const longest = Math.max(...layout.rows.map((row) => row.note?.length ?? 0));
  const bar = strip + Math.max(STRIP_WIDTH, longest * NOTE_CHARACTER) + 6;
  return {
    pixel,
    gapPixels,
    tileWidth,
    tileHeight,
    x: (column) => LEFT + column * (tileWidth + gap),
    y: (row) => TOP + row * (tileHeight + gap),
    gridWidth,
    gridHeight,
    left: LEFT,
    top: TOP,
    strip,
    bar,
    width: bar + BAR_WIDTH,
    height: TOP + gridHeight + BOTTOM,
  };
}
