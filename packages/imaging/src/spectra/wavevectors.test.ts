import { namedInstrument } from '@spectraloom/instrument';
import { parseSpinModel, prepare } from '@spectraloom/spinwave';
import { describe, expect, test } from 'vitest';
import { createImager } from '../imager.js';
import { pcsmoModel, squareFerromagnet } from '../models.fixture.js';
import { parseImageSpec } from '../spec/parse.js';
import type { ImageSpecInput } from '../spec/schema.js';
import { imageWavevectors } from './wavevectors.js';

/** Exchange along the beam: the general path. */
const tetragonal = squareFerromagnet.replace(
  '  - { name: J2, exchange: J, vector: [0, 1, 0] }',
  '  - { name: J2, exchange: J, vector: [0, 1, 0] }\n  - { name: Jc, exchange: "0.15*J", vector: [0, 0, 1] }',
);
const input: ImageSpecInput = {
  incident: [{ eiMeV: 50, chopperHz: 200 }],
  slices: { from: 0.06, to: 0.66, count: 4 },
  pixels: { h: { from: -0.5, to: 0.5, count: 8 }, k: { from: -0.4, to: 0.6, count: 8 } },
  axes: { h: [1, 0, 0], k: [0, 1, 0], beam: [0, 0, 1], left: [1, 0, 0] },
  mask: 'none',
};

describe.each([
  ['flat along the beam', () => prepare(parseSpinModel(squareFerromagnet)), input],
  ['dispersing along the beam', () => prepare(parseSpinModel(tetragonal)), input],
  ['PCSMO, with twins', () => pcsmoModel('dimer'), { ...input, axes: undefined }],
] as const)('%s', (_, model, given) => {
  const prepared = model();
  const p = prepared.parameterVector();
  const make = (more: ImageSpecInput = {}, name: 'maps' | 'merlin' = 'maps') =>
    createImager({
      prepared,
      instrument: namedInstrument(name),
      spec: parseImageSpec({ ...given, ...more } as ImageSpecInput),
    });
  const stored = make();

  test('spectra, then convolve, is simulate bit for bit', () => {
    const image = stored.simulate(p);
    expect(image.some((v) => v > 0)).toBe(true);
    expect(stored.convolve(stored.spectra(p))).toEqual(image);
  });

  test('the wavevectors are those of imageWavevectors, whatever the instrument and resolution', () => {
    const grid = imageWavevectors(prepared, parseImageSpec(given as ImageSpecInput));
    expect(stored.wavevectors).toEqual(grid);
    const modes = stored.spectra(p);
    for (const other of [
      make({ intrinsicFwhmMeV: 1 }),
      make({ mask: 'coverage', scale: 3 }),
      make({ incident: [{ eiMeV: 90, chopperHz: 250 }] }),
      make({}, 'merlin'),
    ]) {
      expect(other.wavevectors).toEqual(grid);
      // Spin waves stored for one instrument make the image of another.
      expect(other.convolve(modes)).toEqual(other.simulate(p));
    }
    expect(make({ pointsPerPixel: 1 }).wavevectors.length).toBeLessThan(grid.length);
  });

  test('modes of another grid are refused', () => {
    expect(() => make({ pointsPerPixel: 1 }).convolve(stored.spectra(p))).toThrow(
      /not those of this image.*wavevectors/,
    );
  });
});
