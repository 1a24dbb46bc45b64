import { describe, expect, test } from 'vitest';
import { parseHkl, parsePath, pointsAlong } from './qpoints.js';

describe('parseHkl', () => {
  test('reads numbers and fractions', () => {
    expect(parseHkl('1/3,-0.5,2', '--q')).toEqual([1 / 3, -0.5, 2]);
  });
  test.each(['1,2', '1,2,3,4', '1,,2', 'a,b,c', '1/0,0,0', ''])('refuses %j', (text) => {
    expect(() => parseHkl(text, '--q')).toThrow(/wavevector/);
  });
});

describe('parsePath', () => {
  test('reads labels and corners', () => {
    expect(parsePath('G (0,0,0) X (1/2, 0, 0) (1,1,0)')).toEqual([
      { label: 'G', hkl: [0, 0, 0] },
      { label: 'X', hkl: [0.5, 0, 0] },
      { label: '(1,1,0)', hkl: [1, 1, 0] },
    ]);
  });
  test.each(['', 'G (0,0,0)', 'G (0,0,0) X', 'G (0,0,0) X (1,0)'])('refuses %j', (text) => {
    expect(() => parsePath(text)).toThrow();
  });
});

test('pointsAlong holds each corner once, evenly spaced between', () => {
  const { q, nodes } = pointsAlong(parsePath('G (0,0,0) X (1,0,0) M (1,1,0)'), 4);
  expect(q.length / 3).toBe(9);
  expect(nodes.map((n) => n.index)).toEqual([0, 4, 8]);
  expect([...q.slice(3, 6)]).toEqual([0.25, 0, 0]);
  expect([...q.slice(-3)]).toEqual([1, 1, 0]);
});
