import { beforeAll, describe, expect, it } from 'vitest';
import { toMatrix, toRows } from '../data/matrix.js';
import { fitInterpreter } from '../methods/fit.js';
import { normals, plantedSamples, quick } from '../planted.fixture.js';
import { basisIntervals, type Ensemble, fitEnsemble, readBack } from './ensemble.js';
import { studentQuantile } from './studentT.js';

describe("Student's t", () => {
  it('has the values of the tables', () => {
    // Abramowitz and Stegun, table 26.10.
    const table: [number, number, number][] = [
      [0.975, 1, 12.706],
      [0.975, 2, 4.303],
      [0.975, 4, 2.776],
      [0.95, 5, 2.015],
      [0.975, 9, 2.262],
      [0.995, 10, 3.169],
      [0.975, 120, 1.98],
    ];
    for (const [p, degrees, value] of table)
      expect(studentQuantile(p, degrees)).toBeCloseTo(value, 3);
  });
});

describe('intervals', () => {
  const data = plantedSamples(700, { noise: 0.02 });
  let ensemble: Ensemble;
  beforeAll(async () => {
    const options = { ...quick, components: 1, training: { epochs: 25 }, starts: 1 };
    ensemble = await fitEnsemble('nnca', data, options, 5);
  });

  it('hold the planted loadings, and leave open the sign of an input that does nothing', () => {
    const [first] = basisIntervals(ensemble);
    [0.8, -0.48, 0.36].forEach((v, i) => {
      expect(first[i].low).toBeLessThan(v + 0.03);
      expect(first[i].high).toBeGreaterThan(v - 0.03);
      expect(first[i].undecided).toBe(false);
    });
    expect(first[3].undecided).toBe(true);
    expect(first[3].low * first[3].high).toBeLessThanOrEqual(0);
  });

  it('of structures hold the truth about as often as they say', () => {
    const { low, high, undecided, value } = readBack(ensemble, data.test.spectra);
    const truth = data.test.structures.data;
    const inside = truth.reduce(
      (n, v, i) => n + (v >= low.data[i] && v <= high.data[i] ? 1 : 0),
      0,
    );
    const coverage = inside / truth.length;
    // 560 numbers: a standard error of 1 %, and normal tails are only nearly right.
    expect(coverage).toBeGreaterThan(0.92);
    expect(coverage).toBeLessThan(0.985);
    // Most of the second direction and all of the fourth input are not in the first component.
    const open = (f: number) =>
      undecided.reduce((n, u, i) => n + (i % 4 === f ? u : 0), 0) / (truth.length / 4);
    expect(open(3)).toBe(1);
    expect(open(0)).toBeLessThan(0.95);
    expect(value.data.length).toBe(truth.length);
  });

  it('need three members and directions', async () => {
    await expect(fitEnsemble('linear', data, { components: 1 }, 2)).rejects.toThrow(
      /more refits.*at least 3/,
    );
    const nets = { ...quick, components: 1, training: { epochs: 1 } };
    const without = await fitEnsemble('ednn', data, { ...nets }, 3);
    expect(() => basisIntervals(without)).toThrow(/no directions.*ednn/);
  });

  it('of a linear method narrow as one over the root of the samples', async () => {
    const x = normals(1600, 2, 3);
    const noise = normals(1600, 1, 4);
    const spectra = toMatrix(
      toRows(x).map(([a, b], i) => [a + 0.5 * b + 0.8 * noise.data[i], 0]),
      'spectra',
    );
    const width = async (n: number) => {
      const part = { structures: toRows(x).slice(0, n), spectra: toRows(spectra).slice(0, n) };
      const members = await fitEnsemble(
        'linear',
        { train: part, validation: part },
        { components: 1 },
        40,
      );
      const [[, second]] = basisIntervals(members);
      return second.high - second.low;
    };
    const ratio = (await width(100)) / (await width(1600));
    expect(ratio).toBeGreaterThan(2.4);
    expect(ratio).toBeLessThan(6.5);
  });

  it('come from different resamples: the members differ, the first is the plain fit', async () => {
    const members = await fitEnsemble('linear', data, { components: 1 }, 3);
    const plain = await fitInterpreter('linear', data, { components: 1 });
    expect(members.members[0].parts).toEqual(plain.parts);
    expect(members.members[1].basis).not.toEqual(members.members[2].basis);
  });
});
