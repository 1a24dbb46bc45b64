import { encode } from 'fast-png';
import type { ColourScale } from '../colour/scale.js';
import { tableIndex } from '../colour/maps.js';
import type { TileLayout } from '../data/layout.js';
import type { TiledImage } from '../data/types.js';

/** Writes the colour of image pixel `index` to `rgb`; `rgb` is reused. */
export type Paint = (index: number, rgb: Uint8Array) => void;

/** Paints an image's values by a colour scale. */
export function paintValues(image: TiledImage, scale: ColourScale): Paint {
  const { table } = scale;
  return (index, rgb) => {
    const at = tableIndex(scale.position(image.values[index])) * 3;
    rgb[0] = table[at];
    rgb[1] = table[at + 1];
    rgb[2] = table[at + 2];
  };
}

/**
 * A PNG of the tiles with `gapPixels` between them. Gaps and masked pixels are transparent, so
 * that what lies beneath (the hatching) shows.
 * @param repeat copies of each pixel along both axes
 */
export function encodeTilePixels(
  layout: TileLayout,
  mask: Uint8Array | undefined,
  paint: Paint,
  gapPixels: number,
  repeat = 1,
): Uint8Array {
  const { tileRows, tileCols } = layout;
  const columns = layout.columns.length;
  const rows = layout.rows.length;
  const width = (columns * tileCols + (columns - 1) * gapPixels) * repeat;
  const height = (rows * tileRows + (rows - 1) * gapPixels) * repeat;
  const data = new Uint8Array(width * height * 4);
  const rgb = new Uint8Array(3);
  const imageWidth = columns * tileCols;
  for (let y = 0; y < rows * tileRows; y++) {
    const yOut = (y + Math.floor(y / tileRows) * gapPixels) * repeat;
    for (let x = 0; x < imageWidth; x++) {
      const index = y * imageWidth + x;
      if (mask?.[index] === 1) continue;
      const xOut = (x + Math.floor(x / tileCols) * gapPixels) * repeat;
      paint(index, rgb);
      for (let dy = 0; dy < repeat; dy++) {
        let out = ((yOut + dy) * width + xOut) * 4;
        for (let dx = 0; dx < repeat; dx++, out += 4) {
          data[out] = rgb[0];
          data[out + 1] = rgb[1];
          data[out + 2] = rgb[2];
          data[out + 3] = 255;
        }
      }
    }
  }
  return encode({ width, height, data, channels: 4, depth: 8 }, { zlib: { level: 6 } });
}

/** A PNG as a data URI. */
export function pngDataUri(png: Uint8Array): string {
  return `data:image/png;base64,${Buffer.from(png.buffer, png.byteOffset, png.byteLength).toString('base64')}`;
}
