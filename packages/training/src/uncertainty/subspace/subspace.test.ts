import { describe, expect, it } from 'vitest';
import type { Augmentation } from '../../batches/prepare.js';
import { memorySource } from '../../batches/memory.js';
import { Random } from '../../random.js';
import { fitGaussians, logDensities, squaredDistances } from '../gaussians.js';
import type { UncertaintyMethod } from '../method.js';
import { predictSource } from '../method.js';
import { calibrate, calibrationSchema, outsideVerdict, verdicts } from '../verdict.js';
import { dot, principalSubspace } from './basis.js';
import { FeatureReader } from './features.js';
import { fitSubspace } from './fit.js';
import { subspaceMethod } from './method.js';
import { subspaceSchema } from './model.js';

/** A mosaic of 2 x 3 tiles of 12 x 12 pixels: rings whose radii all hang on one number, as a dispersion does. */
const imageShape: [number, number] = [24, 36];
const tile: [number, number] = [12, 12];
const pixels = 24 * 36;
const mask = Uint8Array.from({ length: pixels }, (_, p) =>
  p % 12 < 2 && Math.floor(p / 36) % 12 < 4 ? 1 : 0,
);

function ring(p: number, radii: readonly number[]): number {
  const [r, c] = [Math.floor(p / 36), p % 36];
  const number = Math.floor(r / 12) * 3 + Math.floor(c / 12);
  const distance = Math.hypot((r % 12) - 5.5, (c % 12) - 5.5);
  return 1 + 10 * Math.exp(-(((distance - radii[number]!) / 1.2) ** 2));
}
/** Class 0: rings grow from tile to tile; class 1: they shrink. */
const radiiOf = (x: number, label: number): number[] =>
  Array.from({ length: 6 }, (_, t) => (label === 0 ? 1 + x + 0.7 * t : 6.5 - x - 0.7 * t));
const drawn = (radii: readonly number[]): Float32Array =>
  Float32Array.from({ length: pixels }, (_, p) => (mask[p] ? 0 : ring(p, radii)));

function made(
  n: number,
  seed: number,
  change: (image: Float32Array, random: Random) => void = () => undefined,
) {
  const random = new Random(seed);
  const images = new Float32Array(n * pixels);
  const labels = Int32Array.from({ length: n }, (_, i) => i % 2);
  labels.forEach((label, i) => {
    const image = drawn(radiiOf(random.uniform(0, 1.5), label));
    change(image, random);
    images.set(image, i * pixels);
  });
  return memorySource({ imageShape, images, labels });
}
const noise: Augmentation = (image, random) => {
  const level = random.logUniform(0.05, 1.5);
  const gain = random.logUniform(0.7, 1.4);
  for (let p = 0; p < pixels; p++)
    if (image[p] !== 0) image[p] = gain * image[p]! + level * random.normal();
};
/** Says 0.9 for class 0, whatever it is shown. */
const classifier: UncertaintyMethod = {
  name: 'fixed',
  scoreMeaning: 'none',
  classes: ['a', 'b'],
  head: 'softmax',
  imageShape,
  predict: (_, count) =>
    Promise.resolve({
      probabilities: Float64Array.from({ length: 2 * count }, (__, i) => (i % 2 ? 0.1 : 0.9)),
      inDistribution: new Float64Array(count),
    }),
};

const outsideBelow = 0.02;
const fitted = (async () => {
  const subspace = await fitSubspace({
    ...{ train: made(300, 1), validation: made(150, 2), tile, mask, augmentation: noise, seed: 3 },
  });
  const method = subspaceMethod(
    subspaceSchema.parse(JSON.parse(JSON.stringify(subspace))),
    classifier,
  );
  const output = await predictSource(method, made(400, 4), { augmentation: noise, seed: 5 });
  const calibration = calibrationSchema.parse(
    JSON.parse(JSON.stringify(calibrate(method, output, { outsideBelow }))),
  );
  return { subspace, method, calibration };
})();

