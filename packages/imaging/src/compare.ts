import { ImagingError } from './errors.js';
import type { ImageLayout } from './spec/layout.js';

/**
 * Pearson correlation of two images over the pixels that `select` chooses; NaN where one of them is
 * constant there.
 * @param a, b `[rows * columns]`
 * @throws ImagingError COMPARE for images of different sizes
 */
export function correlation(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  select: (pixel: number) => boolean = () => true,
): number {
  if (a.length !== b.length) {
    throw new ImagingError('COMPARE', {
      what: 'the images differ in size',
      got: `${a.length} and ${b.length} pixels`,
      expected: 'two images of one layout',
      next: 'simulate with the layout of the measurement',
    });
  }
  let n = 0;
  let sa = 0;
  let sb = 0;
  for (let i = 0; i < a.length; i++) {
    if (!select(i)) continue;
    n++;
    sa += a[i]!;
    sb += b[i]!;
  }
  const ma = sa / n;
  const mb = sb / n;
  let aa = 0;
  let bb = 0;
  let ab = 0;
  for (let i = 0; i < a.length; i++) {
    if (!select(i)) continue;
    const x = a[i]! - ma;
    const y = b[i]! - mb;
    aa += x * x;
    bb += y * y;
    ab += x * y;
  }
  return ab / Math.sqrt(aa * bb);
}

/**
 * Correlation with a measurement: over the pixels that are not 0 in it, its values clipped at
 * `clip`.
 * @param simulated, measured `[rows * columns]`, in units of the image
 * @throws ImagingError COMPARE for images of different sizes
 */
export function measurementCorrelation(
  simulated: ArrayLike<number>,
  measured: ArrayLike<number>,
  clip = 40,
): number {
  const clipped = Float64Array.from(measured, (v) => Math.min(v, clip));
  return correlation(simulated, clipped, (i) => measured[i] !== 0);
}

/** The image with k mirrored in every tile. */
export function mirrorK<T extends Float32Array | Float64Array | Uint8Array>(
  image: T,
  layout: ImageLayout,
): T {
  const out = image.slice() as T;
  for (const { block, slice } of layout.tiles) {
    for (let i = 0; i < layout.h.count; i++) {
      for (let j = 0; j < layout.k.count; j++) {
        out[layout.index(block, slice, i, j)] =
          image[layout.index(block, slice, i, layout.k.count - 1 - j)]!;
      }
    }
  }
  return out;
}

/** Pixels of one tile, as a predicate of the pixel index. */
export function inTile(layout: ImageLayout, block: number, slice: number): (i: number) => boolean {
  const columns = layout.shape[1];
  return (i) =>
    Math.floor(i / (columns * layout.h.count)) === block &&
    Math.floor((i % columns) / layout.k.count) === slice;
}
