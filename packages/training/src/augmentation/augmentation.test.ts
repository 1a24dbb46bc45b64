import { describe, expect, it } from 'vitest';
import { Random } from '../random.js';
import { augmentationFrom } from './apply.js';
import type { AugmentationInput } from './spec.js';

const imageShape: [number, number] = [80, 120];
const tile: [number, number] = [40, 40];
const pixels = 80 * 120;
const energiesMeV = [5, 10, 20, 40, 60, 80];

function run(steps: AugmentationInput['steps'], value = 4, seed = 1): Float32Array {
  const image = new Float32Array(pixels).fill(value);
  // The lower third of the columns has no detector.
  for (let i = 0; i < pixels; i++) if (i % 120 >= 100) image[i] = 0;
  augmentationFrom({ imageShape, tile, energiesMeV, steps })(image, new Random(seed));
  return image;
}

const live = (image: Float32Array) => image.filter((_, i) => i % 120 < 100);
const tileOf = (image: Float32Array, r: number, c: number) =>
  image.filter((_, i) => Math.floor(i / 120 / 40) === r && Math.floor((i % 120) / 40) === c);
const mean = (x: Float32Array) => x.reduce((s, v) => s + v, 0) / x.length;
const sd = (x: Float32Array) => Math.sqrt(x.reduce((s, v) => s + (v - mean(x)) ** 2, 0) / x.length);

const all: AugmentationInput['steps'] = [
  { step: 'gain', factor: [0.5, 2] },
  { step: 'damping', aboveMeV: [20, 40], factor: [0.3, 1] },
  { step: 'relative-gain', per: 'row', spread: 0.1 },
  { step: 'background', level: [0.1, 1] },
  { step: 'noise', constant: [0.1, 1], counting: [0.01, 0.1], spread: 0.2 },
  { step: 'spikes', part: 0.001, intensity: [10, 100] },
  { step: 'shift', pixels: 2 },
  { step: 'rotate', degrees: 3 },
  { step: 'mirror', rows: 0.5, cols: 0.5 },
  { step: 'drop-tiles', part: 0.1 },
  { step: 'dead-areas', count: 2, size: 5 },
];

describe('any augmentation', () => {
  it('is a function of the image and the random numbers', () => {
    expect(run(all, 4, 3)).toEqual(run(all, 4, 3));
    expect(run(all, 4, 3)).not.toEqual(run(all, 4, 4));
    expect(run([])).toEqual(run([], 4, 9));
  });

  it('gives no value to a pixel without a detector', () => {
    const steps = all.filter(({ step }) => step !== 'shift' && step !== 'mirror');
    for (let seed = 0; seed < 5; seed++) {
      const image = run(steps, 4, seed);
      expect(image.every((v, i) => i % 120 < 100 || v === 0)).toBe(true);
    }
  });
});

