import { describe, expect, it } from 'vitest';
import { preprocessBatch, preprocessImage } from './apply.js';
import { parsePreprocessing, preprocessedShape, type PreprocessingInput } from './spec.js';

const run = (steps: PreprocessingInput['steps'], image: number[], imageShape = [2, 4]) => [
  ...preprocessImage(
    parsePreprocessing({ imageShape: imageShape as [number, number], steps }),
    image,
  ),
];

describe('each step', () => {
  const image = [0, 1, 2, 3, 4, 5, 6, 207];

  it('scale, clip', () => {
    expect(run([{ step: 'scale', factor: 2 }], image)).toEqual(image.map((x) => 2 * x));
    expect(run([{ step: 'clip', min: 1, max: 120 }], image)).toEqual([1, 1, 2, 3, 4, 5, 6, 120]);
  });

  it('sqrt, log', () => {
    expect(run([{ step: 'sqrt' }], [-1, 0, 4, 9, 16, 25, 36, 49])).toEqual([
      0, 0, 2, 3, 4, 5, 6, 7,
    ]);
    const [a, b] = run([{ step: 'log', unit: 2 }], [-3, 4, 0, 0, 0, 0, 0, 0]);
    expect(a).toBe(0);
    expect(b).toBeCloseTo(Math.log(3), 6);
  });

  it('min-max of the image; a constant one becomes 0', () => {
    expect(run([{ step: 'min-max' }], [2, 2, 3, 4, 4, 4, 4, 6])).toEqual([
      0, 0, 0.25, 0.5, 0.5, 0.5, 0.5, 1,
    ]);
    expect(run([{ step: 'min-max' }], Array(8).fill(7))).toEqual(Array(8).fill(0));
  });

  it('unit-rms; an empty image stays empty', () => {
    const out = run([{ step: 'unit-rms' }], [3, 0, 0, 4, 0, 0, 0, 0]);
    expect(out.reduce((s, x) => s + x * x, 0) / 8).toBeCloseTo(1, 6);
    expect(run([{ step: 'unit-rms' }], Array(8).fill(0))).toEqual(Array(8).fill(0));
  });

  it('tile-rms takes out the strength of a tile', () => {
    const dark = [1, 2, 10, 20, 3, 4, 30, 40];
    const out = run([{ step: 'tile-rms', rows: 2, cols: 2, floor: 0 }], dark);
    expect(out[0]).toBeCloseTo(out[2]!, 6);
    expect(out[5]).toBeCloseTo(out[7]!, 6);
    const zero = run([{ step: 'tile-rms', rows: 2, cols: 2, floor: 0 }], Array(8).fill(0));
    expect(zero).toEqual(Array(8).fill(0));
  });

  it('downsample is the mean of each block', () => {
    expect(run([{ step: 'downsample', rows: 2, cols: 2 }], [0, 2, 1, 1, 4, 6, 1, 5])).toEqual([
      3, 2,
    ]);
  });

  it('fold is the mean of the mirror images, tile by tile', () => {
    const image = [1, 3, 10, 0, 5, 7, 20, 30];
    const fold = { step: 'fold' as const, rows: 2, cols: 2 };
    expect(run([fold], image)).toEqual([4, 20]);
    expect(run([{ ...fold, zeros: 'counted' }], image)).toEqual([4, 15]);
    const values = Array.from({ length: 32 }, (_, i) => i + 1);
    const mirrored = values.map((_, i) => values[(3 - Math.floor(i / 8)) * 8 + (i % 8)]!);
    const whole = { ...fold, rows: 4, cols: 4 };
    expect(run([whole], values, [4, 8])).toHaveLength(8);
    expect(run([whole], mirrored, [4, 8])).toEqual(run([whole], values, [4, 8]));
    expect(() => run([{ ...fold, rows: 1 }], image)).toThrow(/even sides/);
  });

  it('clip and fold of noise about 0 are what they are pixel by pixel', () => {
    const pixels = 8 * 12;
    const image = Array.from({ length: pixels }, (_, i) =>
      i % 7 === 0 ? 0 : 5 * Math.sin(12.9898 * i * i),
    );
    const folded = run(
      [
        { step: 'clip', min: 0, max: 3 },
        { step: 'fold', rows: 4, cols: 6 },
      ],
      image,
      [8, 12],
    );
    expect(folded).toHaveLength(pixels / 4);
    const clipped = image.map((x) => Math.fround(Math.min(3, Math.max(0, Math.fround(x)))));
    folded.forEach((value, at) => {
      const [r, c] = [Math.floor(at / 6), at % 6];
      const [row, col] = [Math.floor(r / 2) * 4, Math.floor(c / 3) * 6];
      const four = [r % 2, 3 - (r % 2)].flatMap((y) =>
        [c % 3, 5 - (c % 3)].map((x) => clipped[(row + y) * 12 + col + x]!),
      );
      const there = four.filter((x) => x !== 0);
      const mean = there.reduce((sum, x) => sum + x, 0) / Math.max(1, there.length);
      expect(value).toBeCloseTo(mean, 6);
    });
    expect(folded.filter((x) => x > 0 && x < 3).length).toBeGreaterThan(5);
  });

  it('mask-channel marks exact zeros and is averaged, not changed', () => {
    const steps = [
      { step: 'mask-channel' as const },
      { step: 'scale' as const, factor: 10 },
      { step: 'downsample' as const, rows: 1, cols: 2 },
    ];
    expect(run(steps, [0, 2, 0, 0, 4, 6, -1, 1])).toEqual([10, 0.5, 0, 1, 50, 0, 0, 0]);
  });
});

it('leaves the image it is given alone, and treats a batch as its images', () => {
  const spec = parsePreprocessing({
    imageShape: [2, 4],
    steps: [
      { step: 'clip', min: 0, max: 5 },
      { step: 'downsample', rows: 2, cols: 2 },
      { step: 'min-max' },
    ],
  });
  const images = Float32Array.from({ length: 24 }, (_, i) => (i * 7) % 11);
  const copy = images.slice();
  const batch = preprocessBatch(spec, images, 3);
  expect(images).toEqual(copy);
  expect(preprocessedShape(spec)).toEqual([1, 2, 1]);
  for (let i = 0; i < 3; i++) {
    const one = preprocessImage(spec, images.subarray(8 * i, 8 * i + 8));
    expect([...batch.subarray(2 * i, 2 * i + 2)]).toEqual([...one]);
  }
});

describe('bad input', () => {
  it('is refused with its place', () => {
    expect(() => run([{ step: 'downsample', rows: 3, cols: 2 }], [])).toThrow(
      /step 0 \(downsample\): blocks of 3 x 2 do not divide 2 x 4/,
    );
    expect(() => run([{ step: 'clip', min: 3, max: 3 }], [])).toThrow(/min must be below max/);
    expect(() => run([{ step: 'blur' } as never], [])).toThrow(/steps.0/);
    expect(() => run([{ step: 'sqrt' }], [1, 2])).toThrow(/got: 2 pixels; expected: 2 x 4 = 8/);
    expect(() => run([{ step: 'sqrt' }], [1, 2, 3, 4, 5, Number.NaN, 7, 8])).toThrow(
      /row 1, column 1: .*no numbers; got: NaN/,
    );
    const twice = [{ step: 'mask-channel' as const }, { step: 'mask-channel' as const }];
    expect(() => run(twice, [])).toThrow(/step 1 \(mask-channel\)/);
  });
});
