import { describe, expect, it } from 'vitest';
import { colourAt, colourMapNames, colourTable, relativeLuminance, textColourOn } from './maps.js';
import { colourScale, differenceScale, intensityScale } from './scale.js';

const luminances = (name: (typeof colourMapNames)[number]) => {
  const table = colourTable(name);
  return Array.from({ length: 256 }, (_, i) =>
    relativeLuminance(table[3 * i], table[3 * i + 1], table[3 * i + 2]),
  );
};
const rising = (values: number[], slack = 2e-3) =>
  values.every((v, i) => i === 0 || v > values[i - 1] - slack);

describe('colour maps', () => {
  it.each(['viridis', 'magma', 'inferno', 'cividis'] as const)(
    '%s grows in luminance all the way',
    (name) => {
      const values = luminances(name);
      expect(rising(values)).toBe(true);
      expect(values[255] - values[0]).toBeGreaterThan(0.5);
    },
  );

  it.each(['grey', 'activation'] as const)('%s darkens all the way', (name) => {
    expect(rising(luminances(name).reverse())).toBe(true);
  });

  it.each(['difference', 'evidence'] as const)(
    '%s is lightest at zero and falls to both sides',
    (name) => {
      const values = luminances(name);
      // Rounding off at the top of the ridge costs a little lightness there.
      expect(rising(values.slice(0, 128), 0.01)).toBe(true);
      expect(rising(values.slice(128).reverse(), 0.01)).toBe(true);
      expect(values[127]).toBeGreaterThan(values[0] + 0.5);
    },
  );

  it('puts red and orange at the positive end', () => {
    for (const name of ['difference', 'evidence'] as const) {
      const table = colourTable(name);
      expect(table[3 * 230]).toBeGreaterThan(table[3 * 230 + 2]);
      expect(table[3 * 25]).toBeLessThan(table[3 * 25 + 2]);
    }
  });

  it('writes text that contrasts by 4.5 and more', () => {
    for (const name of colourMapNames) {
      luminances(name).forEach((luminance, i) => {
        const white = textColourOn(colourTable(name), i / 255) === '#ffffff';
        const contrast = white ? 1.05 / (luminance + 0.05) : (luminance + 0.05) / 0.05;
        expect(contrast).toBeGreaterThan(4.5);
      });
    }
    expect(colourAt(colourTable('viridis'), 0)).toBe('#440154');
    expect(colourAt(colourTable('viridis'), 7)).toBe('#fde725');
  });
});

describe('colour scales', () => {
  it('spreads square roots evenly', () => {
    const scale = colourScale({ low: 0, high: 16, kind: 'square-root', map: 'viridis' });
    for (const v of [0, 1, 4, 9, 16]) expect(scale.position(v)).toBeCloseTo(Math.sqrt(v) / 4, 12);
    expect(scale.position(-3)).toBe(0);
    expect(scale.position(99)).toBe(1);
  });

  it('leaves a power of ten out of the ticks of very small and very large values', () => {
    const scale = colourScale({ low: 0, high: 8e-6, map: 'viridis' });
    expect(scale.exponent).toBe(-6);
    for (const tick of scale.ticks(5)) {
      expect(Number(tick.text) * 1e-6).toBeCloseTo(tick.value, 15);
      expect(scale.position(tick.value)).toBeCloseTo(tick.position, 12);
    }
    expect(colourScale({ low: 0, high: 0.5, map: 'viridis' }).exponent).toBe(0);
  });

  it('looks at pixels that are not masked, and says when it clips', () => {
    const values = new Float32Array(1000).map((_, i) => i);
    const mask = new Uint8Array(1000);
    mask.fill(1, 500);
    const scale = intensityScale([{ values, mask }]);
    expect(scale.low).toBe(0);
    expect(scale.high).toBeCloseTo(0.995 * 499, 4);
    expect(scale.clippedHigh).toBe(true);
    expect(scale.clippedLow).toBe(false);
  });

  it('is symmetric about zero for differences', () => {
    const scale = differenceScale({ values: Float32Array.from([-3, 1, 2]) });
    expect(scale.low).toBe(-scale.high);
    expect(scale.position(0)).toBe(0.5);
  });

  it('has ticks even where all values are alike or all are masked', () => {
    for (const image of [
      { values: new Float32Array(9) },
      { values: new Float32Array(9).fill(2), mask: new Uint8Array(9).fill(1) },
    ]) {
      expect(intensityScale([image]).ticks(5).length).toBeGreaterThan(1);
      expect(differenceScale(image).ticks(5).length).toBeGreaterThan(1);
    }
  });
});
