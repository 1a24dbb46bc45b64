import { namedInstrument } from '@spectraloom/instrument';
import { parseSpinModel, prepare, type PreparedModel } from '@spectraloom/spinwave';
import { describe, expect, test } from 'vitest';
import { bruteForceTruePixel, plain } from './bruteForce.fixture.js';
import { correlation } from './compare.js';
import { createImager } from './imager.js';
import { pcsmoModel, squareFerromagnet } from './models.fixture.js';
import { Random } from './random/xoshiro.js';
import { parseImageSpec } from './spec/parse.js';
import type { ImageSpecInput } from './spec/schema.js';

const instrument = namedInstrument('maps');

/** The same model with its flatness hidden, so that the general path is taken. */
const hidden = (prepared: PreparedModel): PreparedModel => ({
  ...prepared,
  flatAxes: [false, false, false],
});

/** A ferromagnet on a simple tetragonal lattice with exchange along c. */
const tetragonal = squareFerromagnet
  .replace('name: square ferromagnet', 'name: tetragonal ferromagnet')
  .replace(
    '  - { name: J2, exchange: J, vector: [0, 1, 0] }',
    '  - { name: J2, exchange: J, vector: [0, 1, 0] }\n  - { name: Jc, exchange: "0.15*J", vector: [0, 0, 1] }',
  );

const spec = (more: ImageSpecInput = {}): ReturnType<typeof parseImageSpec> =>
  parseImageSpec({
    incident: [{ eiMeV: 50, chopperHz: 200 }],
    slices: { from: 0.06, to: 0.66, count: 10 },
    pixels: { h: { from: -0.5, to: 0.5, count: 21 }, k: { from: -0.4, to: 0.6, count: 20 } },
    axes: { h: [1, 0, 0], k: [0, 1, 0], beam: [0, 0, 1], left: [1, 0, 0] },
    mask: 'none',
    ...more,
  });

const mean = (x: Float32Array): number => x.reduce((a, b) => a + b, 0) / x.length;
const distance = (x: Float32Array, y: Float32Array): number =>
  x.reduce((t, v, i) => t + Math.abs(v - y[i]!), 0) / x.length / mean(y);

describe('models that disperse along the beam', () => {
  test('the general path gives the images of the flat one', () => {
    const prepared = prepare(parseSpinModel(squareFerromagnet));
    const p = prepared.parameterVector({ K: -2 });
    const s = spec({ misorientationDeg: [0.2, 1.5, -0.4] });
    const flat = createImager({ prepared, instrument, spec: s }).simulate(p);
    const general = createImager({ prepared: hidden(prepared), instrument, spec: s }).simulate(p);
    expect(distance(general, flat)).toBeLessThan(0.005);
    expect(mean(general) / mean(flat)).toBeCloseTo(1, 3);
  });

  test('the general path on PCSMO, twins and all', () => {
    const prepared = pcsmoModel('goodenough');
    const p = prepared.parameterVector();
    const s = parseImageSpec({
      incident: [{ eiMeV: 70, chopperHz: 250 }],
      pixels: { h: { from: -0.5, to: 0, count: 10 }, k: { from: 0, to: 0.5, count: 10 } },
      mask: 'none',
    });
    const flat = createImager({ prepared, instrument, spec: s }).simulate(p);
    const general = createImager({ prepared: hidden(prepared), instrument, spec: s }).simulate(p);
    expect(distance(general, flat)).toBeLessThan(0.02);
    expect(correlation(general, flat)).toBeGreaterThan(0.999);
  });

  test('against plain Monte Carlo of the true distributions at the true Q', () => {
    const prepared = prepare(parseSpinModel(tetragonal));
    const p = prepared.parameterVector({ K: -2 });
    // An intrinsic width that a point of the slice can see.
    const s = spec({ resolution: 'monteCarlo', intrinsicFwhmMeV: 1 });
    const imager = createImager({ prepared, instrument, spec: s });
    const image = imager.simulate(p);
    const random = new Random(31);
    const average = mean(image);
    let checked = 0;
    while (checked < 12) {
      const pixel = {
        block: 0,
        slice: Math.floor(10 * random.uniform()),
        i: Math.floor(21 * random.uniform()),
        j: Math.floor(20 * random.uniform()),
      };
      const value = image[imager.layout.index(0, pixel.slice, pixel.i, pixel.j)]!;
      if (value < average) continue;
      const brute = bruteForceTruePixel(
        prepared,
        instrument,
        s,
        p,
        pixel,
        8000,
        plain(random),
        'point',
      );
      const allowed = 4 * brute.standardError + 0.03 * average;
      expect(Math.abs(value - brute.mean)).toBeLessThan(allowed);
      checked++;
    }
  });

  test('the dispersion along the beam shows: images of the two models differ', () => {
    const flat = prepare(parseSpinModel(squareFerromagnet));
    const full = prepare(parseSpinModel(tetragonal));
    const a = createImager({ prepared: flat, instrument, spec: spec() });
    const b = createImager({ prepared: full, instrument, spec: spec() });
    expect(
      correlation(a.simulate(flat.parameterVector()), b.simulate(full.parameterVector())),
    ).toBeLessThan(0.97);
  });

  test('the published twin defect is refused', () => {
    const prepared = prepare(parseSpinModel(tetragonal));
    expect(() =>
      createImager({ prepared, instrument, spec: spec({ twins: 'published' }) }),
    ).toThrow(/published/);
  });
});
