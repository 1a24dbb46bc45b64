import { EigenvalueDecomposition, Matrix as DenseMatrix, solve } from 'ml-matrix';
import { z } from 'zod';
import { type Matrix, matrix, rowOf, toRows, zeros } from '../data/matrix.js';
import type { TrainingSamples } from '../data/samples.js';
import { lqFactors, multiply, signOf, transposed } from '../directions/orthonormal.js';
import { affine, type Mlp } from '../mlp/network.js';
import { Interpreter, startingCodes } from './interpreter.js';
import {
  checkComponents,
  checkOptions,
  componentsSchema,
  type Prepared,
  prepare,
  scalingSchema,
} from './prepare.js';

const schema = z.strictObject({ scaling: scalingSchema, components: componentsSchema });
export type LinearOptions = z.input<typeof schema>;

/**
 * Reduced-rank linear regression (Izenman, J. Multivariate Anal. 5, 248): the best linear map from
 * z-scored structure to spectrum through `components` directions: ordinary least squares, projected
 * on the principal components of its own predictions.
 */
export function fitLinear(data: TrainingSamples, options: LinearOptions): Interpreter {
  const { scaling, components: k } = checkOptions(schema, options, 'linear');
  const prepared = prepare(data, scaling);
  checkComponents(k, prepared.inputs, 'linear');
  const x = dense(prepared.x);
  // Pseudo-inverse: descriptors may depend on each other.
  const b = solve(x, dense(prepared.y), true);
  const fitted = x.mmul(b);
  const w = leading(fitted.transpose().mmul(fitted), k);
  const directions = plain(b.mmul(w).transpose());
  const { l, q } = lqFactors(directions);
  const decoder = multiply(transposed(l), plain(w.transpose()));
  for (let r = 0; r < k; r++) {
    if (signOf(rowOf(q, r)) > 0) continue;
    for (let i = 0; i < q.columns; i++) q.data[r * q.columns + i] *= -1;
    for (let j = 0; j < decoder.columns; j++) decoder.data[r * decoder.columns + j] *= -1;
  }
  return linearInterpreter('linear', prepared, transposed(q), decoder, q, q);
}

/**
 * Partial least squares with several responses (Wold; de Jong, Chemom. Intell. Lab. Syst. 18, 251):
 * each component is the direction of largest covariance with the spectra left over.
 */
export function fitPls(data: TrainingSamples, options: LinearOptions): Interpreter {
  const { scaling, components: k } = checkOptions(schema, options, 'pls');
  const prepared = prepare(data, scaling);
  checkComponents(k, prepared.inputs, 'pls');
  const y = dense(prepared.y);
  let x = dense(prepared.x);
  const weights: number[][] = [];
  const xLoadings: number[][] = [];
  const yLoadings: number[][] = [];
  for (let c = 0; c < k; c++) {
    const cross = x.transpose().mmul(y);
    const w = leading(cross.mmul(cross.transpose()), 1).getColumn(0);
    const sign = signOf(w);
    const direction = DenseMatrix.columnVector(w.map((v) => sign * v));
    const t = x.mmul(direction);
    const length = t.transpose().mmul(t).get(0, 0) || 1;
    const p = x.transpose().mmul(t).div(length);
    const q = y.transpose().mmul(t).div(length);
    x = x.sub(t.mmul(p.transpose()));
    weights.push(direction.to1DArray());
    xLoadings.push(p.to1DArray());
    yLoadings.push(q.to1DArray());
  }
  const w = new DenseMatrix(weights).transpose();
  const p = new DenseMatrix(xLoadings).transpose();
  // t = z . r with r = W (P^T W)^-1
  const r = w.mmul(solve(p.transpose().mmul(w), DenseMatrix.eye(k), true));
  const { q: basis } = lqFactors(plain(r.transpose()));
  return linearInterpreter(
    'pls',
    prepared,
    plain(r),
    plain(new DenseMatrix(yLoadings)),
    plain(new DenseMatrix(xLoadings)),
    basis,
  );
}

/**
 * The bound of any method with `components` latent values and a linear decoder: principal
 * components of the spectra themselves. Its `score` needs no structure; `transform` is the linear
 * prediction of the coefficients from structure.
 */
export function fitPca(data: TrainingSamples, options: LinearOptions): Interpreter {
  const { scaling, components: k } = checkOptions(schema, options, 'pca');
  const prepared = prepare(data, scaling);
  checkComponents(k, prepared.rank, 'pca');
  const { rank } = prepared;
  const first = zeros(k, rank);
  for (let r = 0; r < k; r++) first.data[r * rank + r] = 1;
  const x = dense(prepared.x);
  const scores = dense(prepared.y).subMatrix(0, prepared.y.rows - 1, 0, k - 1);
  const encode = plain(solve(x, scores, true));
  const lift = plain(solve(scores, x, true));
  return linearInterpreter('pca', prepared, encode, first, lift);
}

function linearInterpreter(
  method: 'linear' | 'pls' | 'pca',
  { inputs, inputScale, outputScale, x }: Prepared,
  encode: Matrix,
  decode: Matrix,
  lift: Matrix,
  basis?: Matrix,
): Interpreter {
  const encoder: Mlp = { inputs, layers: [affine(encode)] };
  return new Interpreter({
    method,
    inputScale,
    outputScale,
    encoder,
    decoder: { inputs: decode.rows, layers: [affine(decode)] },
    lift: { inputs: lift.rows, layers: [affine(lift)] },
    ...(basis && { basis }),
    codes: startingCodes(encoder, x),
    history: [],
  });
}

const dense = (m: Matrix): DenseMatrix => new DenseMatrix(toRows(m));
const plain = (m: DenseMatrix): Matrix =>
  matrix(Float64Array.from(m.to1DArray()), m.rows, m.columns);

/** Eigenvectors `[n, k]` of the largest eigenvalues of a symmetric matrix. */
function leading(symmetric: DenseMatrix, k: number): DenseMatrix {
  const eigen = new EigenvalueDecomposition(symmetric, { assumeSymmetric: true });
  const order = eigen.realEigenvalues
    .map((value, i) => [value, i] as const)
    .sort((a, b) => b[0] - a[0])
    .slice(0, k);
  const vectors = eigen.eigenvectorMatrix;
  return new DenseMatrix(order.map(([, i]) => vectors.getColumn(i))).transpose();
}
