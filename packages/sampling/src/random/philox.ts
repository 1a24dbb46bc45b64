/**
 * Philox4x32-10, a counter-based generator (Salmon, Moraes, Dror, Shaw, "Parallel random numbers:
 * as easy as 1, 2, 3", SC11): four 32-bit words are a function of a 128-bit counter and a 64-bit
 * key, so that any number of a stream can be had without those before it.
 */

/** 64-bit key, low word first. */
export type PhiloxKey = readonly [number, number];

const m0 = 0xd2511f53;
const m1 = 0xcd9e8d57;
const weyl0 = 0x9e3779b9;
const weyl1 = 0xbb67ae85;

/** High 32 bits of the 64-bit product of two 32-bit words. */
function multiplyHigh(a: number, b: number): number {
  const al = a & 0xffff;
  const ah = a >>> 16;
  const bl = b & 0xffff;
  const bh = b >>> 16;
  const low = al * bl;
  const mid1 = ah * bl + (low >>> 16);
  const mid2 = al * bh + (mid1 & 0xffff);
  return (ah * bh + Math.floor(mid1 / 0x10000) + (mid2 >>> 16)) >>> 0;
}

/**
 * Writes the four words of counter (c0, c1, c2, c3) into `out`.
 * @param out `[4]`
 */
export function philox4x32(
  key: PhiloxKey,
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  out: Uint32Array,
): void {
  let k0 = key[0] >>> 0;
  let k1 = key[1] >>> 0;
  let x0 = c0 >>> 0;
  let x1 = c1 >>> 0;
  let x2 = c2 >>> 0;
  let x3 = c3 >>> 0;
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(m0, x0);
    const low0 = Math.imul(m0, x0);
    const high1 = multiplyHigh(m1, x2);
    const low1 = Math.imul(m1, x2);
    x0 = (high1 ^ x1 ^ k0) >>> 0;
    x1 = low1 >>> 0;
    x2 = (high0 ^ x3 ^ k1) >>> 0;
    x3 = low0 >>> 0;
    k0 = (k0 + weyl0) >>> 0;
    k1 = (k1 + weyl1) >>> 0;
  }
  out[0] = x0;
  out[1] = x1;
  out[2] = x2;
  out[3] = x3;
}

/** A number in the open interval (0, 1) from two 32-bit words: 52 bits and a half. */
export function openUnit(high: number, low: number): number {
  return ((high >>> 0) * 0x100000 + (low >>> 12) + 0.5) / 0x10000000000000;
}

/** A bijective mixing of 32 bits (multiply and xor-shift, constants of the `lowbias32` hash). */
export function mix32(x: number): number {
  let y = x ^ (x >>> 16);
  y = Math.imul(y, 0x7feb352d);
  y ^= y >>> 15;
  y = Math.imul(y, 0x846ca68b);
  return (y ^ (y >>> 16)) >>> 0;
}
