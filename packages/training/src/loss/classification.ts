import type { Head } from '@spectraloom/models';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Cross-entropy of the linear outputs z [n, classes] against the classes as one-hot rows, mean
 * over the batch. `softmax`: -log softmax(z)_label. `sigmoid`: the binary cross-entropy of each
 * output, mean over the classes too, as Keras has it. Written in z, so that a saturated output
 * still has a gradient.
 */
export function classificationLoss(head: Head, z: tf.Tensor2D, oneHot: tf.Tensor2D): tf.Scalar {
  return head === 'softmax'
    ? (tf.losses.softmaxCrossEntropy(oneHot, z) as tf.Scalar)
    : (tf.losses.sigmoidCrossEntropy(oneHot, z) as tf.Scalar);
}

/**
 * Class probabilities [n, classes] that sum to 1, in double precision: the softmax of z, or the
 * sigmoids divided by their sum.
 */
export function probabilitiesOf(head: Head, z: ArrayLike<number>, classes: number): Float64Array {
  const p = new Float64Array(z.length);
  for (let i = 0; i < z.length; i += classes) {
    let highest = -Infinity;
    for (let c = 0; c < classes; c++) highest = Math.max(highest, z[i + c]!);
    let sum = 0;
    for (let c = 0; c < classes; c++) {
      const x = z[i + c]!;
      p[i + c] = head === 'softmax' ? Math.exp(x - highest) : sigmoid(x);
      sum += p[i + c]!;
    }
    for (let c = 0; c < classes; c++) p[i + c]! /= sum || 1;
  }
  return p;
}

/** Scores [n, classes] as the network's last layer gives them: softmax, or sigmoids by themselves. */
export function scoresOf(head: Head, z: ArrayLike<number>, classes: number): Float64Array {
  return head === 'softmax' ? probabilitiesOf(head, z, classes) : Float64Array.from(z, sigmoid);
}

function sigmoid(x: number): number {
  return x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));
}
