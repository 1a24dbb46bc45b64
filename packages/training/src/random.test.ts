import { describe, expect, it } from 'vitest';
import { Random } from './random.js';

describe('Random', () => {
  it('is the same for the same words and differs for others', () => {
    const draw = (...words: number[]) => {
      const random = new Random(...words);
      return Array.from({ length: 5 }, () => random.bits());
    };
    expect(draw(1, 2, 3)).toEqual(draw(1, 2, 3));
    const seen = new Set(
      [draw(1, 2, 3), draw(1, 3, 2), draw(1, 2), draw(2 ** 33), draw(0)].map(String),
    );
    expect(seen.size).toBe(5);
    // Stored once, so that a change of the generator, which would change every training, is seen.
    expect(draw(1, 2, 3)).toEqual([1565909603, 1002225476, 2727948814, 3027160229, 2746602931]);
  });

  it('has uniform and normal moments', () => {
    const random = new Random(7);
    const n = 200_000;
    const moments = (draw: () => number) => {
      let [m1, m2, m4] = [0, 0, 0];
      for (let i = 0; i < n; i++) {
        const x = draw();
        m1 += x / n;
        m2 += x ** 2 / n;
        m4 += x ** 4 / n;
      }
      return [m1, m2, m4] as const;
    };
    const [u1, u2] = moments(() => random.uniform());
    expect(u1).toBeCloseTo(1 / 2, 2);
    expect(u2).toBeCloseTo(1 / 3, 2);
    const [g1, g2, g4] = moments(() => random.normal());
    expect(g1).toBeCloseTo(0, 2);
    expect(g2).toBeCloseTo(1, 1.5);
    expect(Math.abs(g4 - 3)).toBeLessThan(0.1);
    const [l1] = moments(() => Math.log(random.logUniform(0.1, 10)));
    expect(Math.abs(l1)).toBeLessThan(0.02);
    const counts = Array<number>(6).fill(0);
    for (let i = 0; i < 60_000; i++) counts[random.below(6)]!++;
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });
});
