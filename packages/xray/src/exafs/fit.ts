import { levenbergMarquardt } from 'ml-levenberg-marquardt';
import { XrayError } from '../errors.js';
import { solveInPlace } from '../linalg/matrix.js';
import { linearGrid } from '../spectra/broaden.js';
import type { PathParameters, ScatteringPath } from './chi.js';
import type { ChiOfK } from './columns.js';
import { FourierTransform, type TransformOptions } from './fourier.js';

/** The four numbers of a shell, in this order everywhere. */
export const shellParameters = ['amplitude', 'deltaR', 'sigma2', 'e0Ev'] as const;
/** What a shell is described by; units as in `PathParameters`. */
export type ShellParameter = (typeof shellParameters)[number];

/** What is compared with the measurement, and which parameters are free. */
export interface ShellFitOptions extends TransformOptions {
  /** Range of R that is compared, Å. */
  rMin: number;
  rMax: number;
  /** Where the fit starts; default amplitude = the path's degeneracy, sigma2 0.005 Å^2, the rest 0. */
  start?: Partial<Record<ShellParameter, number>>;
  /** Kept at these values, not fitted. */
  fixed?: Partial<Record<ShellParameter, number>>;
}

/** A fitted shell. */
export interface ShellFit {
  readonly values: Readonly<Record<ShellParameter, number>>;
  /** One standard deviation; 0 for what was fixed. */
  readonly errors: Readonly<Record<ShellParameter, number>>;
  /** `[fitted, fitted]`, row-major, in the order of `fitted`. */
  readonly correlation: Float64Array;
  readonly fitted: readonly ShellParameter[];
  /** Sum of squares of the misfit over that of the data, inside the R range. */
  readonly rFactor: number;
  /** 2 (kMax - kMin)(rMax - rMin) / pi: how many numbers the range can tell (Nyquist). */
  readonly independentPoints: number;
  readonly iterations: number;
}

/**
 * Lowest and highest value, and the unit in which the solver sees the parameter: its damping treats all
 * alike, so that they must be of one size.
 */
const ranges: Readonly<Record<ShellParameter, readonly [number, number, number]>> = {
  amplitude: [1e-3, 100, 1],
  deltaR: [-0.5, 0.5, 0.01],
  sigma2: [-0.02, 0.08, 0.001],
  e0Ev: [-30, 30, 1],
};
/** Step of the derivatives, in those units. */
const derivativeStep = 1e-3;

/**
 * Fits one shell to a measured chi(k) by least squares between real and imaginary parts of the Fourier
 * transform in a range of R (Levenberg and Marquardt's method of ml-levenberg-marquardt).
 *
 * Errors are propagated from white noise in k of the size the misfit has in the R range, through the
 * window and the weight: tested to cover as they should. A systematic misfit makes them larger.
 * @throws XrayError `K_OUT_OF_RANGE`, `OPTION_INVALID`; `FIT_FAILED` where it does not settle or has fewer
 *   independent points than parameters
 */
