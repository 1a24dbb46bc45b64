import { type Matrix, matrix, rowOf, zeros } from './data/matrix.js';
import { randomStream } from './data/random.js';
import { type Samples, splitSamples } from './data/samples.js';

/** Standard normal numbers, `[rows, columns]`. */
export function normals(rows: number, columns: number, seed: number): Matrix {
  const random = randomStream(seed, 99);
  return matrix(
    Float64Array.from({ length: rows * columns }, () => random.normal()),
    rows,
    columns,
  );
}

/** Directions planted in four inputs: orthonormal, and none of them along an axis. */
export const plantedFirst = [0.8, -0.48, 0.36, 0];
export const plantedSecond = [0.6, 0.64, -0.48, 0];

/**
 * Spectra that bend with two directions of a standard normal structure; the first moves a line, the
 * second, with less effect, its height. The fourth input does nothing.
 */
export function plantedSamples(count: number, { seed = 1, noise = 0, points = 24 } = {}) {
  const structures = normals(count, 4, seed);
  const spectra = zeros(count, points);
  const random = randomStream(seed, 7);
  for (let i = 0; i < count; i++) {
    const x = rowOf(structures, i);
    const along = (v: readonly number[]) => v.reduce((s, w, a) => s + w * x[a], 0);
    const [t1, t2] = [along(plantedFirst), along(plantedSecond)];
    for (let j = 0; j < points; j++) {
      const e = (8 * j) / (points - 1) - 4;
      spectra.data[i * points + j] =
        (1 + 0.35 * t2) * Math.exp(-0.5 * ((e - t1) / 1.5) ** 2) + noise * random.normal();
    }
  }
  return splitSamples({ structures, spectra }, { seed: 3 });
}

/** The same spectra, dealt out to other structures. */
export function shuffledSpectra({ structures, spectra }: Samples, seed = 5): Samples {
  const order = Int32Array.from({ length: spectra.rows }, (_, i) => i);
  randomStream(seed, 8).shuffle(order);
  const data = new Float64Array(spectra.data.length);
  order.forEach((from, to) => data.set(rowOf(spectra, from), to * spectra.columns));
  return { structures, spectra: { ...spectra, data } };
}

/** |a . b| of two directions. */
export const alignment = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.abs(Array.from(a).reduce((s, v, i) => s + v * b[i], 0));

/** Small nets and few epochs: seconds in a test. */
export const quick = {
  hidden: [24, 24],
  training: { epochs: 50, learningRate: 0.01 },
};
