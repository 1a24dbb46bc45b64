import { type ScatteringPath, type ShellParameter, shellParameters } from '@spectraloom/xray';
import { NetworkError } from '../../errors.js';
import { type Matrix, takeRows, zeros } from '../data/matrix.js';
import { randomStream } from '../data/random.js';
import { columnDeviations, columnMeans, fitInputScale, zScores } from '../data/scaling.js';
import { applyNet, newNet } from '../mlp/network.js';
import { type FitControl, type TrainingInput, trainingSchema, trainNet } from '../mlp/train.js';
import { shapeFeatures, taughtFrom } from './features.js';
import { predictShell, ShellReader, shellMisfit } from './reader.js';
import {
  parseShellSettings,
  type ShellSamples,
  type ShellSettingsInput,
  shellTransform,
  simulateShells,
} from './simulate.js';

export interface ShellTraining {
  readonly settings?: ShellSettingsInput;
  /** Simulated spectra; default 20000. Four fifths train, a tenth each stops training and makes the intervals. */
  readonly samples?: number;
  /** Units of the hidden layers; default 64, 64, 64. */
  readonly hidden?: readonly number[];
  readonly training?: TrainingInput;
  readonly seed?: number;
}

/**
 * Trains a reader of one shell on simulated spectra of its path table.
 * @throws NetworkError OPTION_INVALID, TRAINING_DIVERGED; the reason of `signal` when it is aborted
 */
export async function trainShellReader(
  path: ScatteringPath,
  options: ShellTraining = {},
  control: FitControl = {},
): Promise<ShellReader> {
  const settings = parseShellSettings(options.settings ?? {});
  const { samples = 20000, seed = 1 } = options;
  const drawn = simulateShells(path, settings, samples, seed);
  return fitShellReader(path, drawn, options, control);
}

/** The same of samples that are there already, such as those of a pipeline's shards. */
export async function fitShellReader(
  path: ScatteringPath,
  samples: ShellSamples,
  options: Omit<ShellTraining, 'samples'> = {},
  control: FitControl = {},
): Promise<ShellReader> {
  const settings = parseShellSettings(options.settings ?? {});
  const { hidden = [64, 64, 64], seed = 1 } = options;
  const training = trainingSchema.parse({
    epochs: 60,
    batchSize: 64,
    learningRate: 3e-3,
    ...options.training,
  });
  const n = samples.transforms.rows;
  if (n < 200) {
    throw new NetworkError({
      code: 'OPTION_INVALID',
      what: 'a shell reader needs more simulated spectra',
      got: `${n}`,
      expected: '200 at least; 20000 for a good one',
    });
  }
  const order = Int32Array.from({ length: n }, (_, i) => i);
  randomStream(seed, 12).shuffle(order);
  const apart = Math.floor(n / 10);
  const partOf = (from: number, to: number) => ({
    transforms: takeRows(samples.transforms, order.subarray(from, to)),
    parameters: takeRows(samples.parameters, order.subarray(from, to)),
  });
  const train = partOf(0, n - 2 * apart);
  const stop = partOf(n - 2 * apart, n - apart);
  const keep = partOf(n - apart, n);

  const features = shapeFeatures(train.transforms);
  const featureScale = fitInputScale(features);
  const taught = taughtFrom(train.parameters, features);
  const taughtScale = fitInputScale(taught);
  const pair = (part: ShellSamples) => {
    const f = shapeFeatures(part.transforms);
    return { x: zScores(f, featureScale), y: zScores(taughtFrom(part.parameters, f), taughtScale) };
  };
  const trainPair = pair(train);
  const stopPair = pair(stop);
  const start = newNet(features.columns, hidden, 4, 'silu', randomStream(seed, 13));
  const { net: mean } = await trainNet(
    start,
    trainPair,
    stopPair,
    training,
    seed,
    control,
    'values',
  );

  // The size of errors is learnt where the first net did not learn: log |error| of the second part.
  const errors = logErrors(applyNet(mean, stopPair.x), stopPair.y);
  const half = Math.floor(apart / 2);
  const rows = (from: number, to: number) =>
    Int32Array.from({ length: to - from }, (_, i) => from + i);
  const cut = (m: Matrix, from: number, to: number) => takeRows(m, rows(from, to));
  const spreadStart = newNet(features.columns, [16], 4, 'tanh', randomStream(seed, 14));
  const bias = spreadStart.layers[1].bias!;
  columnMeans(errors).forEach((v, j) => (bias[j] = v));
  const { net: spread } = await trainNet(
    spreadStart,
    { x: cut(stopPair.x, 0, half), y: cut(errors, 0, half) },
    { x: cut(stopPair.x, half, apart), y: cut(errors, half, apart) },
    trainingSchema.parse({
      epochs: 100,
      batchSize: 32,
      learningRate: 1e-3,
      weightDecay: 0.1,
      patience: 10,
    }),
    seed + 1,
    control,
    'spreads',
  );

  const parts = { settings, featureScale, taughtScale, mean, spread };
  const { values, sizes } = predictShell(parts, keep.transforms);
  const scores = shellParameters.map((_, j) =>
    Float64Array.from({ length: apart }, (_, i) => {
      const truth = keep.parameters.data[4 * i + j];
      const known = j === 0 ? Math.log(truth) : truth;
      return Math.abs(values.data[4 * i + j] - known) / sizes.data[4 * i + j];
    }).sort(),
  );
  const transform = shellTransform(settings);
  const rFactors = Float64Array.from({ length: apart }, (_, i) => {
    const value = (j: number) => {
      const v = values.data[4 * i + j];
      return { value: j === 0 ? Math.exp(v) : v, low: 0, high: 0 };
    };
    const read = { amplitude: value(0), deltaR: value(1), sigma2: value(2), e0Ev: value(3) };
    const { columns, data } = keep.transforms;
    return shellMisfit(path, transform, read, data.subarray(i * columns, (i + 1) * columns));
  }).sort();
  return new ShellReader({ ...parts, scores, rFactors }, path);
}

