import { PlanError } from '../errors.js';
import { mix32, type PhiloxKey, philox4x32 } from '../random/philox.js';
import type { Design } from './design.js';
import { joeKuo } from './sobol-table.js';

const bits = 32;

/** Most coordinates a Sobol design here can have. */
export const sobolDimensions = joeKuo.length + 1;

/**
 * Direction numbers of one coordinate, 32 bits: v_k = m_k 2^(32-k), with m_k from the recurrence
 * m_k = 2 a_1 m_(k-1) xor ... xor 2^s m_(k-s) xor m_(k-s) of its primitive polynomial.
 * @returns `[32]`
 */
export function directionNumbers(dimension: number): Uint32Array {
  const v = new Uint32Array(bits);
  if (dimension === 0) {
    for (let k = 0; k < bits; k++) v[k] = 2 ** (bits - 1 - k);
    return v;
  }
  const [polynomial, ...initial] = joeKuo[dimension - 1]!;
  const degree = initial.length;
  for (let k = 0; k < bits; k++) {
    if (k < degree) {
      v[k] = initial[k]! * 2 ** (bits - 1 - k);
      continue;
    }
    let value = v[k - degree]! ^ (v[k - degree]! >>> degree);
    for (let j = 1; j < degree; j++) {
      if ((polynomial! >>> (degree - j)) & 1) value ^= v[k - j]!;
    }
    v[k] = value;
  }
  return v;
}

/** Point `index` of the plain sequence (in Gray-code order), one coordinate, as 32 bits. */
export function sobolInteger(directions: Uint32Array, index: number): number {
  let gray = (index ^ (index >>> 1)) >>> 0;
  let x = 0;
  for (let k = 0; gray !== 0; k++, gray >>>= 1) if (gray & 1) x ^= directions[k]!;
  return x >>> 0;
}

/**
 * The first 2^m points of a Sobol sequence, for every m, with Owen's nested uniform scrambling: each
 * bit of a coordinate is flipped or not by a hash of the bits before it, so the net stays a net and
 * every point is uniform in the unit cube. Seeded by `key`.
 * @throws PlanError PLAN_INVALID for more coordinates than there are direction numbers
 */
export function sobol(key: PhiloxKey, dimensions: number): Design {
  if (dimensions > sobolDimensions) {
    throw new PlanError({
      code: 'PLAN_INVALID',
      what: 'A Sobol design has not that many coordinates',
      got: `${dimensions} parameters that vary`,
      expected: `at most ${sobolDimensions}`,
      next: "use the design 'latin-hypercube' or 'random'",
    });
  }
  const directions = Array.from({ length: dimensions }, (_, d) => directionNumbers(d));
  const words = new Uint32Array(4);
  // One constant a coordinate and depth: the tree of flips of that coordinate.
  const flips = directions.map((_, d) => {
    const constants = new Uint32Array(bits);
    for (let depth = 0; depth < bits; depth++) {
      if (depth % 4 === 0) philox4x32(key, d, depth >>> 2, 2, 0, words);
      constants[depth] = words[depth % 4]!;
    }
    return constants;
  });
  return (index, out) => {
    for (let d = 0; d < dimensions; d++) {
      out[d] = (scramble(sobolInteger(directions[d]!, index), flips[d]!) + 0.5) / 2 ** bits;
    }
  };
}

function scramble(x: number, constants: Uint32Array): number {
  let flipped = mix32(constants[0]!) & 1 ? 0x80000000 : 0;
  for (let depth = 1; depth < bits; depth++) {
    const before = x >>> (bits - depth);
    if (mix32(mix32(before + constants[depth]!) ^ constants[depth]!) & 1) {
      flipped |= 1 << (bits - 1 - depth);
    }
  }
  return (x ^ flipped) >>> 0;
}
