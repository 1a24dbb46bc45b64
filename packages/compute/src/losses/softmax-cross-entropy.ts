import * as tf from '@tensorflow/tfjs-core';

/**
 * Cross-entropy of the softmax of z [n, classes] against labels y [n, classes], mean over the rows:
 *
 *     L = (1/n) sum_i ( log(sum_c exp z_ic) sum_c y_ic - sum_c y_ic z_ic )
 *
 * in operations whose gradients can be differentiated again, in z and in y. tf.losses.softmaxCrossEntropy
 * gives the same number and first gradient (for rows of y that sum to 1), but its own gradient is
 * made from a saved copy of its output: a second differentiation leaves that part out, without a word.
 */
export function softmaxCrossEntropy(y: tf.Tensor2D, z: tf.Tensor2D): tf.Scalar {
  return tf.tidy(() => {
    const normalised = tf.mul(tf.logSumExp(z, 1), tf.sum(y, 1));
    return tf.mean(tf.sub(normalised, tf.sum(tf.mul(y, z), 1)));
  });
}
