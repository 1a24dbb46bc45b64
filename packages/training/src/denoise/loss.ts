import { decodeLatents, type Network } from '@spectraloom/models';
import * as tf from '@tensorflow/tfjs-core';

/** Images to clean, what they should become, and the normal numbers to draw the code with. */
export interface DenoiserBatch {
  /** [n, rows, cols, channels], between 0 and 1 */
  noisy: Float32Array;
  clean: Float32Array;
  /** [n, latents]; zeros: the code's means. */
  epsilon: Float32Array;
  count: number;
}

/** Numbers in the code: means, and as many log-variances. */
export function latentsOf(network: Network): number {
  return Number(network.features.outputShape[1]) / 2;
}

/**
 * The negative evidence bound, mean over the images from..to of a batch: cross-entropy of the
 * sigmoid of the outputs against the clean image, summed over the pixels, plus `divergence` times
 * KL(q || N(0, 1)) = -1/2 sum (1 + ln s^2 - m^2 - s^2) of the code's means m and variances s^2
 * (Kingma and Welling, ICLR 2014). The code is m + s epsilon.
 */
export function denoiserLoss(
  network: Network,
  batch: DenoiserBatch,
  from: number,
  to: number,
  divergence: number,
): tf.Scalar {
  const shape: [number, number, number, number] = [to - from, ...network.options.inputShape];
  const size = shape[1] * shape[2] * shape[3];
  const latents = latentsOf(network);
  const part = (values: Float32Array) =>
    tf.tensor4d(values.subarray(from * size, to * size), shape);
  const code = network.features.apply(part(batch.noisy)) as tf.Tensor2D;
  const [mean, logVariance] = tf.split(code, 2, 1) as [tf.Tensor2D, tf.Tensor2D];
  const epsilon = tf.tensor2d(batch.epsilon.subarray(from * latents, to * latents), mean.shape);
  const drawn = tf.add(mean, tf.mul(tf.exp(tf.div(logVariance, 2)), epsilon));
  const z = decodeLatents(network, drawn);
  // max(z, 0) - z y + ln(1 + exp(-|z|)), without overflow.
  const entropy = tf.add(
    tf.sub(tf.relu(z), tf.mul(z, part(batch.clean))),
    tf.log1p(tf.exp(tf.neg(tf.abs(z)))),
  );
  const inner = tf.sub(tf.add(1, logVariance), tf.add(tf.square(mean), tf.exp(logVariance)));
  const kl = tf.mul(tf.sum(inner, 1), -0.5);
  const perImage = tf.add(tf.sum(entropy, [1, 2, 3]), tf.mul(kl, divergence));
  return tf.mean(perImage);
}