/** log |error|, `[n, 4]`, not below a thousandth of the column's own size. */
function logErrors(got: Matrix, wanted: Matrix): Matrix {
  const difference = { ...got, data: got.data.map((v, i) => v - wanted.data[i]) };
  const floor = columnDeviations(difference, new Float64Array(4)).map((s) => 1e-3 * s + 1e-12);
  const data = difference.data.map((e, i) => Math.log(Math.max(Math.abs(e), floor[i % 4])));
  return { ...got, data };
}

/** How a reader does on simulated spectra it has not seen. */
export interface ShellScore {
  readonly rows: number;
  /** Root of the mean squared error, in units. */
  readonly rmse: Readonly<Record<ShellParameter, number>>;
  /** Part of intervals at `level` that hold the truth. */
  readonly coverage: Readonly<Record<ShellParameter, number>>;
  readonly level: number;
  /** Median full width of the intervals, in units. */
  readonly medianWidth: Readonly<Record<ShellParameter, number>>;
}

/** Scores a reader against known parameters. */
export function scoreShellReader(
  reader: ShellReader,
  samples: ShellSamples,
  level = 0.95,
): ShellScore {
  const n = samples.transforms.rows;
  const readings = reader.readTransforms(samples.transforms, level);
  const errors = zeros(1, 4).data;
  const inside = zeros(1, 4).data;
  const widths = shellParameters.map(() => new Float64Array(n));
  readings.forEach(({ values }, i) => {
    shellParameters.forEach((p, j) => {
      const truth = samples.parameters.data[4 * i + j];
      const { value, low, high } = values[p];
      errors[j] += (value - truth) ** 2;
      if (truth >= low && truth <= high) inside[j]++;
      widths[j][i] = high - low;
    });
  });
  const byName = (f: (j: number) => number) =>
    Object.fromEntries(shellParameters.map((p, j) => [p, f(j)])) as Record<ShellParameter, number>;
  return {
    rows: n,
    rmse: byName((j) => Math.sqrt(errors[j] / n)),
    coverage: byName((j) => inside[j] / n),
    level,
    medianWidth: byName((j) => widths[j].sort()[n >> 1]),
  };
}
