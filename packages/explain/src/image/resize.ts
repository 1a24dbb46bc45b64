/**
 * Bilinear resize of [rows, cols] to another size, pixel centres at half-integers (a pixel covers
 * the same part of the picture before and after), edges continued.
 */
export function resizeBilinear(
  values: ArrayLike<number>,
  [rows, cols]: readonly [number, number],
  [outRows, outCols]: readonly [number, number],
): Float32Array {
  const out = new Float32Array(outRows * outCols);
  const ys = Array.from({ length: outRows }, (_, y) => along(y, rows, outRows));
  const xs = Array.from({ length: outCols }, (_, x) => along(x, cols, outCols));
  ys.forEach(([y0, y1, fy], y) => {
    xs.forEach(([x0, x1, fx], x) => {
      const top = values[y0 * cols + x0]! * (1 - fx) + values[y0 * cols + x1]! * fx;
      const bottom = values[y1 * cols + x0]! * (1 - fx) + values[y1 * cols + x1]! * fx;
      out[y * outCols + x] = top * (1 - fy) + bottom * fy;
    });
  });
  return out;
}

/**
 * The same, tile by tile: no value crosses from one tile of a mosaic into another. `grid` tiles
 * along rows and columns must divide both sizes.
 */
export function resizeTiles(
  values: ArrayLike<number>,
  [rows, cols]: readonly [number, number],
  [outRows, outCols]: readonly [number, number],
  [gridRows, gridCols]: readonly [number, number],
): Float32Array {
  const [h, w] = [rows / gridRows, cols / gridCols];
  const [oh, ow] = [outRows / gridRows, outCols / gridCols];
  const out = new Float32Array(outRows * outCols);
  for (let r = 0; r < gridRows; r++) {
    for (let c = 0; c < gridCols; c++) {
      const tile = Float32Array.from({ length: h * w }, (_, i) => {
        const [y, x] = [Math.floor(i / w), i % w];
        return values[(r * h + y) * cols + c * w + x]!;
      });
      const large = resizeBilinear(tile, [h, w], [oh, ow]);
      for (let y = 0; y < oh; y++) {
        out.set(large.subarray(y * ow, (y + 1) * ow), (r * oh + y) * outCols + c * ow);
      }
    }
  }
  return out;
}

/** The two pixels a position lies between and the share of the second. */
function along(at: number, size: number, outSize: number): [number, number, number] {
  const position = Math.min(Math.max(((at + 0.5) * size) / outSize - 0.5, 0), size - 1);
  const low = Math.floor(position);
  return [low, Math.min(low + 1, size - 1), position - low];
}
