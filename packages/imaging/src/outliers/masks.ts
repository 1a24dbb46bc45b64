import { Random } from '../random/xoshiro.js';
import type { ImageLayout } from '../spec/layout.js';

/** Ways in which a mask can be wrong. */
export const wrongMaskKinds = [
  'none',
  'other-energies',
  'turned',
  'dead-banks',
  'beam-stop',
] as const;
/** In which way a mask is not the instrument's; see `wrongMask`. */
export type WrongMaskKind = (typeof wrongMaskKinds)[number];

/**
 * A mask that is not the instrument's, 1 = no detector: `none` at all; that of the other Ei (blocks
 * in reverse order); `turned` by a quarter (h and k exchanged); with banks of detectors `dead` that
 * are alive (bands along h in every tile, drawn from the seed); with a larger `beam-stop`.
 * The image it is for must be simulated without a mask.
 * @param mask `[rows * columns]`, as what is returned
 */
export function wrongMask(
  mask: Uint8Array,
  layout: ImageLayout,
  kind: WrongMaskKind,
  seed: number,
): Uint8Array {
  const { h, k, blocks } = layout;
  const random = new Random(seed);
  const bands = Array.from({ length: 3 }, () => ({
    at: Math.floor(random.uniform() * k.count),
    width: 2 + Math.floor(random.uniform() * 4),
  }));
  const radius = 0.2 + 0.25 * random.uniform();
  const out = new Uint8Array(mask.length);
  for (const { block, slice } of layout.tiles) {
    for (let i = 0; i < h.count; i++) {
      for (let j = 0; j < k.count; j++) {
        const at = layout.index(block, slice, i, j);
        const own = mask[at]!;
        switch (kind) {
          case 'none':
            out[at] = 0;
            break;
          case 'other-energies':
            out[at] = mask[layout.index(blocks - 1 - block, slice, i, j)]!;
            break;
          case 'turned': {
            const [a, b] = [
              Math.min(h.count - 1, Math.floor(((j + 0.5) * h.count) / k.count)),
              Math.min(k.count - 1, Math.floor(((i + 0.5) * k.count) / h.count)),
            ];
            out[at] = mask[layout.index(block, slice, a, b)]!;
            break;
          }
          case 'dead-banks':
            out[at] = own || bands.some(({ at: b, width }) => j >= b && j < b + width) ? 1 : 0;
            break;
          case 'beam-stop': {
            const [x, y] = [(2 * i + 1) / h.count - 1, (2 * j + 1) / k.count - 1];
            out[at] = own || Math.hypot(x, y) < radius ? 1 : 0;
            break;
          }
        }
      }
    }
  }
  return out;
}
