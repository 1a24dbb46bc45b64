import { describe, expect, it } from 'vitest';
import { toRows } from '../data/matrix.js';
import type { TrainingSamples } from '../data/samples.js';
import { splitSamples } from '../data/samples.js';
import { plantedSamples } from '../planted.fixture.js';
import { fitInterpreter } from './fit.js';
import { methodNames } from './interpreter.js';

const good = plantedSamples(60);
const x = toRows(good.train.structures);
const y = toRows(good.train.spectra);
const grid = y[0].map((_, j) => 500 + j);
const withTrain = (structures: number[][], spectra: number[][]): TrainingSamples => ({
  train: { structures, spectra },
  validation: good.validation,
});

describe('bad input', () => {
  it.each<[string, TrainingSamples, string, RegExp]>([
    [
      'spectra of different lengths',
      withTrain(
        x,
        y.map((row, i) => (i === 3 ? row.slice(1) : row)),
      ),
      'ROWS_DIFFER',
      /spectra, row 3.*23 numbers.*24.*one grid/,
    ],
    [
      'structures of different lengths',
      withTrain(
        x.map((r, i) => (i === 2 ? [...r, 0] : r)),
        y,
      ),
      'ROWS_DIFFER',
      /structures, row 2/,
    ],
    [
      'a NaN',
      withTrain(
        x,
        y.map((row, i) => (i === 5 ? row.map((v, j) => (j === 7 ? NaN : v)) : row)),
      ),
      'NOT_A_NUMBER',
      /spectra, row 5, column 7.*got: NaN/,
    ],
    [
      'an infinite structure',
      withTrain(
        x.map((r, i) => (i === 1 ? [Infinity, 0, 0, 0] : r)),
        y,
      ),
      'NOT_A_NUMBER',
      /structures, row 1, column 0/,
    ],
    [
      'fewer spectra than structures',
      withTrain(x, y.slice(1)),
      'LENGTHS_DIFFER',
      /38 structures, 37 spectra/,
    ],
    [
      'fewer samples than inputs',
      withTrain(x.slice(0, 4), y.slice(0, 4)),
      'TOO_FEW_SAMPLES',
      /4 samples of 4 inputs.*at least 5/,
    ],
    ['no samples', withTrain([], []), 'TOO_FEW_SAMPLES', /0 samples/],
    [
      'another grid in validation',
      {
        train: { structures: x, spectra: y, grid },
        validation: { ...good.validation, grid: grid.map((e) => e + 0.5) },
      },
      'GRIDS_DIFFER',
      /validation, point 0.*500\.5.*500/,
    ],
    [
      'a grid of another length',
      { train: { structures: x, spectra: y, grid: grid.slice(1) }, validation: good.validation },
      'GRIDS_DIFFER',
      /23 grid points, 24 points/,
    ],
    [
      'another number of points in validation',
      {
        train: { structures: x, spectra: y },
        validation: {
          structures: good.validation.structures,
          spectra: toRows(good.validation.spectra).map((r) => r.slice(2)),
        },
      },
      'COLUMNS_DIFFER',
      /22.*24.*same grid/,
    ],
    [
      'spectra that do not vary',
      withTrain(
        x,
        y.map(() => y[0]),
      ),
      'NO_VARIANCE',
      /all the same/,
    ],
  ])('%s', async (_name, data, code, message) => {
    for (const method of methodNames) {
      await expect(fitInterpreter(method, data, { components: 1 } as never)).rejects.toMatchObject(
        method === 'emulator'
          ? { name: 'NetworkError' }
          : { code, message: expect.stringMatching(message) },
      );
    }
    await expect(fitInterpreter('emulator', data, {})).rejects.toMatchObject({ code });
  });

  it('more components than inputs', async () => {
    for (const method of ['ednn', 'nnca', 'eca', 'linear', 'pls'] as const) {
      await expect(fitInterpreter(method, good, { components: 5 })).rejects.toMatchObject({
        code: 'COMPONENTS_TOO_MANY',
        message: expect.stringMatching(/5 components.*1 to 4/),
      });
    }
  });

  it.each([
    ['a misspelt option', { components: 1, epoch: 3 }, /epoch/],
    ['no components', { components: 0 }, /components/],
    ['a rate of 0', { components: 1, training: { learningRate: 0 } }, /learningRate/],
    ['a scaling there is not', { components: 1, scaling: 'each' }, /scaling/],
  ])('%s', async (_name, options, message) => {
    await expect(fitInterpreter('nnca', good, options as never)).rejects.toMatchObject({
      code: 'OPTIONS_INVALID',
      message: expect.stringMatching(message),
    });
  });

  it('data of another shape than those it was fitted to', async () => {
    const fitted = await fitInterpreter('linear', good, { components: 1 });
    expect(() => fitted.predict([[1, 2, 3]])).toThrow(/structures.*got: 3.*expected: 4/);
    expect(() => fitted.inverse([[1, 2, 3]])).toThrow(/spectra.*got: 3.*expected: 24/);
    expect(() => fitted.score({ structures: x, spectra: y.slice(2) })).toThrow(
      /one spectrum for each/,
    );
    expect(() => fitted.predict([[1, NaN, 3, 4]])).toThrow(/row 0, column 1/);
    const short = { data: new Float64Array(7), rows: 2, columns: 4 };
    expect(() => fitted.predict(short)).toThrow(/7 numbers.*2 x 4/);
  });

  it('an unknown method, and one method given for another', async () => {
    await expect(fitInterpreter('lasso' as never, good, {} as never)).rejects.toThrow(
      /no such method.*emulator/,
    );
    const linear = await fitInterpreter('linear', good, { components: 1 });
    await expect(fitInterpreter('eca', good, { components: 1, emulator: linear })).rejects.toThrow(
      /not a fitted emulator.*got: linear/,
    );
  });

  it('splits exactly, without overlap, the same for the same seed', () => {
    const all = {
      structures: Array.from({ length: 100 }, (_, i) => [i]),
      spectra: Array.from({ length: 100 }, (_, i) => [i]),
    };
    const { train, validation, test } = splitSamples(all);
    expect([train, validation, test].map((s) => s.structures.rows)).toEqual([64, 16, 20]);
    const seen = [train, validation, test].flatMap((s) => Array.from(s.structures.data));
    expect(new Set(seen).size).toBe(100);
    expect(splitSamples(all, { seed: 1 })).toEqual({ train, validation, test });
    expect(splitSamples(all, { seed: 2 }).test).not.toEqual(test);
  });
});
