import type { Network } from '@spectraloom/models';
import * as tf from '@tensorflow/tfjs-core';
import { ExplainError } from '../errors.js';

/** A class by name or by its index; throws `TARGET` with the names there are. */
export function targetOf(
  network: Network,
  target: string | number,
): { index: number; name: string } {
  const { classes } = network.options;
  const index = typeof target === 'number' ? target : classes.indexOf(target);
  const name = classes[index];
  if (name !== undefined) return { index, name };
  throw new ExplainError({
    code: 'TARGET',
    what: 'the network has no such class',
    where: network.name,
    got: String(target),
    expected: classes.map((c, i) => `${c} (${i})`).join(', '),
  });
}

/**
 * The number that is explained, of linear outputs z [n, classes]; returns [n]. Of a softmax network
 * z_c minus the mean of the other z (adding one number to every z changes nothing), of a network
 * with a sigmoid a class z_c itself.
 */
export function explainedScores(network: Network, z: tf.Tensor2D, index: number): tf.Tensor1D {
  const classes = z.shape[1];
  const others = network.head === 'softmax' ? -1 / (classes - 1) : 0;
  const weights = Array.from({ length: classes }, (_, c) => (c === index ? 1 : others));
  return tf.sum(tf.mul(z, tf.tensor2d(weights, [1, classes])), 1) as tf.Tensor1D;
}
