import type { TiledImage } from '../data/types.js';

/** Measured minus scaled simulation, over the pixels that both have. */
export interface ScaledDifference {
  /** `measured - scale * simulated`; masked where either is. */
  readonly image: TiledImage;
  readonly scale: number;
  /** Root of the mean square of the difference, in the measured image's unit. */
  readonly rms: number;
  /** Pixels that both have. */
  readonly pixels: number;
}

/** Least-squares factor without offset, sum(m s) / sum(s s); 0 where the simulation is empty. */
function leastSquaresScale(measured: Float32Array, simulated: Float32Array, common: Uint8Array) {
  let ms = 0;
  let ss = 0;
  for (let i = 0; i < measured.length; i++) {
    if (!common[i]) continue;
    ms += measured[i] * simulated[i];
    ss += simulated[i] * simulated[i];
  }
  return ss > 0 ? ms / ss : 0;
}

/** The difference of two images of one layout; `scale` defaults to least squares without offset. */
export function scaledDifference(
  measured: TiledImage,
  simulated: TiledImage,
  scale?: number,
): ScaledDifference {
  const n = measured.values.length;
  const common = new Uint8Array(n);
  for (let i = 0; i < n; i++) {
    common[i] = measured.mask?.[i] === 1 || simulated.mask?.[i] === 1 ? 0 : 1;
  }
  const factor = scale ?? leastSquaresScale(measured.values, simulated.values, common);
  const values = new Float32Array(n);
  const mask = new Uint8Array(n);
  let squares = 0;
  let pixels = 0;
  for (let i = 0; i < n; i++) {
    if (!common[i]) {
      mask[i] = 1;
      continue;
    }
    values[i] = measured.values[i] - factor * simulated.values[i];
    squares += values[i] * values[i];
    pixels++;
  }
  return {
    image: { values, mask },
    scale: factor,
    rms: pixels > 0 ? Math.sqrt(squares / pixels) : 0,
    pixels,
  };
}
