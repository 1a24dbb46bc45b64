import { type Matrix, zeros } from '../data/matrix.js';

/**
 * What a network is given of a transform: its shape (divided by its length) and the logarithm of the
 * length. An amplitude is then a difference of logarithms, whatever its size.
 */
export function shapeFeatures(transforms: Matrix): Matrix {
  const { rows, columns } = transforms;
  const out = zeros(rows, columns + 1);
  for (let i = 0; i < rows; i++) {
    const row = transforms.data.subarray(i * columns, (i + 1) * columns);
    const length = lengthOf(row);
    for (let j = 0; j < columns; j++) out.data[i * (columns + 1) + j] = row[j] / length;
    out.data[i * (columns + 1) + columns] = Math.log(length);
  }
  return out;
}

/** Euclidean length, kept above zero. */
function lengthOf(row: Float64Array): number {
  let sum = 0;
  for (const v of row) sum += v * v;
  return Math.sqrt(sum) || Number.MIN_VALUE;
}

/** `[n, 4]`: the parameters as the network is taught them: log(amplitude / length) in the first place. */
export function taughtFrom(parameters: Matrix, features: Matrix): Matrix {
  const data = Float64Array.from(parameters.data);
  for (let i = 0; i < parameters.rows; i++) {
    data[4 * i] = Math.log(data[4 * i]) - features.data[(i + 1) * features.columns - 1];
  }
  return { ...parameters, data };
}
