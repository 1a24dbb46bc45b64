import { type Network, type Preprocessing, preprocessImage } from '@spectraloom/models';
import * as tf from '@tensorflow/tfjs-core';
import { ExplainError } from '../errors.js';
import { pullBack } from '../image/pull-back.js';
import { type TileMeans, tileMeans } from '../image/tiles.js';
import { explainedScores, targetOf } from '../maps/target.js';

export interface IntegratedGradientsOptions {
  network: Network;
  preprocessing: Preprocessing;
  /** One raw image [rows * cols]. */
  image: Float32Array;
  /** Class by name or index. */
  target: string | number;
  /** Raw image to start from; the preprocessed image that is 0 everywhere if not given. */
  baseline?: Float32Array;
  /** Points on the straight line from baseline to image; 32 if not given. */
  steps?: number;
  /** Size of a tile of the image in pixels; 40 x 40 if not given. */
  tile?: [number, number];
}

export interface IntegratedGradients {
  target: { index: number; name: string };
  /** [rows, cols, channels] of the preprocessed image: share of each input in f(x) - f(baseline). */
  inputs: Float32Array;
  imageShape: [number, number];
  /** The shares at the size of the image, brought back through the preprocessing. */
  signed: Float32Array;
  tiles: TileMeans;
  /** Sum of the shares, what it should be, and by how much it misses. */
  completeness: { sum: number; difference: number; error: number };
  warnings: string[];
}

/** A map is incomplete when the shares miss the difference by more than this part of it. */
const incomplete = 0.05;

/**
 * Integrated gradients (Sundararajan, Taly and Yan, ICML 2017) of the explained score f:
 * (x_i - b_i) times the integral over t of df/dx_i at b + t (x - b), by the midpoint rule, whose
 * error falls as 1/steps^2 where f is smooth. The shares add up to f(x) - f(b) but for that error,
 * which `completeness` gives and a warning names when it is larger than 5 %.
 * Throws `TARGET`, `TILE`, `STEPS`.
 */
export async function integratedGradients(
  options: IntegratedGradientsOptions,
): Promise<IntegratedGradients> {
  const { network, preprocessing, image, steps = 32, tile = [40, 40] } = options;
  if (!(Number.isInteger(steps) && steps >= 1)) {
    throw new ExplainError({
      code: 'STEPS',
      what: 'the integral needs a whole number of steps',
      where: 'integratedGradients',
      got: String(steps),
      expected: 'at least 1',
    });
  }
  const target = targetOf(network, options.target);
  const end = preprocessImage(preprocessing, image);
  const start = options.baseline
    ? preprocessImage(preprocessing, options.baseline)
    : new Float32Array(end.length);
  const shape: [number, number, number, number] = [1, ...network.options.inputShape];
  const sum = (x: tf.Tensor): tf.Scalar =>
    tf.sum(explainedScores(network, network.logits.apply(x) as tf.Tensor2D, target.index));
  const atOnce = 8;
  const total = new Float64Array(end.length);
  for (let first = 0; first < steps; first += atOnce) {
    const n = Math.min(atOnce, steps - first);
    const gradient = tf.tidy(() => {
      const b = tf.tensor(start, shape);
      const d = tf.sub(tf.tensor(end, shape), b);
      const t = Array.from({ length: n }, (_, i) => (first + i + 0.5) / steps);
      const x = tf.add(b, tf.mul(d, tf.tensor(t, [n, 1, 1, 1])));
      return tf.sum(tf.grad(sum)(x), 0);
    });
    (await gradient.data()).forEach((g, i) => (total[i]! += g / steps));
    gradient.dispose();
  }
  const inputs = Float32Array.from(total, (g, i) => g * (end[i]! - start[i]!));
  const ends = tf.tidy(() => {
    const both = tf.concat([tf.tensor(start, shape), tf.tensor(end, shape)]);
    return explainedScores(network, network.logits.predict(both) as tf.Tensor2D, target.index);
  });
  const [low, high] = await ends.data();
  ends.dispose();
  const difference = high! - low!;
  const reached = inputs.reduce((a, v) => a + v, 0);
  const error = Math.abs(reached - difference);
  const { imageShape } = preprocessing;
  const signed = toImage(network, preprocessing, inputs);
  const warnings: string[] = [];
  if (inputs.every((v) => v === 0)) {
    warnings.push(`the map is empty: no pixel bears on ${target.name}`);
  } else if (error > incomplete * Math.abs(difference) + 1e-6) {
    warnings.push(
      `the shares add up to ${reached.toPrecision(4)} and not to ${difference.toPrecision(4)}: take more than ${steps} steps`,
    );
  }
  return {
    ...{ target, inputs, imageShape, signed, warnings },
    tiles: tileMeans(signed, imageShape, tile),
    completeness: { sum: reached, difference, error },
  };
}

/** Shares of inputs [rows, cols, channels], summed over channels, at the size of the image. */
export function toImage(
  network: Network,
  preprocessing: Preprocessing,
  inputs: Float32Array,
): Float32Array {
  const channels = network.options.inputShape[2];
  const flat = new Float32Array(inputs.length / channels);
  inputs.forEach((v, i) => (flat[Math.floor(i / channels)]! += v));
  const grid = network.options['grid'] as [number, number] | undefined;
  return pullBack(preprocessing, flat, grid);
}
