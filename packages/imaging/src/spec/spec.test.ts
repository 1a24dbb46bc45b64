import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { imageLayout } from './layout.js';
import { parseImageSpec } from './parse.js';

describe('image specification', () => {
  test("the pipeline's file says what the defaults say, and ki's measured direction", () => {
    const path = new URL('../../../../pipelines/pcsmo/pipeline.yaml', import.meta.url);
    const { image } = parse(readFileSync(path, 'utf8')) as { image: unknown };
    const spec = parseImageSpec(image, { source: 'pipeline.yaml' });
    expect(spec).toEqual({
      ...parseImageSpec(),
      chopperPackage: 'S',
      scale: 10,
      misorientationDeg: [0.225, -1.293, -0.357],
    });
  });

  test('every problem is listed with its path', () => {
    const bad = {
      incident: [{ eiMeV: -5, chopperHz: 300 }],
      slices: { from: 0.5, to: 0.2, count: 3 },
    };
    expect(() => parseImageSpec(bad)).toThrow(/incident\.0\.eiMeV.*slices/);
    expect(() => parseImageSpec('{ a: [ }')).toThrow(/YAML/);
    expect(() => parseImageSpec({ resolutoin: 'none' })).toThrow(/resolutoin/);
    expect(() => parseImageSpec({ slices: { from: 0.5, to: 1, count: 2 } })).toThrow(/slices\.to/);
  });

  test('assembly: Ei downwards, h from +1 down, k from -1 right, slices rightwards', () => {
    const layout = imageLayout(parseImageSpec());
    expect(layout.shape).toEqual([240, 400]);
    expect(layout.index(0, 0, 39, 0)).toBe(0);
    expect(layout.index(0, 0, 0, 0)).toBe(39 * 400);
    expect(layout.index(1, 0, 39, 0)).toBe(40 * 400);
    expect(layout.index(0, 1, 39, 1)).toBe(41);
    expect(layout.h.low + 0.5 * layout.h.width).toBeCloseTo(-1, 12);
    expect(layout.h.width).toBeCloseTo(2 / 39, 12);
    const tile = layout.tiles[13]!;
    expect([tile.block, tile.slice, tile.eiMeV]).toEqual([1, 3, 35]);
    expect(tile.energyMeV[0]).toBeCloseTo(0.28 * 35, 12);
    expect(tile.energyMeV[1]).toBeCloseTo(0.34 * 35, 12);
  });
});
