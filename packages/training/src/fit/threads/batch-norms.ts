import type { Network, Weight } from '@spectraloom/models';
import { weightsOf } from '@spectraloom/models';
import * as tf from '@tensorflow/tfjs-core';

/** A moving average of a batch norm, and how much of the old value a step keeps. */
export interface MovingAverage {
  weight: Weight;
  momentum: number;
}

interface BatchNorm {
  momentum: number;
}

/** The moving means and variances of a network, in the order of its weights. */
export function movingAverages(network: Network): MovingAverage[] {
  return weightsOf(network)
    .filter(({ name }) => /\/moving_(mean|variance)$/.test(name))
    .map((weight) => ({ weight, momentum: normOf(network, weight).momentum }));
}

/**
 * Lets the batch norms of a network leave the mean and variance of the batch itself in their moving
 * averages: from 0, with no memory. What was there before is lost.
 */
export function keepStatistics(network: Network): void {
  for (const { weight } of movingAverages(network)) {
    normOf(network, weight).momentum = 0;
    const zeros = tf.zeros(weight.shape);
    weight.variable.assign(zeros);
    zeros.dispose();
  }
}

/** m - (m - s) (1 - momentum), as the layer itself does it: the same bits. */
export function follow(averages: readonly MovingAverage[], statistics: Float32Array[]): void {
  averages.forEach(({ weight: { variable, shape }, momentum }, i) => {
    const next = tf.tidy(() => {
      const change = tf.mul(tf.sub(variable, tf.tensor(statistics[i]!, shape)), 1 - momentum);
      return tf.sub(variable, change);
    });
    variable.assign(next as tf.Variable);
    next.dispose();
  });
}

function normOf(network: Network, { name }: Weight): BatchNorm {
  return network.logits.getLayer(name.slice(0, name.lastIndexOf('/'))) as unknown as BatchNorm;
}
