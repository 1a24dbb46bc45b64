import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openIns } from '../open.js';
import type { Space } from '../ablation/spaceStage.js';
import { ablationMarkdown, ablationTable } from '../ablation/table.js';
import { repeated, variantsOf } from '../ablation/variants.js';
import type { Cell } from '../ablation/judgeStage.js';
import { fitGaussians, logDensities } from '@spectraloom/training';
import { judge } from './judge.js';
import { readMagnets } from './magnets.js';
import { coverageBounds } from './measures.js';
import { outsideSets } from './sets.js';

const root = fileURLToPath(new URL('../../../../..', import.meta.url));
const open = (preset: string) =>
  openIns({ root, runsFolder: '/tmp/none', pipeline: 'pcsmo', preset, commandLine: [] });

/** Normal numbers from a fixed sequence. */
function normals(n: number, seed: number): Float32Array {
  let state = seed;
  const uniform = () => (state = (state * 16807) % 2147483647) / 2147483647;
  return Float32Array.from(
    { length: n },
    () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
}

describe('density of codes', () => {
  it('is the closed form of two Gaussians, up to a constant', () => {
    const count = 20_000;
    const values = normals(2 * count, 7);
    const labels = Int32Array.from({ length: count }, (_, i) => i % 2);
    // Class 1 lies at (4, 0) and is twice as wide in y.
    labels.forEach((label, i) => {
      if (label) values[2 * i]! += 4;
      if (label) values[2 * i + 1]! *= 2;
    });
    const density = fitGaussians(values, labels, 2, { ridge: 1e-3 });
    const exact = (x: number, y: number) =>
      Math.log(
        0.5 * Math.exp(-(x * x + y * y) / 2) +
          (0.5 / 2) * Math.exp(-((x - 4) ** 2) / 2 - (y * y) / 8),
      );
    const at = [0, 0, 2, 1, 4, 3, -3, 5];
    const found = logDensities(density, Float32Array.from(at));
    for (let i = 1; i < 4; i++) {
      const [x, y] = [at[2 * i]!, at[2 * i + 1]!];
      expect(found[i]! - found[0]!).toBeCloseTo(exact(x, y) - exact(0, 0), 0);
    }
    expect(() => fitGaussians([1, 2], [0], 1)).toThrow(/two images or more/);
  });
});

describe('judging by ranks', () => {
  it('calls at most the part agreed outside, of images from inside', () => {
    let outside = 0;
    const trials = 400;
    const all = normals(100 * trials, 12_345);
    for (let t = 0; t < trials; t++) {
      const scores = all.subarray(100 * t, 100 * (t + 1));
      if (judge(scores[0]!, scores.subarray(1), 0.05).outside) outside++;
    }
    // Binomial with p = 0.05: four standard deviations.
    expect(outside / trials).toBeLessThan(0.05 + 4 * Math.sqrt(0.0475 / trials));
    expect(outside).toBeGreaterThan(0);
  });

  it('gives p-values by rank, and never judges by too few', () => {
    expect(judge(3.5, [1, 2, 3, 4]).pValue).toBeCloseTo(2 / 5, 12);
    expect(judge(3.5, [1, 2, 3, 4], 0.2).threshold).toBe(4);
    expect(judge(3.5, [1, 2, 3, 4], 0.1).threshold).toBe(Infinity);
    expect(judge(1e9, [1, 2, 3, 4], 0.1).outside).toBe(false);
  });

  it('bounds of the coverage narrow with images and hold the level', () => {
    const [low, high] = coverageBounds(0.9, 100, 100);
    expect(low).toBeLessThan(0.9);
    expect(high).toBeGreaterThan(0.9);
    const [a, b] = coverageBounds(0.9, 10_000, 10_000);
    expect(b - a).toBeLessThan((high - low) / 5);
  });
});

describe('images from outside', () => {
  it('every set is made, masked, finite, and the same for the same seed', async () => {
    const { experiment } = await open('quick');
    const axis = { from: -1, to: 1, count: 16 };
    const spec = {
      ...experiment.spec,
      pointsPerPixel: 1,
      pixels: { h: axis, k: axis },
      incident: experiment.spec.incident.slice(2, 4),
    };
    const { imageLayout } = await import('@spectraloom/imaging');
    const small = { ...experiment, spec, layout: imageLayout(spec) };
    const { outside } = experiment.pipeline.file;
    const magnets = await readMagnets(experiment.pipeline.folder, outside!.magnets.slice(0, 2));
    const [rows, cols] = small.layout.shape;
    const inside = experiment.classes.map(({ label, model }, n) => ({
      label,
      image: Float32Array.from({ length: rows * cols }, (_, i) => (i % 7) + n),
      parameters: Object.fromEntries(model.parameters.map((p) => [p.name, p.value])),
    }));
    const sources = {
      experiment: small,
      magnets,
      instruments: ['merlin'],
      count: 4,
      seed: 3,
      inside,
    };
    expect(outsideSets.map((s) => s.name)).toEqual([
      'stitched',
      'stitched-normalised',
      'wrong-mask',
      'shuffled-tiles',
      'other-instrument',
      'unstable',
      'pure-background',
      'other-normalisation',
    ]);
    for (const { name, make } of outsideSets) {
      const images = make(sources);
      expect(images.length, name).toBeGreaterThan(1);
      for (const image of images) {
        expect(image, name).toHaveLength(rows * cols);
        expect(
          image.every((v) => Number.isFinite(v) && v >= 0),
          name,
        ).toBe(true);
      }
      expect(images[0], name).not.toEqual(images[1]);
      if (name === 'stitched' || name === 'pure-background')
        expect(make(sources), name).toEqual(images);
    }
  });
});

describe('the ablation', () => {
  it('changes one thing in each data set, and seeds alone in each repeat', async () => {
    const { experiment } = await open('ablation');
    const variants = variantsOf(experiment);
    expect(variants[0]!.name).toBe('reference');
    const reference = variants[0]!.experiment;
    const differences = variants.slice(1).map(({ name, experiment: e }) => {
      const changed = Object.keys(e.spec).filter(
        (k) =>
          JSON.stringify(e.spec[k as 'scale']) !== JSON.stringify(reference.spec[k as 'scale']),
      );
      if (e.preset.plan.unstable !== reference.preset.plan.unstable) changed.push('unstable');
      if (!e.preset.train.augmentation) changed.push('augmentation');
      return [name, changed];
    });
    expect(Object.fromEntries(differences)).toEqual({
      'monte-carlo': ['resolution'],
      'no-resolution': ['resolution'],
      'no-form-factor': ['formFactor'],
      'published-twins': ['twins'],
      'flat-l': ['alongBeam'],
      'unstable-kept': ['unstable'],
      'no-noise': ['augmentation'],
    });
    const second = repeated(reference, 2).preset.train;
    expect([second.seed, second.fit['seed']]).toEqual([102, 202]);
    const { experiment: quick } = await open('quick');
    expect(() => variantsOf(quick)).toThrow(/compares no data sets/);
  });

  it('has means and spreads of its cells in the table', () => {
    const cell = (variant: string, repeat: number, score: number, outside: boolean): Cell => ({
      ...{ variant, repeat, validationAccuracy: 0.9 + repeat / 100, bestEpoch: 3, testImages: 10 },
      accuracy: { reference: 0.8, other: 0.6 },
      measured: { goodenough: score, dimer: 1 - score },
      outside: { outside, score: 1, threshold: 2, pValue: outside ? 0.01 : 0.5 },
    });
    const space = (variant: string, outside: boolean): Space => ({
      variant,
      measured: { outside, score: 1, threshold: 2, pValue: 0.25, because: 'pattern' },
      refused: { reference: 0.02, other: 0.5 },
    });
    const table = ablationTable(
      [
        cell('reference', 0, 0.2, false),
        cell('reference', 1, 0.6, true),
        cell('other', 0, 1, true),
      ],
      [space('other', true), space('reference', false)],
      [
        { name: 'reference', what: 'as it is' },
        { name: 'other', what: 'one thing' },
      ],
      'goodenough',
    );
    expect(table.rows[0]!.measured.mean).toBeCloseTo(0.4, 12);
    expect(table.rows[0]!.measured.sd).toBeCloseTo(Math.SQRT1_2 * 0.4, 12);
    expect(table.rows[0]!.outside).toEqual([1, 2]);
    expect(table.rows[1]!.validation.sd).toBe(0);
    const text = ablationMarkdown(table);
    expect(text).toContain('| reference | as it is | 90.5 ± 0.7 | 0.200, 0.600 | 0.400 ± 0.283 |');
    expect(text).toContain('| 1 of 2 (p 0.255) | inside (p 0.250, pattern) |');
    expect(text).toContain('| outside (p 0.250, pattern) |');
    expect(text).toContain('| other | 80.0 | 60.0 |');
    expect(text).toContain('| other | 2.0 | 50.0 |');
  });
});
