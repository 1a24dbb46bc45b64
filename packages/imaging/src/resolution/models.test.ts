import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { namedInstrument } from '@spectraloom/instrument';
import { describe, expect, test } from 'vitest';
import { correlation } from '../compare.js';
import { createImager } from '../imager.js';
import { pcsmoModel } from '../models.fixture.js';
import { sharedFile } from '../shared.fixture.js';
import { parseImageSpec } from '../spec/parse.js';
import type { ImageSpecInput } from '../spec/schema.js';

const instrument = namedInstrument('maps');
const prepared = pcsmoModel('goodenough');
const p = prepared.parameterVector();
const make = (more: ImageSpecInput, tables?: Record<string, string>) =>
  createImager({
    prepared,
    instrument,
    spec: parseImageSpec({
      incident: [{ eiMeV: 70, chopperHz: 250 }],
      mask: 'none',
      ...more,
    }),
    ...(tables ? { tables } : {}),
  });
const sum = (x: Float32Array): number => x.reduce((a, b) => a + b, 0);

describe('resolution models', () => {
  test('all keep the intensity; each differs from the others', () => {
    const none = make({ resolution: 'none' }).simulate(p);
    const covariance = make({ resolution: 'covariance' }).simulate(p);
    const drawn = make({ resolution: 'monteCarlo' }).simulate(p);
    expect(sum(covariance) / sum(none)).toBeCloseTo(1, 1);
    expect(sum(drawn) / sum(covariance)).toBeCloseTo(1, 2);
    expect(correlation(none, covariance)).toBeLessThan(0.98);
    const c = correlation(drawn, covariance);
    expect(c).toBeGreaterThan(0.99);
    expect(c).toBeLessThan(0.99999);
  });

  test('monteCarlo: same bytes for the same seed, converging with its samples', () => {
    const image = (samples: number, seed: number): Float32Array =>
      make({ resolution: 'monteCarlo', samples, seed }).simulate(p);
    const reference = image(32_768, 1);
    const distance = (x: Float32Array): number =>
      x.reduce((t, v, i) => t + Math.abs(v - reference[i]!), 0) / sum(reference);
    const few = image(256, 2);
    expect(image(256, 2)).toEqual(few);
    expect(image(256, 3)).not.toEqual(few);
    expect(distance(image(8192, 2))).toBeLessThan(0.003);
    expect(distance(image(8192, 2))).toBeLessThan(distance(few));
  });

  const path = sharedFile('data/pcsmo/PCSMO_ei70_resolution.txt.gz');
  test.skipIf(!path)('table: the published covariance table of Ei = 70 meV', () => {
    const text = gunzipSync(readFileSync(path!)).toString();
    const table = make({ resolution: 'table' }, { 70: text }).simulate(p);
    const covariance = make({ resolution: 'covariance' }).simulate(p);
    expect(correlation(table, covariance)).toBeGreaterThan(0.97);
    expect(sum(table) / sum(covariance)).toBeCloseTo(1, 1);
  });

  test('table: a missing or malformed table is an error that names the Ei', () => {
    expect(() => make({ resolution: 'table' })).toThrow(/no covariance table.*70 meV/);
    expect(() => make({ resolution: 'table' }, { 70: '1 2 3' })).toThrow(/Ei = 70 meV:1/);
  });

  test('settings that pass nothing, a slice at Ei, no samples', () => {
    expect(() => make({ incident: [{ eiMeV: 9, chopperHz: 600 }] })).toThrow(/transmits nothing/);
    expect(() => make({ slices: { from: 0.5, to: 1.2, count: 3 } })).toThrow(/slices\.to/);
    expect(() => make({ resolution: 'monteCarlo', samples: 0 })).toThrow(/samples/);
  });

  test('the standard error of the grid covers what the grid leaves out', () => {
    const coarse = make({ pointsPerPixel: 2 });
    const { image, standardError } = coarse.simulateWithError(p, { seed: 4, replicates: 6 });
    const fine = make({ pointsPerPixel: 12, cellWidthSd: 1 }).simulate(p);
    let chi = 0;
    let n = 0;
    let error = 0;
    for (let i = 0; i < image.length; i++) {
      if (fine[i]! < 0.02) continue;
      const d = image[i]! - fine[i]!;
      chi += d * d;
      error += standardError[i]! ** 2;
      n++;
    }
    expect(n).toBeGreaterThan(5000);
    // Root-mean-square difference within a factor 2 of the stated error, and not far below it.
    expect(Math.sqrt(chi / error)).toBeLessThan(2);
    expect(Math.sqrt(chi / error)).toBeGreaterThan(0.3);
    expect(coarse.simulateWithError(p, { seed: 4, replicates: 6 }).image).toEqual(image);
    expect(() => coarse.simulateWithError(p, { replicates: 1 })).toThrow(/two replicates/);
  });
});
