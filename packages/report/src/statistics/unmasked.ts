import type { TiledImage } from '../data/types.js';

/** The values of an image that are not masked, sorted ascending. */
export function sortedUnmasked(image: TiledImage): Float32Array {
  const { values, mask } = image;
  const kept = mask ? values.filter((_, i) => mask[i] !== 1) : values.slice();
  return kept.sort();
}

/** Quantile of sorted values by linear interpolation between neighbours; 0 where there are none. */
export function quantile(sorted: Float32Array, q: number): number {
  if (sorted.length === 0) return 0;
  const at = q * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}
