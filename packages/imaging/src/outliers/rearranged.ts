import { ImagingError } from '../errors.js';
import { Random } from '../random/xoshiro.js';
import type { ImageLayout } from '../spec/layout.js';

/** 0 .. n-1 in an order drawn from `random` (Fisher and Yates). */
function shuffledOrder(n: number, random: Random): number[] {
  const order = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(random.uniform() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

function copyTile(
  from: Float32Array,
  source: number,
  to: Float32Array,
  target: number,
  layout: ImageLayout,
): void {
  const [a, b] = [layout.tiles[source]!, layout.tiles[target]!];
  for (let i = 0; i < layout.h.count; i++) {
    for (let j = 0; j < layout.k.count; j++) {
      to[layout.index(b.block, b.slice, i, j)] = from[layout.index(a.block, a.slice, i, j)]!;
    }
  }
}

/**
 * The tiles of an image in an order drawn from the seed, each pixel as it was; then masked as the
 * image's places are. Every tile is one that was simulated, and none stands for its own energy.
 * @param image, mask `[rows * columns]`
 */
export function shuffledTiles(
  image: Float32Array,
  layout: ImageLayout,
  mask: Uint8Array,
  seed: number,
): Float32Array {
  const out = new Float32Array(image.length);
  shuffledOrder(layout.tiles.length, new Random(seed)).forEach((source, target) =>
    copyTile(image, source, out, target, layout),
  );
  return out.map((v, p) => (mask[p] ? 0 : v));
}

/**
 * One image of several: each Ei block from another of the images, drawn from the seed ("Franken":
 * every block a possible measurement, the whole of no material). With fewer images than blocks some
 * give more than one; two at least are used.
 * @param images `[rows * columns]` each, of one layout
 * @throws ImagingError OUTLIERS with fewer than two images
 */
export function stitchedBlocks(
  images: readonly Float32Array[],
  layout: ImageLayout,
  seed: number,
): Float32Array {
  if (images.length < 2) {
    throw new ImagingError('OUTLIERS', {
      what: 'there is nothing to stitch',
      got: `${images.length} image(s)`,
      expected: 'two or more',
      next: 'simulate more models at the same settings',
    });
  }
  const random = new Random(seed);
  const out = new Float32Array(images[0]!.length);
  let order: number[] = [];
  for (let block = 0; block < layout.blocks; block++) {
    if (order.length === 0) order = shuffledOrder(images.length, random);
    const image = images[order.pop()!]!;
    for (let slice = 0; slice < layout.slices; slice++) {
      const tile = block * layout.slices + slice;
      copyTile(image, tile, out, tile, layout);
    }
  }
  return out;
}
