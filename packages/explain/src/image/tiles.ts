import { ExplainError } from '../errors.js';

/** Means over the tiles of a mosaic. */
export interface TileMeans {
  /** Tiles along rows and columns. */
  grid: [number, number];
  /** [gridRows, gridCols], row-major. */
  means: Float64Array;
}

/**
 * Mean over each tile of rows x cols pixels, such as 40 x 40 of a 240 x 400 image: [6, 10] of them.
 * Throws `TILE` when the tiles do not divide the image.
 */
export function tileMeans(
  values: ArrayLike<number>,
  [rows, cols]: readonly [number, number],
  [tileRows, tileCols]: readonly [number, number],
): TileMeans {
  if (rows % tileRows !== 0 || cols % tileCols !== 0 || values.length !== rows * cols) {
    throw new ExplainError({
      code: 'TILE',
      what: 'the tiles do not divide the image',
      where: 'tileMeans',
      got: `tiles of ${tileRows} x ${tileCols}, ${values.length} pixels`,
      expected: `divisors of ${rows} x ${cols} = ${rows * cols}`,
    });
  }
  const grid: [number, number] = [rows / tileRows, cols / tileCols];
  const means = new Float64Array(grid[0] * grid[1]);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < cols; x++) {
      const tile = Math.floor(y / tileRows) * grid[1] + Math.floor(x / tileCols);
      means[tile]! += values[y * cols + x]!;
    }
  }
  const pixels = tileRows * tileCols;
  return { grid, means: means.map((sum) => sum / pixels) };
}
