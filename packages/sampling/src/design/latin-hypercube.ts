import { permutation } from '../random/permutation.js';
import { openUnit, type PhiloxKey, philox4x32 } from '../random/philox.js';
import type { Design } from './design.js';

/**
 * Latin hypercubes, one after the other: in each block of `blockSize` points every coordinate falls
 * once in every one of `blockSize` equal intervals, at a random place in it. Points that are
 * rejected later leave gaps; the next block fills evenly again.
 */
export function latinHypercube(key: PhiloxKey, dimensions: number, blockSize: number): Design {
  const words = new Uint32Array(4);
  let block = -1;
  let orders: ((i: number) => number)[] = [];
  return (index, out) => {
    const wanted = Math.floor(index / blockSize);
    if (wanted !== block) {
      orders = Array.from({ length: dimensions }, (_, d) => {
        philox4x32(key, wanted, d, 1, 0, words);
        return permutation([words[0]!, words[1]!], blockSize);
      });
      block = wanted;
    }
    for (let d = 0; d < dimensions; d++) {
      if (d % 2 === 0) philox4x32(key, index, d >>> 1, 0, 0, words);
      const at = (d % 2) * 2;
      const jitter = openUnit(words[at]!, words[at + 1]!);
      const u = (orders[d]!(index % blockSize) + jitter) / blockSize;
      out[d] = Math.min(1 - 2 ** -53, u);
    }
  };
}