async function refusedOf(source: ReturnType<typeof made>, augmentation?: Augmentation) {
  const { method, calibration } = await fitted;
  const output = await predictSource(method, source, {
    seed: 6,
    ...(augmentation ? { augmentation } : {}),
  });
  const said = verdicts(method, output, calibration);
  return {
    part: said.filter((v) => v.outside).length / said.length,
    said,
    because: (name: string) => said.filter((v) => v.outside && v.because === name).length,
  };
}

describe('the space that the training images span', () => {
  it('refuses as many images from inside as it says', async () => {
    const n = 600;
    const { part, said } = await refusedOf(made(n, 7), noise);
    // Binomial of the new images and of the 400 of calibration, four standard deviations.
    const sd = Math.sqrt(outsideBelow * (1 - outsideBelow) * (1 / n + 1 / 400));
    expect(part).toBeLessThan(outsideBelow + 4 * sd);
    expect(part).toBeGreaterThan(0);
    // p-values are uniform: a tenth of them lie below 0.1.
    const tenth = said.filter((v) => v.pValue < 0.1).length / n;
    expect(Math.abs(tenth - 0.1)).toBeLessThan(4 * Math.sqrt(0.09 * (1 / n + 1 / 400)));
  });

  it('finds tiles of another image of the same kind, each possible by itself', async () => {
    // The upper row of tiles from one number, the lower one from another.
    const stitched = made(100, 8, (image, random) => {
      const other = drawn(radiiOf(random.uniform(0, 1.5), 0));
      const own = drawn(radiiOf(random.uniform(0, 1.5), 1));
      image.set(own.subarray(0, pixels / 2));
      image.set(other.subarray(pixels / 2), pixels / 2);
    });
    const { part, because } = await refusedOf(stitched, noise);
    expect(part).toBeGreaterThan(0.95);
    expect(because('pattern') + because('remainder')).toBeGreaterThan(90);
    const shuffled = made(60, 9, (image) => {
      const copy = image.slice();
      for (let r = 0; r < 24; r++) {
        for (let t = 0; t < 3; t++) {
          const from = ((r + 12) % 24) * 36 + ((t + 1) % 3) * 12;
          image.set(copy.subarray(from, from + 12), r * 36 + t * 12);
        }
      }
    });
    expect((await refusedOf(shuffled, noise)).part).toBeGreaterThan(0.9);
  });

  it('names the scale of the intensities and values where there is no detector', async () => {
    const small = await refusedOf(
      made(20, 10, (image) => image.forEach((v, p) => (image[p] = v / 120))),
    );
    expect(small.part).toBe(1);
    expect(small.because('intensities')).toBe(20);
    const foreign = await refusedOf(
      made(20, 11, (image) => image.forEach((v, p) => (image[p] = v === 0 ? 1 : v))),
    );
    expect(foreign.part).toBe(1);
    expect(foreign.because('detectors')).toBe(20);
    const [one] = foreign.said;
    expect(one!.verdict).toBe(outsideVerdict);
    expect(one!.parts!.map((p) => p.name)).toEqual([
      'pattern',
      'remainder',
      'intensities',
      'detectors',
    ]);
    expect(one!.parts![3]!.pValue).toBeLessThan(outsideBelow);
    expect(one!.parts![0]!.pValue).toBeGreaterThan(outsideBelow);
    expect(one!.probabilities[0]).toBeGreaterThan(0.5);
  });

  it('is fitted on the training images alone, the scales on those of validation', async () => {
    const { subspace } = await fitted;
    const other = await fitSubspace({
      ...{
        train: made(300, 1),
        validation: made(150, 99),
        tile,
        mask,
        augmentation: noise,
        seed: 3,
      },
    });
    expect(other.directions).toBe(subspace.directions);
    expect(other.pattern).toEqual(subspace.pattern);
    expect(other.scales).not.toEqual(subspace.scales);
  });

  it('says when there are too few images, and refuses a damaged file', async () => {
    const { subspace } = await fitted;
    await expect(
      fitSubspace({ train: made(3, 1), validation: made(3, 2), tile }),
    ).rejects.toMatchObject({ code: 'CALIBRATION' });
    const parse = (change: object) => subspaceSchema.safeParse({ ...subspace, ...change }).success;
    expect(parse({})).toBe(true);
    expect(parse({ mean: subspace.mean.slice(8) })).toBe(false);
    expect(parse({ mask: 'AAAA' })).toBe(false);
    expect(parse({ width: subspace.width + 1 })).toBe(false);
    expect(parse({ tile: [5, 12] })).toBe(false);
  });
});

