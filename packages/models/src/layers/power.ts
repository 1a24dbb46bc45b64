import * as tf from '@tensorflow/tfjs-core';

/** A linear map without its bias, and its transpose. */
export interface LinearMap {
  apply(x: tf.Tensor): tf.Tensor;
  transpose(y: tf.Tensor): tf.Tensor;
}

/** One step of power iteration on A^T A from the unit vector u: A^T A u / |A^T A u|. */
export function powerStep({ apply, transpose }: LinearMap, u: tf.Tensor): tf.Tensor {
  return tf.tidy(() => unit(transpose(unit(apply(u)))));
}

/**
 * |A u| for a unit vector u: the largest singular value once u has converged. With u held fixed
 * its derivative is that of the singular value, v^T dA u, so the iteration itself need not be
 * differentiated.
 */
export function singularValue({ apply }: LinearMap, u: tf.Tensor): tf.Scalar {
  return tf.sqrt(tf.add(tf.sum(tf.square(apply(u))), 1e-12));
}

function unit(x: tf.Tensor): tf.Tensor {
  return tf.div(x, tf.sqrt(tf.add(tf.sum(tf.square(x)), 1e-12)));
}
