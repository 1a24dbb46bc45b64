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
    ['monteCarlo', trueOf, 700],
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

test('intensity below 5 meV survives: the brightest pixels there are those of exact spin waves', () => {
  const prepared = pcsmoModel('goodenough');
  const instrument = namedInstrument('maps');
  const whole = pcsmoImage();
  // Ei = 25 meV, the first slice alone: 2.5 to 4 meV.
  const spec = {
    ...whole,
    resolution: 'monteCarlo' as const,
    incident: whole.incident.slice(0, 1),
    slices: { from: 0.1, to: 0.16, count: 1 },
  };
  const p = prepared.parameterVector();
  const imager = createImager({ prepared, instrument, spec });
  const image = imager.simulate(p);
  const average = image.reduce((a, b) => a + b, 0) / image.length;
  const pixels: { value: number; i: number; j: number }[] = [];
  for (let i = 0; i < 40; i++) {
    for (let j = 0; j < 40; j++) {
      pixels.push({ value: image[imager.layout.index(0, 0, i, j)]!, i, j });
    }
  }
  pixels.sort((a, b) => b.value - a.value);
  const random = new Random(5);
  let fast = 0;
  let exact = 0;
  let variance = 0;
  for (const n of [0, 5, 10, 20, 40, 80]) {
    const { i, j, value } = pixels[n]!;
    const pixel = { block: 0, slice: 0, i, j };
    const brute = trueOf(prepared, instrument, spec, p, pixel, 1000, random);
    expect(value).toBeGreaterThan(3 * average);
    expect(Math.abs(value - brute.mean)).toBeLessThan(5 * brute.standardError + 0.03 * value);
    fast += value;
    exact += brute.mean;
    variance += brute.standardError ** 2;
  }
  // Interpolated eigenvectors lost a factor of 3 to 35 here.
  expect(Math.abs(fast / exact - 1)).toBeLessThan(4 * (Math.sqrt(variance) / exact) + 0.01);
});
