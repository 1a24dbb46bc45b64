import type { Preprocessing } from '@spectraloom/models';
import { resizeBilinear, resizeTiles } from './resize.js';

type Size = [number, number];

/**
 * Brings a map of the preprocessed image back to the image: what was averaged down is resized, what
 * was folded is mirrored open again, steps that change values only do nothing. `grid`: the map is
 * a mosaic of so many tiles that have nothing to do with each other.
 */
export function pullBack(
  preprocessing: Preprocessing,
  values: ArrayLike<number>,
  grid?: readonly [number, number],
): Float32Array {
  // Sizes before each step, from the image on.
  const sizes: Size[] = [[...preprocessing.imageShape]];
  for (const step of preprocessing.steps) {
    const [rows, cols] = sizes.at(-1)!;
    if (step.step === 'downsample') sizes.push([rows / step.rows, cols / step.cols]);
    else if (step.step === 'fold') sizes.push([rows / 2, cols / 2]);
    else sizes.push([rows, cols]);
  }
  let map: Float32Array = Float32Array.from(values);
  for (let i = preprocessing.steps.length - 1; i >= 0; i--) {
    const step = preprocessing.steps[i]!;
    const [from, to] = [sizes[i + 1]!, sizes[i]!];
    if (step.step === 'fold') map = unfold(map, to, [step.rows, step.cols]);
    else if (step.step === 'downsample') map = resize(map, from, to, grid);
  }
  return map;
}

/** Resizes a mosaic tile by tile, anything else as a whole. */
export function resize(
  values: ArrayLike<number>,
  from: Size,
  to: Size,
  grid?: readonly [number, number],
): Float32Array {
  return grid ? resizeTiles(values, from, to, grid) : resizeBilinear(values, from, to);
}

/** Repeats one tile over a grid of them. */
export function repeatTile(
  tile: Float32Array,
  [height, width]: Size,
  [gridRows, gridCols]: readonly [number, number],
): Float32Array {
  const cols = width * gridCols;
  const out = new Float32Array(tile.length * gridRows * gridCols);
  for (let r = 0; r < height * gridRows; r++) {
    const row = tile.subarray((r % height) * width, ((r % height) + 1) * width);
    for (let c = 0; c < gridCols; c++) out.set(row, r * cols + c * width);
  }
  return out;
}

/** The inverse of folding: each tile from its upper left quarter and its mirror images. */
function unfold(
  quarters: Float32Array,
  [rows, cols]: Size,
  [tileRows, tileCols]: Size,
): Float32Array {
  const out = new Float32Array(rows * cols);
  const folded = (at: number, tile: number) => {
    const inside = at % tile;
    return (Math.floor(at / tile) * tile) / 2 + Math.min(inside, tile - 1 - inside);
  };
  for (let r = 0; r < rows; r++) {
    const row = folded(r, tileRows) * (cols / 2);
    for (let c = 0; c < cols; c++) out[r * cols + c] = quarters[row + folded(c, tileCols)]!;
  }
  return out;
}
