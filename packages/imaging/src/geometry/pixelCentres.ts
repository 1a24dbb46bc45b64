import type { ImageLayout } from '../spec/layout.js';
import { momentumOf, type ImageFrame } from './frame.js';
import { norm } from './linear.js';

/** Where the centre of each pixel lies, [rows * columns]. */
export interface PixelCentres {
  /** Incident energy and energy transfer. */
  readonly eiMeV: Float32Array;
  readonly energyMeV: Float32Array;
  /** |Q|, Å^-1; NaN where the kinematics do not close. */
  readonly qAngstromInv: Float32Array;
  /** Along the axes of the image, in units of them (r.l.u.). */
  readonly h: Float32Array;
  readonly k: Float32Array;
}

export function pixelCentres(layout: ImageLayout, frame: ImageFrame): PixelCentres {
  const n = layout.shape[0] * layout.shape[1];
  const make = (): Float32Array => new Float32Array(n);
  const out = { eiMeV: make(), energyMeV: make(), qAngstromInv: make(), h: make(), k: make() };
  for (const { block, slice, eiMeV, energyMeV } of layout.tiles) {
    const energy = (energyMeV[0] + energyMeV[1]) / 2;
    for (let i = 0; i < layout.h.count; i++) {
      for (let j = 0; j < layout.k.count; j++) {
        const at = layout.index(block, slice, i, j);
        const h = layout.h.low + (i + 0.5) * layout.h.width;
        const k = layout.k.low + (j + 0.5) * layout.k.width;
        const q = momentumOf(frame, eiMeV, h, k, energy);
        out.eiMeV[at] = eiMeV;
        out.energyMeV[at] = energy;
        out.qAngstromInv[at] = q ? norm(q) : Number.NaN;
        out.h[at] = h;
        out.k[at] = k;
      }
    }
  }
  return out;
}
