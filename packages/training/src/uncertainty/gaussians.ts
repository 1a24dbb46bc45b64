import { z } from 'zod';
import { TrainingError } from '../errors.js';

/** One Gaussian a class over features [d], with its share of the images as weight. */
export interface ClassGaussians {
  /** [classes][d] */
  means: number[][];
  /** [classes][d (d + 1) / 2]: Cholesky factors L of the covariances, L L^T, rows of the triangle. */
  factors: number[][];
  /** log of the share of each class. */
  logShares: number[];
}

const finite = z.number();
export const gaussiansSchema: z.ZodType<ClassGaussians> = z
  .strictObject({
    means: z.array(z.array(finite).min(1)).min(1),
    factors: z.array(z.array(finite).min(1)).min(1),
    logShares: z.array(finite.max(0)).min(1),
  })
  .refine(({ means, factors, logShares }) => {
    const d = means[0]!.length;
    const triangle = (d * (d + 1)) / 2;
    return (
      factors.length === means.length &&
      logShares.length === means.length &&
      means.every((m) => m.length === d) &&
      factors.every((f) => f.length === triangle && diagonal(f, d).every((x) => x > 0))
    );
  }, 'means, factors and shares do not belong together');

function diagonal(factor: readonly number[], d: number): number[] {
  return Array.from({ length: d }, (_, i) => factor[(i * (i + 1)) / 2 + i]!);
}

/**
 * Fits a Gaussian to the features of each class (deep deterministic uncertainty: Mukhoti et al.,
 * CVPR 2023). To each covariance the smallest of 0, 1e-12, 1e-11, ... times its mean variance is
 * added that makes it positive definite; features that never change would make it singular.
 *
 * @param features [n, d] of training images, row by row
 * @param labels [n]
 * @param options.ridge part of the mean variance that is added to each variance in any case, for
 * features that hardly vary; 0 if not given
 * Throws `CALIBRATION` for a class with fewer than two images.
 */
export function fitGaussians(
  features: ArrayLike<number>,
  labels: ArrayLike<number>,
  classes: number,
  { ridge = 0 }: { ridge?: number } = {},
): ClassGaussians {
  const n = labels.length;
  const d = features.length / n;
  const result: ClassGaussians = { means: [], factors: [], logShares: [] };
  for (let c = 0; c < classes; c++) {
    const rows = Array.from({ length: n }, (_, i) => i).filter((i) => labels[i] === c);
    if (rows.length < 2) {
      throw new TrainingError({
        code: 'CALIBRATION',
        what: `a Gaussian of class ${c} needs two images or more`,
        where: 'fitGaussians',
        got: String(rows.length),
      });
    }
    const mean = new Float64Array(d);
    for (const i of rows)
      for (let j = 0; j < d; j++) mean[j]! += features[i * d + j]! / rows.length;
    const covariance = new Float64Array((d * (d + 1)) / 2);
    const delta = new Float64Array(d);
    for (const i of rows) {
      for (let j = 0; j < d; j++) delta[j] = features[i * d + j]! - mean[j]!;
      for (let j = 0, at = 0; j < d; j++)
        for (let k = 0; k <= j; k++, at++)
          covariance[at]! += (delta[j]! * delta[k]!) / (rows.length - 1);
    }
    result.means.push([...mean]);
    result.factors.push([...positiveFactor(covariance, d, ridge)]);
    result.logShares.push(Math.log(rows.length / n));
  }
  return result;
}

/** Cholesky factor of a covariance plus the least jitter that gives one. */
function positiveFactor(covariance: Float64Array, d: number, ridge: number): Float64Array {
  const trace = diagonal([...covariance], d).reduce((sum, x) => sum + x, 0);
  const scale = trace > 0 ? trace / d : 1;
  for (let jitter = 0; ; jitter = jitter === 0 ? 1e-12 : jitter * 10) {
    const factor = cholesky(covariance, d, (ridge + jitter) * scale);
    if (factor) return factor;
  }
}

function cholesky(a: Float64Array, d: number, jitter: number): Float64Array | undefined {
  const l = new Float64Array(a.length);
  const row = (i: number) => (i * (i + 1)) / 2;
  // A pivot that is rounding error of the entry it came from says nothing.
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[row(i) + j]! + (i === j ? jitter : 0);
      const whole = sum;
      for (let k = 0; k < j; k++) sum -= l[row(i) + k]! * l[row(j) + k]!;
      if (i !== j) l[row(i) + j] = sum / l[row(j) + j]!;
      else if (sum > 1e-13 * whole && sum > 0) l[row(i) + i] = Math.sqrt(sum);
      else return undefined;
    }
  }
  return l;
}

/**
 * (f - mean)^T covariance^-1 (f - mean) of features under each Gaussian, [n, classes]: the squared
 * Mahalanobis distance, of mean d for features drawn from it.
 */
export function squaredDistances(g: ClassGaussians, features: ArrayLike<number>): Float64Array {
  const d = g.means[0]!.length;
  const classes = g.means.length;
  const y = new Float64Array(d);
  return Float64Array.from({ length: (features.length / d) * classes }, (_, at) => {
    const [i, c] = [Math.floor(at / classes), at % classes];
    const [l, mean] = [g.factors[c]!, g.means[c]!];
    let square = 0;
    for (let j = 0, entry = 0; j < d; j++) {
      let x = features[i * d + j]! - mean[j]!;
      for (let k = 0; k < j; k++) x -= l[entry++]! * y[k]!;
      y[j] = x / l[entry++]!;
      square += y[j]! ** 2;
    }
    return square;
  });
}

/**
 * log of the density of features under the mixture, log sum_c share_c N(f; mean_c, covariance_c),
 * natural logarithm; [n]
 */
export function logDensities(g: ClassGaussians, features: ArrayLike<number>): Float64Array {
  const d = g.means[0]!.length;
  const constants = g.factors.map(
    (l, c) =>
      g.logShares[c]! -
      diagonal(l, d).reduce((sum, x) => sum + Math.log(x), 0) -
      (d / 2) * Math.log(2 * Math.PI),
  );
  const squares = squaredDistances(g, features);
  return Float64Array.from({ length: features.length / d }, (_, i) => {
    const logs = constants.map((constant, c) => constant - squares[i * constants.length + c]! / 2);
    const highest = Math.max(...logs);
    return highest + Math.log(logs.reduce((sum, v) => sum + Math.exp(v - highest), 0));
  });
}
