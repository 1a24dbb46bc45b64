import { describe, expect, it } from 'vitest';
import { parsePreprocessing } from '@spectraloom/models';
import { pullBack, repeatTile } from './pull-back.js';
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

describe('pullBack', () => {
  it('is the way of an image through the preprocessing, backwards', () => {
    const preprocessing = parsePreprocessing({
      imageShape: [8, 16],
      steps: [
        { step: 'clip', min: 0, max: 100 },
        { step: 'fold', rows: 8, cols: 8 },
        { step: 'sqrt' },
        { step: 'downsample', rows: 2, cols: 2 },
      ],
    });
    // A map that is constant in each of two folded tiles stays constant in each tile.
    const flat = pullBack(preprocessing, [1, 1, 5, 5, 1, 1, 5, 5], [1, 2]);
    expect([...tileMeans(flat, [8, 16], [8, 8]).means]).toEqual([1, 5]);
    // The corner of a folded tile belongs to all four corners of the tile.
    const corner = pullBack(preprocessing, [1, 0, 0, 0, 0, 0, 0, 0], [1, 2]);
    for (const at of [0, 7, 7 * 16, 7 * 16 + 7]) expect(corner[at]).toBe(1);
    expect(corner[3 * 16 + 3]).toBeLessThan(0.1);
    expect(corner[8]).toBe(0);
  });

  it('repeats a tile over the grid', () => {
    const out = repeatTile(Float32Array.from([1, 2, 3, 4]), [2, 2], [2, 3]);
    expect([...out.subarray(0, 6)]).toEqual([1, 2, 1, 2, 1, 2]);
    expect([...out.subarray(18)]).toEqual([3, 4, 3, 4, 3, 4]);
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
