import { NetworkError } from '../../errors.js';
import { type Matrix, type MatrixLike, rowOf, toMatrix, zeros } from '../data/matrix.js';
import { randomStream } from '../data/random.js';
import {
  checkTraining,
  resample,
  type SamplesLike,
  toSamples,
  type TrainingSamples,
} from '../data/samples.js';
import { zScores } from '../data/scaling.js';
import { dot } from '../directions/orthonormal.js';
import { fitInterpreter, type MethodOptions } from '../methods/fit.js';
import type { Interpreter, MethodName } from '../methods/interpreter.js';
import type { FitControl } from '../mlp/train.js';
import type { InverseOptions } from './inverse.js';
import { studentQuantile } from './studentT.js';

/** A number with the range that its refits leave open. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** The range holds zero: not even the sign is known. */
  readonly undecided: boolean;
}

/** Refits of one method: the first to the data as they are, the others to bootstrap resamples. */
export interface Ensemble {
  readonly members: readonly Interpreter[];
  /**
   * `[inputs]`, in z-scores: root mean square distance between structures of the validation samples
   * and what the first member reads back from their spectra.
   */
  readonly residual: Float64Array;
}

/**
 * Fits a method several times. Members after the first see training samples drawn with replacement
 * and start from another seed, so that their spread holds both the chance in the data and the chance
 * in the fit.
 * @param members at least 3
 * @throws NetworkError TOO_FEW_MEMBERS, and those of `fitInterpreter`
 */
export async function fitEnsemble<M extends Exclude<MethodName, 'emulator' | 'pca'>>(
  method: M,
  data: TrainingSamples,
  options: MethodOptions[M] & { readonly seed?: number },
  members: number,
  control: FitControl = {},
): Promise<Ensemble> {
  const { train, validation } = checkTraining(data);
  const seed = options.seed ?? 1;
  const fitted: Interpreter[] = [];
  for (let m = 0; m < members; m++) {
    const own = m === 0 ? train : resample(train, randomStream(seed, 0xb007 + m).uniform);
    const seeded = 'seed' in options || !['linear', 'pls'].includes(method);
    fitted.push(
      await fitInterpreter(
        method,
        { train: own, validation },
        { ...options, ...(seeded && { seed: seed + 101 * m }) },
        control,
      ),
    );
  }
  return ensembleOf(fitted, validation);
}

/**
 * An ensemble of methods that were fitted before.
 * @param validation samples that no member was trained on
 * @throws NetworkError TOO_FEW_MEMBERS
 */
export function ensembleOf(
  members: readonly Interpreter[],
  validation: SamplesLike,
  inverse?: InverseOptions,
): Ensemble {
  if (members.length < 3) {
    throw new NetworkError({
      code: 'TOO_FEW_MEMBERS',
      what: 'an interval needs more refits',
      where: 'ensemble',
      got: String(members.length),
      expected: 'at least 3',
    });
  }
  const [first] = members;
  const { structures, spectra } = toSamples(validation, 'validation', {
    inputs: first.inputs,
    points: first.points,
  });
  const { inputScale } = first.parts;
  const known = zScores(structures, inputScale);
  const read = zScores(first.reconstruct(spectra, inverse), inputScale);
  const residual = new Float64Array(first.inputs);
  known.data.forEach((v, i) => (residual[i % first.inputs] += (v - read.data[i]) ** 2));
  return { members, residual: residual.map((v) => Math.sqrt(v / known.rows)) };
}

/**
 * Loadings of the basis with 95 % intervals (mean and spread of the members, Student's t). Each
 * member's vector is turned to the side of the first member's before they are compared.
 * @returns `[components][inputs]`
 * @throws NetworkError METHOD_UNFIT for a method without directions
 */
export function basisIntervals({ members }: Ensemble, level = 0.95): Interval[][] {
  const [first] = members;
  const { basis } = first;
  if (!basis) {
    throw new NetworkError({
      code: 'METHOD_UNFIT',
      what: 'this method has no directions in structure space',
      got: first.method,
      expected: 'nnca, eca, linear or pls',
    });
  }
  const half = studentQuantile(0.5 + level / 2, members.length - 1);
  return Array.from({ length: basis.rows }, (_, r) => {
    const own = rowOf(basis, r);
    const turned = members.map((m) => {
      const row = rowOf(m.basis!, r);
      return dot(row, own) < 0 ? row.map((v) => -v) : row;
    });
    return Array.from({ length: basis.columns }, (_v, i) =>
      interval(
        turned.map((row) => row[i]),
        half,
        0,
      ),
    );
  });
}

/** A structure read from a spectrum, `[n, inputs]` each, in the structures' units. */
export interface ReadBack {
  readonly value: Matrix;
  readonly low: Matrix;
  readonly high: Matrix;
  /** 1 where the interval holds the mean of the training structures: the spectrum does not decide. */
  readonly undecided: Uint8Array;
}

/**
 * Reads structures from spectra with intervals that hold the truth as often as `level` says: the
 * spread of the members (Student's t) and the error that reading back left on validation samples
 * (what the components do not carry falls back to the mean) are added in squares.
 */
export function readBack(
  { members, residual }: Ensemble,
  spectra: MatrixLike,
  { level = 0.95, ...inverse }: { readonly level?: number } & InverseOptions = {},
): ReadBack {
  const [first] = members;
  const { mean, sd } = first.parts.inputScale;
  const p = first.inputs;
  const checked = toMatrix(spectra, 'spectra', first.points);
  const all = members.map((m) => m.reconstruct(checked, inverse));
  const t = studentQuantile(0.5 + level / 2, members.length - 1);
  const normal = studentQuantile(0.5 + level / 2, 1000);
  const value = zeros(checked.rows, p);
  const low = zeros(checked.rows, p);
  const high = zeros(checked.rows, p);
  const undecided = new Uint8Array(checked.rows * p);
  for (let i = 0; i < value.data.length; i++) {
    const f = i % p;
    const z = all.map((m) => (m.data[i] - mean[f]) / sd[f]);
    const one = interval(z, t, normal * residual[f]);
    value.data[i] = mean[f] + sd[f] * one.value;
    low.data[i] = mean[f] + sd[f] * one.low;
    high.data[i] = mean[f] + sd[f] * one.high;
    undecided[i] = one.undecided ? 1 : 0;
  }
  return { value, low, high, undecided };
}

function interval(values: readonly number[], factor: number, more: number): Interval {
  const n = values.length;
  const mean = values.reduce((s, v) => s + v, 0) / n;
  const sd = Math.sqrt(values.reduce((s, v) => s + (v - mean) ** 2, 0) / (n - 1));
  const half = Math.hypot(factor * sd, more);
  const low = mean - half;
  const high = mean + half;
  return { value: mean, low, high, undecided: low <= 0 && high >= 0 };
}