describe('its parts', () => {
  it('the directions of largest variance, up to a turn', () => {
    const random = new Random(12);
    const width = 30;
    const deviations = Array.from({ length: width }, (_, j) => (j < 3 ? 10 - j : 0.1));
    const rows = Float32Array.from(
      { length: 400 * width },
      (_, i) => deviations[i % width]! * random.normal(),
    );
    const basis = principalSubspace(rows, width, 3, 1);
    for (let a = 0; a < 3; a++) {
      for (let b = 0; b < 3; b++)
        expect(dot(basis[a]!, basis[b]!)).toBeCloseTo(a === b ? 1 : 0, 10);
      // All of each of the three axes lies in the space.
      expect(basis.reduce((sum, d) => sum + d[a]! ** 2, 0)).toBeCloseTo(1, 3);
    }
  });

  it('means over live pixels of the four mirror images', () => {
    const reader = new FeatureReader({ imageShape: [4, 8], tile: [4, 4] });
    expect(reader.width).toBe(2 * 2 * 2);
    const image = new Float32Array(32);
    // The first cell of tile 0 is its four corners; one of them has no detector.
    [0, 3, 24].forEach((p, i) => (image[p] = 3 * (i + 1)));
    const { pattern, intensities } = reader.read(image);
    const rms = Math.sqrt(6 ** 2 / 8);
    expect(pattern[0]).toBeCloseTo(Math.sqrt(6 / rms), 12);
    expect([...pattern.subarray(1)].every((x) => x === 0)).toBe(true);
    expect(intensities[0]).toBeCloseTo(Math.log(rms), 12);
    expect(intensities[1]).toBeCloseTo(Math.log(6 / 8 / rms), 12);
  });

  it('a pattern that lies a pixel off has no strays, another one has', () => {
    const only = Uint8Array.from({ length: 144 }, (_, p) => (Math.floor(p / 12) < 3 ? 1 : 0));
    const reader = new FeatureReader({ imageShape: [12, 12], tile: [12, 12], mask: only });
    const from = (first: number) =>
      Float32Array.from({ length: 144 }, (_, p) => (Math.floor(p / 12) < first ? 0 : 2));
    expect(reader.strays(from(3))).toBe(0);
    expect(reader.strays(from(2))).toBe(0);
    expect(reader.strays(from(1))).toBeCloseTo(1 / 2, 12);
    expect(reader.strays(from(0))).toBe(1);
  });

  it('squared distances are those of the density, and a ridge is what is added', () => {
    const g = { means: [[1, 2]], factors: [[2, 1, 3]], logShares: [0] };
    // L = [[2, 0], [1, 3]]; L y = (2, 7): y = (1, 2).
    expect(squaredDistances(g, [3, 9])[0]).toBeCloseTo(5, 12);
    expect(logDensities(g, [1, 2])[0]! - logDensities(g, [3, 9])[0]!).toBeCloseTo(2.5, 12);
    const flat = fitGaussians([0, 0, 2, 0, 4, 0], [0, 0, 0], 1, { ridge: 0.5 });
    // Variances 4 and 0, mean 2: a ridge of half of it adds 1 to each.
    expect(flat.factors[0]![0]).toBeCloseTo(Math.sqrt(5), 12);
    expect(flat.factors[0]![2]).toBeCloseTo(1, 12);
  });
});
