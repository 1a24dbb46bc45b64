import { PipelineError } from '../../errors.js';

/** Log-density of codes under one Gaussian a class, up to what is the same for every code. */
export interface Density {
  readonly width: number;
  /** [count]: log of the sum over classes of prior times density. */
  logDensity(codes: Float32Array, count: number): Float64Array;
}

/** Part of the mean variance that is added to the diagonal: a feature may not vary at all. */
const ridge = 1e-3;

/**
 * Fits one Gaussian a class on codes [count, width] (deep deterministic uncertainty, Mukhoti et
 * al., CVPR 2023): low density means far from everything trained on. Covariances are shrunk by
 * 0.001 of their mean diagonal. Throws STAGE_NOT_READY with a class that has fewer than two codes.
 */
export function fitDensity(
  codes: { readonly values: Float32Array; readonly count: number; readonly width: number },
  labels: ArrayLike<number>,
  classes: number,
): Density {
  const { values, count, width: d } = codes;
  const gaussians = Array.from({ length: classes }, (_, c) => {
    const rows = Array.from({ length: count }, (_, i) => i).filter((i) => labels[i] === c);
    if (rows.length < 2) {
      throw new PipelineError('STAGE_NOT_READY', {
        what: 'a class has too few images for a density',
        got: `${rows.length} of class ${c}`,
        expected: 'at least 2',
        next: 'raise plan.rowsPerClass of the preset',
      });
    }
    const mean = new Float64Array(d);
    for (const i of rows) for (let a = 0; a < d; a++) mean[a]! += values[i * d + a]! / rows.length;
    const covariance = new Float64Array(d * d);
    for (const i of rows) {
      for (let a = 0; a < d; a++) {
        const x = (values[i * d + a]! - mean[a]!) / (rows.length - 1);
        for (let b = 0; b <= a; b++) covariance[a * d + b]! += x * (values[i * d + b]! - mean[b]!);
      }
    }
    let trace = 0;
    for (let a = 0; a < d; a++) trace += covariance[a * d + a]!;
    for (let a = 0; a < d; a++) covariance[a * d + a]! += (ridge * trace) / d + 1e-12;
    const logDeterminant = cholesky(covariance, d);
    return { mean, factor: covariance, logDeterminant, logPrior: Math.log(rows.length / count) };
  });
  return {
    width: d,
    logDensity(of, n) {
      const y = new Float64Array(d);
      return Float64Array.from({ length: n }, (_, i) => {
        const terms = gaussians.map(({ mean, factor, logDeterminant, logPrior }) => {
          let square = 0;
          for (let a = 0; a < d; a++) {
            let x = of[i * d + a]! - mean[a]!;
            for (let b = 0; b < a; b++) x -= factor[a * d + b]! * y[b]!;
            y[a] = x / factor[a * d + a]!;
            square += y[a]! ** 2;
          }
          return logPrior - square / 2 - logDeterminant;
        });
        const top = Math.max(...terms);
        return top + Math.log(terms.reduce((sum, t) => sum + Math.exp(t - top), 0));
      });
    },
  };
}

/** Lower Cholesky factor in place; returns the sum of the logarithms of its diagonal. */
function cholesky(m: Float64Array, d: number): number {
  let log = 0;
  for (let a = 0; a < d; a++) {
    for (let b = 0; b <= a; b++) {
      let x = m[a * d + b]!;
      for (let k = 0; k < b; k++) x -= m[a * d + k]! * m[b * d + k]!;
      if (a === b) {
        m[a * d + a] = Math.sqrt(x);
        log += Math.log(x) / 2;
      } else m[a * d + b] = x / m[b * d + b]!;
    }
  }
  return log;
}
