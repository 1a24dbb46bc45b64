import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { permutation } from './permutation.js';
import { openUnit, type PhiloxKey, philox4x32 } from './philox.js';

function words(key: PhiloxKey, c: readonly number[]): string[] {
  const out = new Uint32Array(4);
  philox4x32(key, c[0]!, c[1]!, c[2]!, c[3]!, out);
  return Array.from(out, (w) => w.toString(16).padStart(8, '0'));
}

describe('Philox4x32-10', () => {
  it("gives the authors' known answers", () => {
    const ones = 0xffffffff;
    expect(words([0, 0], [0, 0, 0, 0])).toEqual(['6627e8d5', 'e169c58d', 'bc57ac4c', '9b00dbd8']);
    expect(words([ones, ones], [ones, ones, ones, ones])).toEqual([
      '408f276d',
      '41c83b0e',
      'a20bc7c6',
      '6d5451fd',
    ]);
    expect(
      words([0xa4093822, 0x299f31d0], [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344]),
    ).toEqual(['d16cfe09', '94fdcceb', '5001e420', '24126ea1']);
  });

  it('agrees with 64-bit arithmetic for any counter and key', () => {
    const word = fc.integer({ min: 0, max: 0xffffffff });
    const low = (x: bigint) => x & 0xffffffffn;
    fc.assert(
      fc.property(word, word, word, word, word, word, (k0, k1, c0, c1, c2, c3) => {
        let [a, b, c, d] = [BigInt(c0), BigInt(c1), BigInt(c2), BigInt(c3)];
        let [x, y] = [BigInt(k0), BigInt(k1)];
        for (let round = 0; round < 10; round++) {
          const p = 0xd2511f53n * a;
          const q = 0xcd9e8d57n * c;
          [a, b, c, d] = [(q >> 32n) ^ b ^ x, low(q), (p >> 32n) ^ d ^ y, low(p)];
          [x, y] = [low(x + 0x9e3779b9n), low(y + 0xbb67ae85n)];
        }
        const expected = [a, b, c, d].map((w) => w.toString(16).padStart(8, '0'));
        expect(words([k0, k1], [c0, c1, c2, c3])).toEqual(expected);
      }),
    );
  });

  it('makes numbers strictly between 0 and 1', () => {
    expect(openUnit(0, 0)).toBeGreaterThan(0);
    expect(openUnit(0xffffffff, 0xffffffff)).toBeLessThan(1);
    expect(openUnit(0x80000000, 0)).toBeCloseTo(0.5, 15);
  });
});

describe('permutation', () => {
  it('holds every element once, for any count and key', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), fc.integer(), (count, k) => {
        const at = permutation([k >>> 0, 7], count);
        const seen = new Set(Array.from({ length: count }, (_, i) => at(i)));
        expect(seen.size).toBe(count);
        expect(Math.max(...seen)).toBe(count - 1);
      }),
      { numRuns: 200 },
    );
  });

  it('works at 2^32 elements and refuses positions outside', () => {
    const at = permutation([1, 2], 0x100000000);
    const seen = new Set(Array.from({ length: 1000 }, (_, i) => at(0xffffffff - i)));
    expect(seen.size).toBe(1000);
    expect(() => permutation([1, 2], 5)(5)).toThrow(/no such position.*got: 5/);
    expect(() => permutation([1, 2], 5)(-1)).toThrow(/no such position/);
    expect(() => permutation([1, 2], 1.5)).toThrow(/not possible/);
  });

  it('is uniform: all 24 orders of 4 elements are equally frequent over keys', () => {
    const counts = new Map<string, number>();
    const keys = 24_000;
    for (let k = 0; k < keys; k++) {
      const at = permutation([k, 99], 4);
      const order = [0, 1, 2, 3].map(at).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    let chiSquare = 0;
    for (const n of counts.values()) chiSquare += (n - keys / 24) ** 2 / (keys / 24);
    // 23 degrees of freedom: above 50 with probability 1e-3.
    expect(chiSquare).toBeLessThan(50);
  });

  it('leaves no memory of the position: neighbours land apart', () => {
    const count = 100_000;
    const at = permutation([3, 4], count);
    let sum = 0;
    for (let i = 0; i + 1 < count; i++) sum += Math.abs(at(i + 1) - at(i));
    // Mean distance of two independent uniform elements: count / 3.
    expect(sum / (count - 1) / count).toBeCloseTo(1 / 3, 2);
  });
});
