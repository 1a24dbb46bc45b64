import { permutation } from '@spectraloom/sampling';
import { NetworkError } from '../../errors.js';
import { type Matrix, type MatrixLike, takeRows, toMatrix } from './matrix.js';

/** Structures and their spectra, one a row. */
export interface SamplesLike {
  /** `[n, inputs]`, in any units. */
  readonly structures: MatrixLike;
  /** `[n, points]`, all on one grid. */
  readonly spectra: MatrixLike;
  /** The grid of the spectra, `[points]`; where given in two sets, it must be the same. */
  readonly grid?: ArrayLike<number>;
}

export interface Samples {
  readonly structures: Matrix;
  readonly spectra: Matrix;
  readonly grid?: ArrayLike<number>;
}

/** What a method is fitted to: `validation` decides when to stop and what is chosen. */
export interface TrainingSamples {
  readonly train: SamplesLike;
  readonly validation: SamplesLike;
}

/**
 * Checks that structures and spectra belong together.
 * @throws NetworkError LENGTHS_DIFFER, GRIDS_DIFFER, and those of `toMatrix`
 */
export function toSamples(
  samples: SamplesLike,
  what: string,
  expected?: { readonly inputs?: number; readonly points?: number },
): Samples {
  const structures = toMatrix(samples.structures, 'structures', expected?.inputs);
  const spectra = toMatrix(samples.spectra, 'spectra', expected?.points);
  if (structures.rows !== spectra.rows) {
    throw new NetworkError({
      code: 'LENGTHS_DIFFER',
      what: 'there is not one spectrum for each structure',
      where: what,
      got: `${structures.rows} structures, ${spectra.rows} spectra`,
      expected: 'the same number',
    });
  }
  const { grid } = samples;
  if (grid && grid.length !== spectra.columns) {
    throw new NetworkError({
      code: 'GRIDS_DIFFER',
      what: 'the grid does not have as many points as the spectra',
      where: what,
      got: `${grid.length} grid points, ${spectra.columns} points a spectrum`,
      expected: 'the same number',
    });
  }
  return { structures, spectra, ...(grid && { grid }) };
}

/**
 * The training and validation samples of a fit, checked against each other.
 * @throws NetworkError TOO_FEW_SAMPLES, GRIDS_DIFFER, and those of `toSamples`
 */
export function checkTraining(data: TrainingSamples): { train: Samples; validation: Samples } {
  const train = toSamples(data.train, 'train');
  const inputs = train.structures.columns;
  const points = train.spectra.columns;
  if (inputs < 1 || points < 1 || train.structures.rows <= inputs) {
    throw new NetworkError({
      code: 'TOO_FEW_SAMPLES',
      what: 'there are fewer samples than a fit of these inputs needs',
      where: 'train',
      got: `${train.structures.rows} samples of ${inputs} inputs and ${points} points`,
      expected: `at least ${Math.max(2, inputs + 1)} samples, one more than inputs`,
      next: 'simulate more structures, or use fewer descriptors',
    });
  }
  const validation = toSamples(data.validation, 'validation', { inputs, points });
  if (validation.structures.rows < 2) {
    throw new NetworkError({
      code: 'TOO_FEW_SAMPLES',
      what: 'there are too few samples to judge a fit by',
      where: 'validation',
      got: String(validation.structures.rows),
      expected: 'at least 2',
    });
  }
  sameGrid(train, validation, 'validation');
  return { train, validation };
}

/** @throws NetworkError GRIDS_DIFFER when both have a grid and one point differs by 1e-9 of the range */
function sameGrid(a: Samples, b: Samples, where: string): void {
  if (!a.grid || !b.grid) return;
  const range = Math.abs(a.grid[a.grid.length - 1] - a.grid[0]) || 1;
  for (let i = 0; i < a.grid.length; i++) {
    if (Math.abs(a.grid[i] - b.grid[i]) > 1e-9 * range) {
      throw new NetworkError({
        code: 'GRIDS_DIFFER',
        what: 'the spectra are on different grids',
        where: `${where}, point ${i}`,
        got: String(b.grid[i]),
        expected: String(a.grid[i]),
        next: 'interpolate one onto the grid of the other',
      });
    }
  }
}

/** Fractions kept from training; the rest trains. The published split is 64 / 16 / 20. */
export const defaultSplit = { validation: 0.16, test: 0.2 };

/**
 * Splits samples at random, exactly by these fractions (rounded), the same for the same seed.
 */
export function splitSamples(
  samples: SamplesLike,
  { seed = 1, validation = defaultSplit.validation, test = defaultSplit.test } = {},
): { train: Samples; validation: Samples; test: Samples } {
  const all = toSamples(samples, 'samples');
  const n = all.structures.rows;
  const at = permutation([seed >>> 0, 0x5b117], n);
  const order = Array.from({ length: n }, (_, i) => at(i));
  const testCount = Math.round(test * n);
  const validationCount = Math.round(validation * n);
  const part = (from: number, to: number): Samples => ({
    structures: takeRows(all.structures, order.slice(from, to)),
    spectra: takeRows(all.spectra, order.slice(from, to)),
    ...(all.grid && { grid: all.grid }),
  });
  return {
    test: part(0, testCount),
    validation: part(testCount, testCount + validationCount),
    train: part(testCount + validationCount, n),
  };
}

/** Rows drawn with replacement: one bootstrap resample. */
export function resample(samples: Samples, uniform: () => number): Samples {
  const n = samples.structures.rows;
  const rows = Array.from({ length: n }, () => Math.floor(uniform() * n));
  return {
    structures: takeRows(samples.structures, rows),
    spectra: takeRows(samples.spectra, rows),
    ...(samples.grid && { grid: samples.grid }),
  };
}
