import { openUnit, type PhiloxKey, philox4x32 } from '../random/philox.js';
import type { Design } from './design.js';

/** Independent uniform points: coordinates (2k, 2k+1) of point i are Philox at counter (i, k). */
export function randomDesign(key: PhiloxKey, dimensions: number): Design {
  const words = new Uint32Array(4);
  return (index, out) => {
    for (let d = 0; d < dimensions; d++) {
      if (d % 2 === 0) philox4x32(key, index, d >>> 1, 0, 0, words);
      const at = (d % 2) * 2;
      out[d] = openUnit(words[at]!, words[at + 1]!);
    }
  };
}
