import type { Head } from '@spectraloom/models';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Cross-entropy of the linear outputs z [n, classes] against the classes as one-hot rows, mean
 * over the batch. `softmax`: -log softmax(z)_label. `sigmoid`: the binary cross-entropy of each
 * output, mean over the classes too, as Keras has it. Written in z, so that a saturated output
 * still has a gradient. `rbf`: the binary cross-entropy of the scores exp z, mean over the classes;
 * 1 - exp z is kept above 1e-7.
 */
export function classificationLoss(head: Head, z: tf.Tensor2D, oneHot: tf.Tensor2D): tf.Scalar {
  if (head === 'rbf') {
    const others = tf.log(tf.maximum(tf.neg(tf.expm1(z)), 1e-7));
    const likelihood = tf.add(tf.mul(oneHot, z), tf.mul(tf.sub(1, oneHot), others));
    return tf.neg(tf.mean(likelihood));
  }
  return head === 'softmax'
    ? (tf.losses.softmaxCrossEntropy(oneHot, z) as tf.Scalar)
    : (tf.losses.sigmoidCrossEntropy(oneHot, z) as tf.Scalar);
}

/**
 * Class probabilities [n, classes] that sum to 1, in double precision: the softmax of z, or the
 * sigmoids divided by their sum, or the scores exp z divided by theirs.
 */
export function probabilitiesOf(head: Head, z: ArrayLike<number>, classes: number): Float64Array {
  const p = new Float64Array(z.length);
  for (let i = 0; i < z.length; i += classes) {
    let highest = -Infinity;
    for (let c = 0; c < classes; c++) highest = Math.max(highest, z[i + c]!);
    let sum = 0;
    for (let c = 0; c < classes; c++) {
      const x = z[i + c]!;
      p[i + c] = head === 'sigmoid' ? sigmoid(x) : Math.exp(x - highest);
      sum += p[i + c]!;
    }
    for (let c = 0; c < classes; c++) p[i + c]! /= sum || 1;
  }
  return p;
}

/** Scores [n, classes] as the network's last layer gives them: softmax, sigmoids, or exp z. */
export function scoresOf(head: Head, z: ArrayLike<number>, classes: number): Float64Array {
  if (head === 'softmax') return probabilitiesOf(head, z, classes);
  return Float64Array.from(z, head === 'rbf' ? Math.exp : sigmoid);
}

function sigmoid(x: number): number {
  return x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));
}
