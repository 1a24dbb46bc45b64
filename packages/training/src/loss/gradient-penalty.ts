import * as tf from '@tensorflow/tfjs-core';

/**
 * Two-sided gradient penalty of DUQ (van Amersfoort et al., ICML 2020): the mean over the images of
 * (|d sum_c K_c / dx| - 1)^2, the norm over all pixels of an image. It keeps the scores as sensitive
 * to the image as they are to the distance, from both sides.
 *
 * The gradient in x is taken inside, and the result can be differentiated again in the weights;
 * for that every operation on the way needs a second derivative, see `@spectraloom/compute`.
 *
 * @param x [n, rows, cols, channels]
 * @param outputs x -> z [n, classes], logarithms of the scores
 * @returns the penalty, and the outputs z, which are the caller's to dispose
 */
export function gradientPenalty(
  x: tf.Tensor4D,
  outputs: (x: tf.Tensor4D) => tf.Tensor2D,
): { penalty: tf.Scalar; z: tf.Tensor2D } {
  let z: tf.Tensor2D | undefined;
  const total = (images: tf.Tensor): tf.Scalar => {
    z = tf.keep(outputs(images as tf.Tensor4D));
    return tf.sum(tf.exp(z));
  };
  const gradient = tf.grad(total)(x);
  const squares = tf.sum(tf.square(gradient), [1, 2, 3]);
  // The square root has no slope at 0: a gradient that vanished would give NaN.
  const norms = tf.sqrt(tf.add(squares, 1e-12));
  return { penalty: tf.mean(tf.square(tf.sub(norms, 1))), z: z! };
}