describe('each step', () => {
  it('gain is one factor within its range', () => {
    const image = live(run([{ step: 'gain', factor: [0.5, 2] }]));
    expect(sd(image)).toBeLessThan(1e-6);
    expect(image[0]).toBeGreaterThanOrEqual(2);
    expect(image[0]).toBeLessThanOrEqual(8);
    expect(image[0]).not.toBe(4);
  });

  it('damping leaves low energies and multiplies high ones', () => {
    const step = { step: 'damping' as const, aboveMeV: [30, 30] as [number, number] };
    const image = run([{ ...step, factor: [0.5, 0.5], widthMeV: 2 }]);
    expect(tileOf(image, 0, 0)[0]).toBeCloseTo(4, 5);
    expect(tileOf(image, 1, 0)[0]).toBeCloseTo(2, 5);
    expect(tileOf(image, 1, 1)[0]).toBeCloseTo(2, 5);
  });

  it('relative gains and backgrounds are constant in a tile or row and differ between', () => {
    const rows = run([{ step: 'relative-gain', per: 'row', spread: 0.3 }]);
    expect(tileOf(rows, 0, 0)[0]).toBe(tileOf(rows, 0, 1)[0]);
    expect(tileOf(rows, 0, 0)[0]).not.toBe(tileOf(rows, 1, 0)[0]);
    const tiles = run([{ step: 'background', level: [1, 1] }]);
    expect(sd(tileOf(tiles, 0, 0))).toBeLessThan(1e-6);
    expect(tileOf(tiles, 0, 0)[0]).not.toBe(tileOf(tiles, 0, 1)[0]);
  });

  it('steps follow one another: a gain after a background multiplies it too', () => {
    const background = { step: 'background' as const, level: [1, 1] as [number, number] };
    const gain = { step: 'gain' as const, factor: [3, 3] as [number, number] };
    const plain = run([background]);
    run([background, gain]).forEach((v, i) => expect(v).toBeCloseTo(3 * plain[i]!, 4));
  });

  it('noise has the variance it says, and no bias', () => {
    const noise = { step: 'noise' as const, counting: [0.5, 0.5] as [number, number] };
    const image = live(run([{ ...noise, constant: [1, 1] }], 8));
    expect(mean(image)).toBeCloseTo(8, 0);
    expect(sd(image) ** 2).toBeCloseTo(1 + 0.5 * 8, 0);
  });

  it('noise is added to what the steps before it have made of the image', () => {
    const noise = { step: 'noise' as const, constant: [1, 2], counting: [0.1, 0.5], spread: 0.3 };
    const gain = (by: number) => ({ step: 'gain' as const, factor: [by, by] });
    const at = (steps: unknown[], value: number) =>
      run(steps as AugmentationInput['steps'], value, 8);
    const together = at([gain(3), noise], 4);
    at([gain(1), noise], 12).forEach((x, i) => expect(together[i]).toBeCloseTo(x, 4));
    // A step after it finds no factor that has been applied already.
    at([gain(3), noise, gain(2)], 4).forEach((x, i) => expect(x).toBeCloseTo(2 * together[i]!, 4));
  });

  it('spikes are few and bright', () => {
    const image = run([{ step: 'spikes', part: 0.01, intensity: [50, 100] }]);
    const bright = image.filter((v) => v >= 50).length;
    expect(bright).toBeGreaterThan(40);
    expect(bright).toBeLessThanOrEqual(96);
  });

  it('shift and mirror move every tile alike and keep tiles apart', () => {
    const image = new Float32Array(pixels);
    for (let r = 0; r < 2; r++)
      for (let c = 0; c < 3; c++) image[(r * 40 + 10) * 120 + c * 40 + 15] = 1 + r * 3 + c;
    const moved = image.slice();
    const shift = augmentationFrom({ imageShape, tile, steps: [{ step: 'shift', pixels: 3 }] });
    shift(moved, new Random(5));
    const places = [...moved.keys()].filter((i) => moved[i] !== 0);
    expect(places.map((i) => moved[i])).toEqual([1, 2, 3, 4, 5, 6]);
    const offsets = new Set(places.map((i) => (Math.floor(i / 120) % 40) * 100 + (i % 40)));
    expect(offsets.size).toBe(1);
    const mirrored = image.slice();
    const steps = [{ step: 'mirror' as const, rows: 1, cols: 1 }];
    augmentationFrom({ imageShape, tile, steps })(mirrored, new Random(1));
    for (let r = 0; r < 2; r++)
      for (let c = 0; c < 3; c++)
        expect(mirrored[(r * 40 + 29) * 120 + c * 40 + 24]).toBe(1 + r * 3 + c);
  });

  it('rotate turns every tile about its middle, exactly for what is linear in the pixels', () => {
    const image = new Float32Array(pixels);
    const linear = (y: number, x: number) => 50 + 0.5 * y - 0.3 * x;
    for (let i = 0; i < pixels; i++) {
      image[i] = linear((Math.floor(i / 120) % 40) - 19.5, ((i % 120) % 40) - 19.5);
    }
    image[5 * 120 + 7] = 0; // no detector
    const steps: AugmentationInput['steps'] = [{ step: 'rotate', degrees: 8 }];
    augmentationFrom({ imageShape, tile, energiesMeV, steps })(image, new Random(6));
    const angle = (new Random(6).uniform(-8, 8) * Math.PI) / 180;
    expect(Math.abs(angle)).toBeGreaterThan(0.02);
    let turned = 0;
    image.forEach((value, i) => {
      if (value === 0) return;
      const y = (Math.floor(i / 120) % 40) - 19.5;
      const x = ((i % 120) % 40) - 19.5;
      const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
      expect(value).toBeCloseTo(linear(y * cos + x * sin, x * cos - y * sin), 3);
      turned++;
    });
    // Corners come from outside, and the pixel without a detector spoils its neighbours.
    expect(turned).toBeLessThan(pixels - 6 * 4);
    expect(turned).toBeGreaterThan(0.85 * pixels);
    const at = (r: number, c: number) => image[r * 120 + c];
    expect(at(60, 20)).toBeCloseTo(at(20, 20)!, 5);
  });

  it('dropped tiles and dead areas are 0', () => {
    expect(run([{ step: 'drop-tiles', part: 1 }]).every((v) => v === 0)).toBe(true);
    const image = run([{ step: 'dead-areas', count: 1, size: 5 }]);
    const zeros = tileOf(image, 0, 0).filter((v) => v === 0).length;
    expect(zeros).toBeGreaterThan(0);
    expect(zeros).toBeLessThanOrEqual(25);
  });
});

describe('bad input', () => {
  it('is named', () => {
    const make = (extra: object) => () =>
      augmentationFrom({ imageShape, tile, steps: [], ...extra });
    expect(make({ tile: [30, 40] })).toThrow(/30 x 40 does not divide 80 x 120/);
    expect(make({ energiesMeV: [1] })).toThrow(/1 energies for 2 x 3 tiles/);
    const damping = { step: 'damping', aboveMeV: [1, 2], factor: [1, 2] };
    expect(make({ steps: [damping] })).toThrow(/0 energies/);
    expect(make({ steps: [{ step: 'gain', factor: [2, 1] }] })).toThrow(/steps.0.factor/);
    expect(make({ steps: [{ step: 'blur' }] })).toThrow(/steps.0/);
  });
});
