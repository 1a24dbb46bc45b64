import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inputDifferences, stageKey } from './key.js';
import type { Json } from './stage.js';

describe('stageKey', () => {
  test('changes with the stage, an input and an upstream key, and with nothing else', () => {
    const key = stageKey('images', { a: 1, b: 2 }, { plan: 'x' });
    expect(stageKey('images', { b: 2, a: 1 }, { plan: 'x' })).toBe(key);
    expect(stageKey('train', { a: 1, b: 2 }, { plan: 'x' })).not.toBe(key);
    expect(stageKey('images', { a: 1, b: 3 }, { plan: 'x' })).not.toBe(key);
    expect(stageKey('images', { a: 1, b: 2 }, { plan: 'y' })).not.toBe(key);
  });
});

describe('inputDifferences', () => {
  test('names the places that differ, with both values', () => {
    const before = { models: { dimer: { D: 1, J: [1, 2] } }, seed: 1 };
    const after = { models: { dimer: { D: 2, J: [1, 3] } }, seed: 1, extra: true };
    expect(inputDifferences(before, after)).toEqual([
      { path: 'extra', before: undefined, after: true },
      { path: 'models.dimer.D', before: 1, after: 2 },
      { path: 'models.dimer.J[1]', before: 2, after: 3 },
    ]);
  });
  test('is empty for equal values, whatever they are', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(inputDifferences(value as Json, structuredClone(value) as Json)).toEqual([]);
      }),
    );
  });
});
