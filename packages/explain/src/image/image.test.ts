import { describe, expect, it } from 'vitest';
import { resizeBilinear, resizeTiles } from './resize.js';
import { tileMeans } from './tiles.js';

describe('resizeBilinear', () => {
  it('leaves an image of the same size as it is', () => {
    const image = Float32Array.from([1, 5, 2, 7, 3, 9]);
    expect(resizeBilinear(image, [2, 3], [2, 3])).toEqual(image);
  });

  it('continues a ramp inside and is constant at the edges', () => {
    const out = resizeBilinear([0, 1], [1, 2], [1, 4]);
    expect([...out]).toEqual([0, 0.25, 0.75, 1]);
  });

  it('reproduces any bilinear function away from the edges', () => {
    const f = (y: number, x: number) => 2 + 3 * y - x + 0.5 * x * y;
    const [rows, cols] = [5, 7];
    const small = Array.from({ length: 35 }, (_, i) =>
      f((Math.floor(i / cols) + 0.5) / rows, ((i % cols) + 0.5) / cols),
    );
    const large = resizeBilinear(small, [rows, cols], [40, 70]);
    for (let y = 4; y < 36; y++)
      for (let x = 5; x < 65; x++)
        expect(large[y * 70 + x]).toBeCloseTo(f((y + 0.5) / 40, (x + 0.5) / 70), 5);
  });

  it('of tiles lets nothing cross from one into another', () => {
    const out = resizeTiles([1, 5], [1, 2], [2, 6], [1, 2]);
    expect([...out]).toEqual([1, 1, 1, 5, 5, 5, 1, 1, 1, 5, 5, 5]);
  });
});

describe('tileMeans', () => {
  it('are the means of the blocks', () => {
    const { grid, means } = tileMeans([1, 2, 3, 4, 5, 6, 7, 8], [2, 4], [2, 2]);
    expect(grid).toEqual([1, 2]);
    expect([...means]).toEqual([3.5, 5.5]);
    expect(() => tileMeans([1, 2, 3], [1, 3], [1, 2])).toThrow(/do not divide/);
  });
});
