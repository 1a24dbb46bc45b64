import { describe, expect, test } from 'vitest';
import { ImagingError } from '../errors.js';
import { imageLayout } from '../spec/layout.js';
import { parseImageSpec } from '../spec/parse.js';
import { applyExperiment } from './apply.js';
import type { ExperimentContext } from './models.js';
import { experimentModels, experimentStepSchema, type ExperimentStepInput } from './schema.js';

const spec = parseImageSpec({
  incident: [
    { eiMeV: 50, chopperHz: 200 },
    { eiMeV: 100, chopperHz: 300 },
  ],
  slices: { from: 0.1, to: 0.7, count: 3 },
  pixels: { h: { from: -1, to: 1, count: 21 }, k: { from: -1, to: 1, count: 21 } },
});
const layout = imageLayout(spec);
const n = layout.shape[0] * layout.shape[1];
const context: ExperimentContext = {
  layout,
  mask: new Uint8Array(n),
  centres: {
    eiMeV: new Float32Array(n),
    energyMeV: new Float32Array(n),
    qAngstromInv: new Float32Array(n).fill(2),
    h: new Float32Array(n),
    k: new Float32Array(n),
  },
};
for (const { block, slice, eiMeV, energyMeV } of layout.tiles) {
  for (let i = 0; i < 21; i++) {
    for (let j = 0; j < 21; j++) {
      const at = layout.index(block, slice, i, j);
      context.centres.eiMeV[at] = eiMeV;
      context.centres.energyMeV[at] = (energyMeV[0] + energyMeV[1]) / 2;
    }
  }
}
context.mask[7] = 1;
const image = Float32Array.from({ length: n }, (_, i) => (context.mask[i] ? 0 : 1 + (i % 5)));
const apply = (steps: ExperimentStepInput[], seed = 1): Float32Array =>
  applyExperiment(image, context, steps, seed);

describe('experiment models', () => {
  test('scale, backgrounds and damping are their formulas; masked pixels stay 0', () => {
    const at = layout.index(1, 2, 3, 4);
    const energy = context.centres.energyMeV[at]!;
    const fraction = energy / 100;
    expect(apply([{ model: 'scale', factor: 3 }])[at]).toBeCloseTo(3 * image[at]!, 5);
    expect(apply([{ model: 'flat-background', level: 0.5 }])[at]).toBeCloseTo(image[at]! + 0.5, 5);
    expect(apply([{ model: 'sloping-background', level: 0.5, slope: -1 }])[at]).toBeCloseTo(
      image[at]! + 0.5 * (1 - (fraction - 0.5)),
      5,
    );
    expect(apply([{ model: 'elastic-tail', amplitude: 2, widthFraction: 0.1 }])[at]).toBeCloseTo(
      image[at]! + 2 * Math.exp(-fraction / 0.1),
      5,
    );
    expect(apply([{ model: 'phonons', amplitude: 0.3 }])[at]).toBeCloseTo(
      image[at]! + (0.3 * 4) / energy,
      5,
    );
    const damped = apply([{ model: 'damping', centreMeV: 40, widthMeV: 2, factor: 0.4 }]);
    expect(damped[at]! / image[at]!).toBeCloseTo(0.4, 2);
    const low = layout.index(0, 0, 3, 4);
    expect(damped[low]! / image[low]!).toBeCloseTo(1, 2);
    for (const model of [
      { model: 'flat-background', level: 1 },
      { model: 'counting-noise', countsPerUnit: 10 },
      { model: 'misalignment', shiftH: 0.1 },
    ] as const) {
      expect(apply([model])[7]).toBe(0);
    }
  });

  test('counting noise: mean and variance of Poisson counts, same for the same seed', () => {
    const steps = [{ model: 'counting-noise', countsPerUnit: 20 }] as const;
    const noisy = apply([...steps], 9);
    let mean = 0;
    let variance = 0;
    let expected = 0;
    for (let i = 0; i < n; i++) {
      mean += noisy[i]! - image[i]!;
      variance += (noisy[i]! - image[i]!) ** 2;
      expected += image[i]! / 20;
    }
    expect(Math.abs(mean)).toBeLessThan(4 * Math.sqrt(expected));
    expect(variance / expected).toBeGreaterThan(0.9);
    expect(variance / expected).toBeLessThan(1.1);
    expect(apply([...steps], 9)).toEqual(noisy);
    expect(apply([...steps], 10)).not.toEqual(noisy);
    // A step after it does not change its noise.
    expect(apply([...steps, { model: 'scale', factor: 1 }], 9)).toEqual(noisy);
  });

  test('dead pixels: the fraction asked for', () => {
    const dead = apply([{ model: 'dead-pixels', fraction: 0.2 }]);
    const zeros = dead.reduce((sum, v) => sum + (v === 0 ? 1 : 0), 0);
    expect(Math.abs(zeros / n - 0.2)).toBeLessThan(4 * Math.sqrt(0.16 / n));
  });

  test('misalignment: one pixel of shift moves a tile by one pixel; 90 degrees turn it', () => {
    const point = new Float32Array(n);
    point[layout.index(0, 1, 10, 14)] = 1;
    const shift = applyExperiment(
      point,
      context,
      [{ model: 'misalignment', shiftH: layout.h.width, shiftK: -2 * layout.k.width }],
      1,
    );
    expect(shift[layout.index(0, 1, 11, 12)]).toBeCloseTo(1, 4);
    expect(shift.reduce((a, b) => a + b)).toBeCloseTo(1, 4);
    const turned = applyExperiment(point, context, [{ model: 'misalignment', rotationDeg: 90 }], 1);
    const found = turned.indexOf(Math.max(...turned));
    expect([layout.index(0, 1, 14, 10), layout.index(0, 1, 6, 10)]).toContain(found);
    expect(turned[found]).toBeCloseTo(1, 4);
  });

  test('bad steps and images are refused', () => {
    expect(() => apply([{ model: 'scale', factor: -1 }])).toThrow(ImagingError);
    expect(() => apply([{ model: 'snow' } as unknown as ExperimentStepInput])).toThrow(/problem/);
    expect(() => applyExperiment(new Float32Array(3), context, [], 1)).toThrow(/layout/);
    const before = Float32Array.from(image);
    apply([{ model: 'scale', factor: 2 }]);
    expect(image).toEqual(before);
  });
});

test('the help table names the models, values and defaults of the schema', () => {
  const options = experimentStepSchema.options.map((o) => o.shape);
  expect(Object.keys(experimentModels).sort()).toEqual(options.map((o) => o.model.value).sort());
  for (const shape of options) {
    const { values } = experimentModels[shape.model.value];
    const names = Object.keys(shape).filter((name) => name !== 'model');
    expect(values.map((v) => v.name).sort()).toEqual(names.sort());
    const given = Object.fromEntries(
      values.filter((v) => v.default === undefined).map((v) => [v.name, 0.5]),
    );
    const parsed = experimentStepSchema.parse({ model: shape.model.value, ...given });
    for (const v of values) {
      expect(parsed[v.name as keyof typeof parsed]).toBe(v.default ?? 0.5);
    }
  }
});
