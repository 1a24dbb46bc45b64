import { describe, expect, it } from 'vitest';
import { hallGenerators } from './hallSymbol.js';
import { gemmiOperations } from './spaceGroup.fixture.js';
import { findSpaceGroup, spaceGroupOperations, spaceGroupSettings } from './spaceGroup.js';
import { closeGroup, compose, operationKey } from './symmetryOperation.js';
import type { SymmetryOperation } from './symmetryOperation.js';

/** CRC-32 (IEEE), as zlib. */
function crc32(text: string): number {
  let c = 0xffffffff;
  for (const byte of new TextEncoder().encode(text)) {
    c ^= byte;
    for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  }
  return (c ^ 0xffffffff) >>> 0;
}

const canonical = (op: SymmetryOperation) =>
  [...op.rotation.map((x) => x + 0), ...op.translation.map((t) => Math.round(t * 24) % 24)].join();

describe('space groups', () => {
  it('have the operations that gemmi works out, in all 564 settings', () => {
    expect(spaceGroupSettings()).toHaveLength(gemmiOperations.length);
    for (const [i, setting] of spaceGroupSettings().entries()) {
      const operations = closeGroup(hallGenerators(setting.hall)).map(canonical).sort();
      const [count, checksum] = gemmiOperations[i]!;
      expect(operations, setting.hall).toHaveLength(count);
      expect(crc32(operations.join(';')), setting.hall).toBe(checksum);
    }
  });

  it('are groups: closed under composition', () => {
    for (const number of [14, 62, 166, 194, 227]) {
      const operations = spaceGroupOperations(number);
      const keys = new Set(operations.map(operationKey));
      for (const a of operations)
        for (const b of operations) expect(keys.has(operationKey(compose(a, b)))).toBe(true);
    }
  });

  it('are found by number, symbol in any spelling, extension and Hall symbol', () => {
    expect(findSpaceGroup(62).symbol).toBe('P n m a');
    expect(findSpaceGroup('Pnma').number).toBe(62);
    expect(findSpaceGroup('P n m a').number).toBe(62);
    expect(findSpaceGroup('P21/c').symbol).toBe('P 1 21/c 1');
    expect(findSpaceGroup('P 2_1/c').symbol).toBe('P 1 21/c 1');
    expect(findSpaceGroup('P6_3/mmc').number).toBe(194);
    expect(findSpaceGroup('p 63/m m c').number).toBe(194);
    expect(findSpaceGroup('R-3m').extension).toBe('H');
    expect(findSpaceGroup('R-3m:R').extension).toBe('R');
    expect(findSpaceGroup('Fd-3m').extension).toBe('2');
    expect(findSpaceGroup('Fd3m:1').extension).toBe('1');
    expect(findSpaceGroup('-P 2ac 2n').number).toBe(62);
    expect(findSpaceGroup('227').number).toBe(227);
  });

  it('that do not exist are named, with what was near', () => {
    expect(() => findSpaceGroup(231)).toThrow(/1 to 230/);
    expect(() => findSpaceGroup('Pnmx')).toThrow(/did you mean 'Pnm/);
    expect(() => findSpaceGroup('R-3m:2')).toThrow(/':H', ':R'/);
  });
});
