import { PlanError } from '../errors.js';
import { normalCdf, normalQuantile } from './normal.js';

/** Correlation of some parameters' normal scores (a Gaussian copula); their priors stay as given. */
export interface Correlation {
  readonly parameters: readonly string[];
  /** `[n, n]`, symmetric, positive definite, ones on the diagonal. */
  readonly matrix: readonly (readonly number[])[];
}

/**
 * A map of a point of the unit cube that gives its coordinates the correlation asked for:
 * u -> P(L P^-1(u)) with matrix = L L^T.
 * @param names of the coordinates, in order
 * @throws PlanError PLAN_INVALID
 */
export function correlate(
  correlation: Correlation,
  names: readonly string[],
  where: string,
): (point: Float64Array) => void {
  const refuse = (what: string, got: string, expected: string) =>
    new PlanError({ code: 'PLAN_INVALID', what, where, got, expected });
  const { parameters, matrix } = correlation;
  const n = parameters.length;
  const axes = parameters.map((name) => names.indexOf(name));
  const unknown = parameters.find((_, i) => axes[i] === -1);
  if (unknown !== undefined) {
    throw refuse('A correlation names no such parameter', unknown, names.join(', '));
  }
  const square = matrix.length === n && matrix.every((line) => line.length === n);
  const symmetric =
    square && matrix.every((line, i) => line[i] === 1 && line.every((v, j) => v === matrix[j]![i]));
  if (!symmetric || new Set(axes).size !== n) {
    throw refuse(
      'A correlation matrix does not hold',
      JSON.stringify(matrix),
      `a symmetric ${n} x ${n} matrix with ones on its diagonal, each parameter once`,
    );
  }
  const lower = matrix.map(() => new Float64Array(n));
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i]![j]!;
      for (let k = 0; k < j; k++) sum -= lower[i]![k]! * lower[j]![k]!;
      if (i !== j) lower[i]![j] = sum / lower[j]![j]!;
      else if (sum > 1e-12) lower[i]![i] = Math.sqrt(sum);
      else
        throw refuse('A correlation matrix is not positive definite', JSON.stringify(matrix), 'it');
    }
  }
  const score = new Float64Array(n);
  return (point) => {
    for (let i = 0; i < n; i++) score[i] = normalQuantile(point[axes[i]!]!);
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let k = 0; k <= i; k++) sum += lower[i]![k]! * score[k]!;
      const u = normalCdf(sum);
      point[axes[i]!] = Math.min(1 - 2 ** -53, Math.max(2 ** -53, u));
    }
  };
}
