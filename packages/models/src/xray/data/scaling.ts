import { EigenvalueDecomposition, Matrix as DenseMatrix } from 'ml-matrix';
import { type Matrix, zeros } from './matrix.js';

/**
 * How spectra are scaled before anything is fitted or scored: `global` divides all by one number
 * (strong lines count more), `point` each grid point by its own standard deviation. The value of
 * rho depends on it.
 */
export type SpectrumScaling = 'global' | 'point';

/** z-scores of structures: a feature that does not matter is at its mean, 0. */
export interface InputScale {
  /** `[inputs]`, in the structures' units. */
  readonly mean: Float64Array;
  /** `[inputs]`; 1 for a feature that does not vary. */
  readonly sd: Float64Array;
}

/** Spectra as coefficients of a basis: `y = mean + scale * (scores . basis)`. */
export interface OutputScale {
  readonly scaling: SpectrumScaling;
  /** `[points]` */
  readonly mean: Float64Array;
  /** `[points]`, all the same for `global`. */
  readonly scale: Float64Array;
  /** `[rank, points]`, orthonormal rows. */
  readonly basis: Matrix;
}

/** Mean of each column. */
export function columnMeans(m: Matrix): Float64Array {
  const mean = new Float64Array(m.columns);
  for (let i = 0; i < m.rows; i++)
    for (let j = 0; j < m.columns; j++) mean[j] += m.data[i * m.columns + j];
  return mean.map((v) => v / m.rows);
}

/** Standard deviation of each column (over n); 0 for one that varies by rounding alone. */
export function columnDeviations(m: Matrix, mean: Float64Array): Float64Array {
  const variance = new Float64Array(m.columns);
  for (let i = 0; i < m.rows; i++) {
    for (let j = 0; j < m.columns; j++) variance[j] += (m.data[i * m.columns + j] - mean[j]) ** 2;
  }
  return variance.map((v, j) => {
    const sd = Math.sqrt(v / m.rows);
    return sd > 1e-12 * Math.abs(mean[j]) ? sd : 0;
  });
}

export function fitInputScale(structures: Matrix): InputScale {
  const mean = columnMeans(structures);
  return { mean, sd: columnDeviations(structures, mean).map((v) => v || 1) };
}

/** `[n, inputs]` in units -> z-scores. */
export function zScores(structures: Matrix, { mean, sd }: InputScale): Matrix {
  const p = structures.columns;
  return { ...structures, data: structures.data.map((v, i) => (v - mean[i % p]) / sd[i % p]) };
}

/** z-scores -> units. */
export function unscaled(z: Matrix, { mean, sd }: InputScale): Matrix {
  const p = z.columns;
  return { ...z, data: z.data.map((v, i) => mean[i % p] + sd[i % p] * v) };
}

/** Part of the variance that the basis may leave out: a change of rho far below any that is read. */
const lostVariance = 1e-7;

/**
 * Centres and scales spectra, and finds the principal components that hold all of their variance
 * but 1e-7: nets that learn these few coefficients in place of every grid point learn the same
 * function with fewer weights.
 */
export function fitOutputScale(spectra: Matrix, scaling: SpectrumScaling): OutputScale {
  const { columns: m } = spectra;
  const mean = columnMeans(spectra);
  const sd = columnDeviations(spectra, mean);
  // One global scale: the total variance of all points together becomes 1.
  const total = Math.sqrt(sd.reduce((sum, v) => sum + v * v, 0)) || 1;
  const varying = Math.max(
    1,
    sd.reduce((n, v) => n + (v > 0 ? 1 : 0), 0),
  );
  const scale =
    scaling === 'global'
      ? new Float64Array(m).fill(total)
      : sd.map((v) => (v || 1) * Math.sqrt(varying));
  const centred = {
    ...spectra,
    data: spectra.data.map((v, i) => (v - mean[i % m]) / scale[i % m]),
  };
  return { scaling, mean, scale, basis: principalBasis(centred) };
}

/** Orthonormal rows that hold all variance but `lostVariance`, largest first. */
function principalBasis(centred: Matrix, lost = lostVariance): Matrix {
  const { rows: n, columns: m } = centred;
  const wide = m > n;
  const dense = new DenseMatrix(
    Array.from({ length: n }, (_, i) => centred.data.subarray(i * m, (i + 1) * m)),
  );
  const gram = wide ? dense.mmul(dense.transpose()) : dense.transpose().mmul(dense);
  const eigen = new EigenvalueDecomposition(gram, { assumeSymmetric: true });
  const values = eigen.realEigenvalues;
  const vectors = eigen.eigenvectorMatrix;
  const order = values.map((_, i) => i).sort((a, b) => values[b] - values[a]);
  const sum = values.reduce((s, v) => s + Math.max(0, v), 0);
  const kept: number[] = [];
  let held = 0;
  for (const i of order) {
    if (kept.length > 0 && (held >= (1 - lost) * sum || values[i] <= 1e-14 * sum)) break;
    kept.push(i);
    held += Math.max(0, values[i]);
  }
  const basis = zeros(kept.length, m);
  kept.forEach((column, r) => {
    const vector = vectors.getColumn(column);
    const row = wide
      ? dense.transpose().mmul(DenseMatrix.columnVector(vector)).to1DArray()
      : vector;
    const norm = Math.hypot(...row) || 1;
    // The sign of an eigenvector is free: the largest entry is positive.
    const largest = row.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0);
    const factor = (largest < 0 ? -1 : 1) / norm;
    row.forEach((v, j) => (basis.data[r * m + j] = v * factor));
  });
  return basis;
}

/** `[n, points]` spectra -> `[n, points]` centred and scaled. */
export function scaledSpectra(spectra: Matrix, { mean, scale }: OutputScale): Matrix {
  const m = spectra.columns;
  return { ...spectra, data: spectra.data.map((v, i) => (v - mean[i % m]) / scale[i % m]) };
}

/** `[n, points]` spectra -> `[n, rank]` coefficients. */
export function scoresOf(spectra: Matrix, output: OutputScale): Matrix {
  const { data } = scaledSpectra(spectra, output);
  const { rows: rank, columns: m } = output.basis;
  const out = zeros(spectra.rows, rank);
  for (let i = 0; i < spectra.rows; i++) {
    for (let r = 0; r < rank; r++) {
      let sum = 0;
      for (let j = 0; j < m; j++) sum += data[i * m + j] * output.basis.data[r * m + j];
      out.data[i * rank + r] = sum;
    }
  }
  return out;
}

/** `[n, rank]` coefficients -> `[n, points]` spectra in their own units. */
export function spectraOf(scores: Matrix, { mean, scale, basis }: OutputScale): Matrix {
  const { rows: rank, columns: m } = basis;
  const out = zeros(scores.rows, m);
  for (let i = 0; i < scores.rows; i++) {
    const row = out.data.subarray(i * m, (i + 1) * m);
    for (let r = 0; r < rank; r++) {
      const s = scores.data[i * rank + r];
      for (let j = 0; j < m; j++) row[j] += s * basis.data[r * m + j];
    }
    for (let j = 0; j < m; j++) row[j] = mean[j] + scale[j] * row[j];
  }
  return out;
}
