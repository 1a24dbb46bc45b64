import { tableIndex } from '../colour/maps.js';
import type { ColourScale } from '../colour/scale.js';
import type { Paint } from './pixels.js';

/**
 * A map of another size brought to an image's by bilinear interpolation; both cover the same area,
 * and values sit at pixel centres (so the outermost half pixel repeats the edge).
 * @param map `[shape[0], shape[1]]` row-major
 * @returns `[rows, cols]` row-major
 */
export function resampleBilinear(
  map: Float32Array,
  shape: readonly [number, number],
  rows: number,
  cols: number,
): Float32Array {
  const [mapRows, mapCols] = shape;
  const out = new Float32Array(rows * cols);
  const clamp = (v: number, top: number) => Math.min(Math.max(v, 0), top);
  for (let y = 0; y < rows; y++) {
    const v = clamp(((y + 0.5) * mapRows) / rows - 0.5, mapRows - 1);
    const y0 = Math.floor(v);
    const y1 = Math.min(y0 + 1, mapRows - 1);
    for (let x = 0; x < cols; x++) {
      const u = clamp(((x + 0.5) * mapCols) / cols - 0.5, mapCols - 1);
      const x0 = Math.floor(u);
      const x1 = Math.min(x0 + 1, mapCols - 1);
      const top = map[y0 * mapCols + x0] * (1 - (u - x0)) + map[y0 * mapCols + x1] * (u - x0);
      const low = map[y1 * mapCols + x0] * (1 - (u - x0)) + map[y1 * mapCols + x1] * (u - x0);
      out[y * cols + x] = top * (1 - (v - y0)) + low * (v - y0);
    }
  }
  return out;
}

/** How dark the strongest intensity makes a tint. */
const DARKEST = 0.85;

/**
 * Paints an image in two ways at once: the tint of a pixel is `tint`'s value (where the network
 * looked), its darkness is `shade`'s (the measured intensity).
 */
export function paintOverlay(
  shade: Float32Array,
  shadeScale: ColourScale,
  tint: Float32Array,
  tintScale: ColourScale,
): Paint {
  const { table } = tintScale;
  return (index, rgb) => {
    const at = tableIndex(tintScale.position(tint[index])) * 3;
    const light = 1 - DARKEST * shadeScale.position(shade[index]);
    for (let c = 0; c < 3; c++) rgb[c] = Math.round(table[at + c] * light);
  };
}
