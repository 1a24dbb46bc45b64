import { namedInstrument } from '@spectraloom/instrument';
import { describe, expect, test } from 'vitest';
import {
  bruteForcePixel,
  bruteForceTruePixel,
  plain,
  type PixelAddress,
} from './bruteForce.fixture.js';
import { createImager } from './imager.js';
import { pcsmoImage, pcsmoModel } from './models.fixture.js';
import { Random } from './random/xoshiro.js';

const trueOf: typeof bruteForcePixel = (prepared, instrument, spec, p, pixel, samples, random) =>
  bruteForceTruePixel(prepared, instrument, spec, p, pixel, samples, plain(random));

describe('the fast image against plain Monte Carlo', () => {
  test.each([
    ['covariance', bruteForcePixel, 400],
    ['monteCarlo', trueOf, 1500],
  ] as const)(
    '%s: six pixels of PCSMO within their statistical error',
    (resolution, brute, samples) => {
      const prepared = pcsmoModel('goodenough');
      const instrument = namedInstrument('maps');
      const spec = { ...pcsmoImage(), resolution };
      const imager = createImager({ prepared, instrument, spec });
      const p = prepared.parameterVector();
      const image = imager.simulate(p);
      let average = 0;
      let live = 0;
      image.forEach((v, i) => {
        if (imager.mask[i]) return;
        average += v;
        live++;
      });
      average /= live;
      const random = new Random(21);
      for (let block = 0; block < 6;) {
        const pixel: PixelAddress = {
          block,
          slice: Math.floor(10 * random.uniform()),
          i: Math.floor(40 * random.uniform()),
          j: Math.floor(40 * random.uniform()),
        };
        const at = imager.layout.index(pixel.block, pixel.slice, pixel.i, pixel.j);
        if (imager.mask[at] || image[at]! < average) continue;
        block++;
        const reference = brute(prepared, instrument, spec, p, pixel, samples, random);
        // 1 % of the image's mean is what the grid and the normal approximation may cost.
        const allowed = 4 * reference.standardError + 0.03 * average;
        expect(Math.abs(image[at]! - reference.mean)).toBeLessThan(allowed);
      }
    },
  );
});