export function fitShell(path: ScatteringPath, data: ChiOfK, options: ShellFitOptions): ShellFit {
  const { rMin, rMax, kMin, kMax, start = {}, fixed = {} } = options;
  if (!(rMin >= 0) || !(rMax > rMin)) {
    throw new XrayError({
      code: 'OPTION_INVALID',
      what: 'The R range must be 0 or above and ascend',
      got: `${rMin} to ${rMax} Å`,
    });
  }
  const points = Math.max(8, Math.round((rMax - rMin) / 0.03) + 1);
  const transform = new FourierTransform(linearGrid(rMin, rMax, points), options);
  const measured = transform.apply(transform.resample(data));
  const fitted = shellParameters.filter((p) => fixed[p] === undefined);
  const independentPoints = (2 * (kMax - kMin) * (rMax - rMin)) / Math.PI;
  if (!(independentPoints > fitted.length) || fitted.length === 0) {
    throw new XrayError({
      code: 'FIT_FAILED',
      what: 'The ranges of k and R cannot tell as many parameters apart',
      got: `${independentPoints.toFixed(1)} independent points for ${fitted.length} parameters`,
      next: 'widen a range, or keep a parameter fixed',
    });
  }
  const defaults = { amplitude: path.table.degeneracy, deltaR: 0, sigma2: 0.005, e0Ev: 0 };
  const initial = { ...defaults, ...start, ...fixed };
  const chi = new Float64Array(transform.k.length);
  const model = (vector: ArrayLike<number>): Float64Array => {
    const parameters: PathParameters = { ...initial };
    fitted.forEach((p, i) => (parameters[p] = vector[i]! * ranges[p][2]));
    chi.fill(0);
    path.addTo(transform.k, parameters, chi);
    return transform.apply(chi);
  };
  const scale = measured.reduce((s, v) => s + v * v, 0);
  if (!(scale > 0)) {
    throw new XrayError({ code: 'FIT_FAILED', what: 'There is nothing in this range of R' });
  }
  // The data have length 100 for the solver, whose damping and tolerance are absolute.
  const unit = 100 / Math.sqrt(scale);
  const x = Array.from(measured, (_, i) => i);
  const y = Array.from(measured, (v) => v * unit);
  let iterations = 0;
  const burst = (initialValues: readonly number[]) => {
    const result = levenbergMarquardt(
      { x, y },
      (vector: number[]) => {
        const values = model(vector);
        return (i: number) => values[i]! * unit;
      },
      {
        initialValues: initialValues.slice(),
        minValues: fitted.map((p) => ranges[p][0] / ranges[p][2]),
        maxValues: fitted.map((p) => ranges[p][1] / ranges[p][2]),
        gradientDifference: derivativeStep,
        centralDifference: true,
        damping: 1,
        maxIterations: 6,
        errorTolerance: 1e-13,
      },
    );
    iterations += result.iterations;
    return result;
  };
  // E0 and dR turn the phase together: from one start a fit may settle a period away.
  const starts = fitted.includes('e0Ev') && start.e0Ev === undefined ? [0, -8, 8] : [initial.e0Ev];
  let best = starts
    .map((e0Ev) => burst(fitted.map((p) => (p === 'e0Ev' ? e0Ev : initial[p]) / ranges[p][2])))
    .reduce((one, other) => (other.parameterError < one.parameterError ? other : one));
  // The library has no stop for a fit that no longer gains: it is asked in short runs.
  for (let round = 0; round < 40; round++) {
    const next = burst(best.parameterValues);
    const gain = best.parameterError - next.parameterError;
    if (gain > 0) best = next;
    if (gain <= 1e-12 * best.parameterError + 1e-13) break;
  }
  const solution = best.parameterValues;
  const fitVector = model(solution);
  const squares = fitVector.reduce((s, v, i) => s + (v - measured[i]!) ** 2, 0);
  const jacobian = fitted.map((p, i) => {
    const up = solution.slice();
    const down = solution.slice();
    up[i] = up[i]! + derivativeStep;
    down[i] = down[i]! - derivativeStep;
    const high = model(up);
    const low = model(down);
    return high.map((v, j) => (v - low[j]!) / (2 * derivativeStep * ranges[p][2]));
  });
  const covariance = propagate(jacobian, transform, squares);
  const n = fitted.length;
  const errors = { amplitude: 0, deltaR: 0, sigma2: 0, e0Ev: 0 };
  const values = { ...initial };
  fitted.forEach((p, i) => {
    errors[p] = Math.sqrt(covariance[i * n + i]!);
    values[p] = solution[i]! * ranges[p][2];
  });
  for (const [i, p] of fitted.entries()) {
    // A downhill step left at the end that is not small beside the error: it has not settled.
    const gradient = jacobian[i]!.reduce((s, v, j) => s + v * (fitVector[j]! - measured[j]!), 0);
    const own = jacobian[i]!.reduce((s, v) => s + v * v, 0);
    if (!(Math.abs(gradient / own) < 0.05 * errors[p] + 1e-4 * ranges[p][2])) {
      throw new XrayError({
        code: 'FIT_FAILED',
        what: 'The fit did not settle',
        where: p,
        got: `${values[p].toPrecision(5)} (R factor ${(squares / scale).toPrecision(3)})`,
        next: 'look at the spectrum and the ranges; start nearer, or keep a parameter fixed',
      });
    }
  }
  return {
    values,
    errors,
    correlation: covariance.map((c, at) => {
      const i = Math.floor(at / n);
      const j = at % n;
      return c / Math.sqrt(covariance[i * n + i]! * covariance[j * n + j]!);
    }),
    fitted,
    rFactor: squares / scale,
    independentPoints,
    iterations,
  };
}

/**
 * Covariance of the parameters for white noise in k, whose size is taken from the misfit: with G = J
 * (J^T J)^-1 and the transform A it is s^2 (G^T A)(G^T A)^T, and the misfit's sum of squares is
 * s^2 tr[A^T (1 - J G^T) A].
 */
function propagate(
  jacobian: readonly Float64Array[],
  transform: FourierTransform,
  squares: number,
): Float64Array {
  const n = jacobian.length;
  const g = pseudoInverse(jacobian);
  const throughG = g.map((row) => transform.applyTransposed(row));
  const throughJ = jacobian.map((row) => transform.applyTransposed(row));
  let freedom = transform.squaredNorm;
  for (let i = 0; i < n; i++) freedom -= dot(throughG[i]!, throughJ[i]!);
  const variance = squares / freedom;
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) out[i * n + j] = variance * dot(throughG[i]!, throughG[j]!);
  }
  return out;
}

const dot = (a: Float64Array, b: Float64Array) => a.reduce((s, v, i) => s + v * b[i]!, 0);

/** Rows of (J^T J)^-1 J^T for Jacobian columns, which are scaled to length one while inverting. */
function pseudoInverse(columns: readonly Float64Array[]): Float64Array[] {
  const n = columns.length;
  const lengths = columns.map((c) => Math.sqrt(dot(c, c)));
  return columns.map((_, k) => {
    const a = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        a[i * n + j] = dot(columns[i]!, columns[j]!) / (lengths[i]! * lengths[j]!);
      }
    }
    const b = new Float64Array(n);
    b[k] = 1;
    if (!solveInPlace(a, b, n)) {
      throw new XrayError({
        code: 'FIT_FAILED',
        what: 'Two parameters of the fit cannot be told apart in these ranges',
        next: 'keep one fixed',
      });
    }
    const row = new Float64Array(columns[0]!.length);
    for (let i = 0; i < n; i++) {
      const f = b[i]! / (lengths[i]! * lengths[k]!);
      for (let m = 0; m < row.length; m++) row[m] = row[m]! + f * columns[i]![m]!;
    }
    return row;
  });
}
