import type { Network, Weight } from '@spectraloom/models';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { classificationLoss } from '../loss/classification.js';
import { gradientPenalty } from '../loss/gradient-penalty.js';

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

/** Loss, outputs and gradients of some images, still on the device; the caller disposes them. */
export interface PartResult {
  /** Mean loss over these images. */
  value: tf.Scalar;
  /** [n, classes] */
  outputs: tf.Tensor2D;
  gradients: tf.Tensor[];
}

/**
 * Loss and gradients of one batch, computed in parts of `microBatchSize` images: the gradients of
 * the parts are added, each weighted by its share of the batch. (Batch norms see a part at a time.)
 *
 * @param penaltyWeight of the gradient penalty; 0: none is computed
 */
export async function gradientStep(
  network: Network,
  weights: readonly Weight[],
  batch: PreparedBatch,
  microBatchSize: number,
  penaltyWeight = 0,
): Promise<StepResult> {
  const size = network.options.inputShape.reduce((product, k) => product * k, 1);
  const n = batch.labels.length;
  const classes = network.options.classes.length;
  const logits = new Float32Array(n * classes);
  let gradients: tf.Tensor[] = [];
  let loss = 0;
  try {
    for (let from = 0; from < n; from += microBatchSize) {
      const to = Math.min(n, from + microBatchSize);
      const share = (to - from) / n;
      const images = {
        inputs: batch.inputs.subarray(from * size, to * size),
        labels: Array.from({ length: to - from }, (_, i) => batch.labels[from + i]!),
      };
      const part = partGradients(network, weights, images, penaltyWeight);
      gradients = addWeighted(gradients, part.gradients, share);
      try {
        loss += (await part.value.data())[0]! * share;
        logits.set((await part.outputs.data()) as Float32Array, from * classes);
      } finally {
        tf.dispose([part.value, part.outputs]);
      }
    }
  } catch (error) {
    tf.dispose(gradients);
    throw error;
  }
  return { loss, logits, gradients };
}

/** One forward and backward pass over a whole (part of a) batch. */
export function partGradients(
  network: Network,
  weights: readonly Weight[],
  { inputs, labels }: PreparedBatch,
  penaltyWeight = 0,
): PartResult {
  const n = labels.length;
  const variables = weights.map((w) => w.variable);
  let outputs: tf.Tensor2D | undefined;
  try {
    const [value, ...gradients] = tf.tidy(() => {
      const x = imagesOf(network, inputs, 0, n);
      const y = oneHot(labels, 0, n, network.options.classes.length);
      const { value: loss, grads } = tf.variableGrads(() => {
        const run = (images: tf.Tensor4D) =>
          network.logits.apply(images, { training: true }) as tf.Tensor2D;
        if (penaltyWeight > 0) {
          const { penalty, z } = gradientPenalty(x, run);
          outputs = z;
          const likelihood = classificationLoss(network.head, z, y);
          return tf.add(likelihood, tf.mul(penalty, penaltyWeight));
        }
        const z = run(x);
        outputs = tf.keep(tf.clone(z)); // the loss's own scope would free it
        return classificationLoss(network.head, z, y);
      }, variables);
      return [loss, ...variables.map((v) => grads[v.name]!)];
    }) as [tf.Scalar, ...tf.Tensor[]];
    return { value, outputs: outputs!, gradients };
  } catch (error) {
    outputs?.dispose();
    throw error;
  }
}

/** sum + share * part (`sum` empty: 0); frees both. */
export function addWeighted(sum: tf.Tensor[], part: tf.Tensor[], share: number): tf.Tensor[] {
  if (share === 1) return part;
  const result = part.map((g, i) =>
    tf.tidy(() => {
      const weighted = tf.mul(g, share);
      return sum.length > 0 ? tf.add(sum[i]!, weighted) : weighted;
    }),
  );
  tf.dispose([...sum, ...part]);
  return result;
}

/**
 * Moves what follows the images instead of a gradient, after the step: the centroids of DUQ. Their
 * features are those without training, of the weights as they are now.
 */
export function followBatch(network: Network, batch: PreparedBatch, microBatchSize: number): void {
  if (!network.follow) return;
  const n = batch.labels.length;
  tf.tidy(() => {
    const parts: tf.Tensor[] = [];
    for (let from = 0; from < n; from += microBatchSize) {
      const x = imagesOf(network, batch.inputs, from, Math.min(n, from + microBatchSize));
      parts.push(network.features.apply(x, { training: false }) as tf.Tensor);
    }
    network.follow!(tf.concat(parts), oneHot(batch.labels, 0, n, network.options.classes.length));
  });
}

/** Linear outputs [n, classes] without training: batch norms use their moving averages. */
export function forwardLogits(
  network: Network,
  inputs: Float32Array,
  count: number,
  microBatchSize: number,
): Promise<Float32Array> {
  return forward(network.logits, network, inputs, count, microBatchSize);
}

/** Features [n, d] of images, without training. */
export function forwardFeatures(
  network: Network,
  inputs: Float32Array,
  count: number,
  microBatchSize: number,
): Promise<Float32Array> {
  return forward(network.features, network, inputs, count, microBatchSize);
}

async function forward(
  layers: LayersModel,
  network: Network,
  inputs: Float32Array,
  count: number,
  microBatchSize: number,
): Promise<Float32Array> {
  const width = layers.outputShape.slice(1).reduce<number>((p, n) => p * Number(n), 1);
  const outputs = new Float32Array(count * width);
  for (let from = 0; from < count; from += microBatchSize) {
    const to = Math.min(count, from + microBatchSize);
    const z = tf.tidy(() => {
      const x = imagesOf(network, inputs, from, to);
      return layers.apply(x, { training: false }) as tf.Tensor;
    });
    outputs.set((await z.data()) as Float32Array, from * width);
    z.dispose();
  }
  return outputs;
}

function oneHot(labels: ArrayLike<number>, from: number, to: number, classes: number): tf.Tensor2D {
  const values = new Float32Array((to - from) * classes);
  for (let i = from; i < to; i++) values[(i - from) * classes + labels[i]!] = 1;
  return tf.tensor2d(values, [to - from, classes]);
}

function imagesOf(network: Network, inputs: Float32Array, from: number, to: number): tf.Tensor4D {
  const [rows, cols, channels] = network.options.inputShape;
  const size = rows * cols * channels;
  return tf.tensor4d(inputs.subarray(from * size, to * size), [to - from, rows, cols, channels]);
}
