import { PlanError } from '../errors.js';
import { mix32, type PhiloxKey, philox4x32 } from './philox.js';

const rounds = 12;

/**
 * A keyed permutation of 0 .. count-1 that is computed, not stored: a Feistel network on the
 * smallest even number of bits that holds `count`, walked until it lands inside (Black and
 * Rogaway, CT-RSA 2002). Any position of the order can be had alone, in constant memory.
 * @param count 0 .. 2^32
 * @returns position -> element; throws ROW_OUT_OF_RANGE for a position that is none
 * @throws PlanError ROW_OUT_OF_RANGE for another count
 */
export function permutation(key: PhiloxKey, count: number): (position: number) => number {
  if (!Number.isSafeInteger(count) || count < 0 || count > 0x100000000) {
    throw new PlanError({
      code: 'ROW_OUT_OF_RANGE',
      what: 'A permutation of this many elements is not possible',
      got: String(count),
      expected: 'a whole number from 0 to 2^32',
    });
  }
  let half = 1;
  while (4 ** half < count) half++;
  const mask = 2 ** half - 1;
  const constants = new Uint32Array(rounds);
  const words = new Uint32Array(4);
  for (let r = 0; r < rounds; r++) {
    philox4x32(key, r, 0, 0, 0x9e2a, words);
    constants[r] = words[0]!;
  }
  return (position) => {
    if (!(position >= 0 && position < count)) {
      throw new PlanError({
        code: 'ROW_OUT_OF_RANGE',
        what: 'There is no such position in this order',
        got: String(position),
        expected: `0 <= position < ${count}`,
      });
    }
    let x = position;
    do {
      let left = Math.floor(x / (mask + 1));
      let right = x % (mask + 1);
      for (let r = 0; r < rounds; r++) {
        const mixed = (left ^ mix32(right ^ constants[r]!)) & mask;
        left = right;
        right = mixed;
      }
      x = left * (mask + 1) + right;
    } while (x >= count);
    return x;
  };
}
