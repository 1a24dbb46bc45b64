import { readFileSync } from 'node:fs';
import { namedInstrument } from '@spectraloom/instrument';
import { describe, expect, test } from 'vitest';
import { correlation, inTile, measurementCorrelation, mirrorK } from './compare.js';
import { createImager } from './imager.js';
import { pcsmoImage, pcsmoModel } from './models.fixture.js';
import { sharedFile } from './shared.fixture.js';
import { parseImageSpec } from './spec/parse.js';
import type { ImageSpecInput } from './spec/schema.js';

const measuredPath = sharedFile('data/pcsmo/measured.npy');
const publishedPath = sharedFile('data/pcsmo/published-simulation-goodenough.npy');

/** A (240, 400) float64 image of a NumPy v1 file, row-major. */
function image(path: string): Float64Array {
  const bytes = readFileSync(path);
  const length = bytes.readUInt16LE(8);
  const fortran = bytes.subarray(10, 10 + length).includes("'fortran_order': True");
  const out = new Float64Array(240 * 400);
  for (let i = 0; i < 240; i++) {
    for (let j = 0; j < 400; j++) {
      const index = fortran ? j * 240 + i : i * 400 + j;
      out[i * 400 + j] = bytes.readDoubleLE(10 + length + 8 * index);
    }
  }
  return out;
}

const simulate = (model: 'goodenough' | 'dimer', more: ImageSpecInput = {}) => {
  const prepared = pcsmoModel(model);
  const spec = parseImageSpec({ mask: 'none', ...more });
  const imager = createImager({ prepared, instrument: namedInstrument('maps'), spec });
  return { imager, values: imager.simulate(prepared.parameterVector()) };
};

describe('against the measurement', () => {
  test.skipIf(!measuredPath)('correlation of both models at their fits', () => {
    const goodenough = simulate('goodenough');
    const { layout } = goodenough.imager;
    const measured = mirrorK(image(measuredPath!), layout);
    const g = measurementCorrelation(goodenough.values, measured);
    const d = measurementCorrelation(simulate('dimer').values, measured);
    console.log(
      `correlation with the measurement: goodenough ${g.toFixed(4)}, dimer ${d.toFixed(4)}`,
    );
    expect(g).toBeGreaterThan(0.745);
    expect(d).toBeGreaterThan(0.743);
  });

  test.skipIf(!measuredPath)(
    'orientation: the computed mask lies on the zeros of the images',
    () => {
      const prepared = pcsmoModel('goodenough');
      const spec = pcsmoImage();
      const { mask, layout } = createImager({
        prepared,
        instrument: namedInstrument('maps'),
        spec,
      });
      const zeros = (x: ArrayLike<number>): number => {
        let inside = 0;
        let masked = 0;
        mask.forEach((m, i) => {
          if (!m) return;
          masked++;
          if (x[i] === 0) inside++;
        });
        return inside / masked;
      };
      const measured = image(measuredPath!);
      const mirrored = zeros(mirrorK(measured, layout));
      console.log(`masked pixels that are 0 in the mirrored measurement: ${mirrored.toFixed(4)}`);
      expect(mirrored).toBeGreaterThan(0.95);
      expect(zeros(measured)).toBeLessThan(mirrored - 0.03);
    },
  );

  test.skipIf(!publishedPath)('the published simulation with its defects switched on', () => {
    const published = image(publishedPath!);
    const { imager, values } = simulate('goodenough', { twins: 'published', formFactor: false });
    const tiles: number[] = [];
    for (const { block, slice, energyMeV } of imager.layout.tiles) {
      if (energyMeV[0] < 5.5) continue;
      const inside = inTile(imager.layout, block, slice);
      const c = correlation(values, published, (i) => inside(i) && published[i] !== 0);
      // Tiles where the published image is empty have none.
      if (Number.isFinite(c)) tiles.push(c);
    }
    const mean = tiles.reduce((a, b) => a + b, 0) / tiles.length;
    console.log(`mean tile correlation with the published simulation: ${mean.toFixed(4)}`);
    expect(tiles.length).toBeGreaterThan(45);
    expect(mean).toBeGreaterThan(0.74);
    const proper = simulate('goodenough').values;
    const better = correlation(values, published, (i) => published[i] !== 0);
    expect(correlation(proper, published, (i) => published[i] !== 0)).toBeLessThan(better);
  });
});
