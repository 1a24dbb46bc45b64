import type { Network, Weight } from '@spectraloom/models';
import * as tf from '@tensorflow/tfjs-core';
import { classificationLoss } from '../loss/classification.js';

/** A prepared batch: preprocessed images and labels. */
export interface PreparedBatch {
  /** [n, rows, cols, channels] */
  inputs: Float32Array;
  labels: ArrayLike<number>;
}

export interface StepResult {
  /** Mean loss over the batch. */
  loss: number;
  /** Linear outputs [n, classes] that the loss was computed from. */
  logits: Float32Array;
  /** Gradients in the order of the weights; the caller disposes them. */
  gradients: tf.Tensor[];
}

/**
 * Loss and gradients of one batch, computed in parts of `microBatchSize` images: the gradients of
 * the parts are added, each weighted by its share of the batch. (Batch norms see a part at a time.)
 */
export async function gradientStep(
  network: Network,
  weights: readonly Weight[],
  batch: PreparedBatch,
  microBatchSize: number,
): Promise<StepResult> {
  const [rows, cols, channels] = network.options.inputShape;
  const size = rows * cols * channels;
  const n = batch.labels.length;
  const classes = network.options.classes.length;
  const logits = new Float32Array(n * classes);
  const variables = weights.map((w) => w.variable);
  let gradients: tf.Tensor[] | undefined;
  let loss = 0;
  for (let from = 0; from < n; from += microBatchSize) {
    const to = Math.min(n, from + microBatchSize);
    const share = (to - from) / n;
    const [value, z, ...part] = tf.tidy(() => {
      const x = tf.tensor4d(batch.inputs.subarray(from * size, to * size), [
        to - from,
        rows,
        cols,
        channels,
      ]);
      const y = oneHot(batch.labels, from, to, classes);
      let outputs: tf.Tensor | undefined;
      const { value, grads } = tf.variableGrads(() => {
        const z = network.logits.apply(x, { training: true }) as tf.Tensor2D;
        outputs = tf.keep(tf.clone(z)); // the loss's own scope would free it
        return classificationLoss(network.head, z, y);
      }, variables);
      const ordered = variables.map((v) => grads[v.name]!);
      return [
        value as tf.Tensor,
        outputs!,
        ...(share === 1 ? ordered : ordered.map((g) => tf.mul(g, share))),
      ];
    }) as [tf.Tensor, tf.Tensor, ...tf.Tensor[]];
    loss += (await value.data())[0]! * share;
    logits.set((await z.data()) as Float32Array, from * classes);
    tf.dispose([value, z]);
    const before = gradients;
    gradients = before ? before.map((g, i) => tf.add(g, part[i]!)) : part;
    if (before) tf.dispose([...before, ...part]);
  }
  return { loss, logits, gradients: gradients ?? [] };
}

/** Linear outputs [n, classes] without training: batch norms use their moving averages. */
export async function forwardLogits(
  network: Network,
  inputs: Float32Array,
  count: number,
  microBatchSize: number,
): Promise<Float32Array> {
  const [rows, cols, channels] = network.options.inputShape;
  const size = rows * cols * channels;
  const classes = network.options.classes.length;
  const logits = new Float32Array(count * classes);
  for (let from = 0; from < count; from += microBatchSize) {
    const to = Math.min(count, from + microBatchSize);
    const z = tf.tidy(() => {
      const x = tf.tensor4d(inputs.subarray(from * size, to * size), [
        to - from,
        rows,
        cols,
        channels,
      ]);
      return network.logits.apply(x, { training: false }) as tf.Tensor2D;
    });
    logits.set((await z.data()) as Float32Array, from * classes);
    z.dispose();
  }
  return logits;
}

function oneHot(labels: ArrayLike<number>, from: number, to: number, classes: number): tf.Tensor2D {
  const values = new Float32Array((to - from) * classes);
  for (let i = from; i < to; i++) values[(i - from) * classes + labels[i]!] = 1;
  return tf.tensor2d(values, [to - from, classes]);
}
