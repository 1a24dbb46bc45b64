import type { Network } from '@spectraloom/models';
import * as tf from '@tensorflow/tfjs-core';
import { ExplainError } from '../errors.js';
import { splitAt } from '../maps/tail.js';
import { explainedScores, targetOf } from '../maps/target.js';

export interface MaximiseOptions {
  network: Network;
  /** A channel of a layer with an image for its output, or a class. */
  of: { layer: string; channel: number } | { target: string | number };
  steps?: number;
  /** Length of a step in root mean square of the input. */
  stepSize?: number;
  seed?: number;
}

export interface MaximalInput {
  /** [rows, cols, channels] of a preprocessed image: not negative, root mean square 1. */
  input: Float32Array;
  shape: [number, number, number];
  /** What was maximised, at the start and after each step. */
  trace: number[];
}

/**
 * The input that a filter or a class answers to most, among non-negative images of root mean square
 * 1 (the sphere that `unit-rms` puts images on): gradient ascent with steps of fixed length, put
 * back on the sphere after each (Erhan et al. 2009). From a seeded start: one of many maxima.
 * Throws `LAYER`, `TARGET`, `CHANNEL`, `STEPS`.
 */
export async function maximise(options: MaximiseOptions): Promise<MaximalInput> {
  const { network, of, steps = 64, stepSize = 0.05, seed = 0 } = options;
  const { inputShape } = network.options;
  if (!(Number.isInteger(steps) && steps >= 0 && Number.isFinite(stepSize))) {
    throw new ExplainError({
      code: 'STEPS',
      what: 'the ascent needs a whole number of steps, of some length',
      where: 'maximise',
      got: `${String(steps)} steps of ${String(stepSize)}`,
      expected: 'steps from 0, a finite length',
    });
  }
  const shape: [number, number, number, number] = [1, ...inputShape];
  const goal = goalOf(network, of);
  const onSphere = (x: tf.Tensor): tf.Tensor => {
    const positive = tf.relu(x);
    return tf.div(positive, tf.add(tf.sqrt(tf.mean(tf.square(positive))), 1e-12));
  };
  let x = tf.tidy(() => onSphere(tf.randomUniform(shape, 0, 1, 'float32', seed + 1)));
  const trace: number[] = [];
  const rise = tf.valueAndGrad(goal);
  for (let step = 0; step <= steps; step++) {
    const { value, next } = tf.tidy(() => {
      const { value, grad } = rise(x);
      const length = tf.add(tf.sqrt(tf.mean(tf.square(grad))), 1e-12);
      const size = (stepSize * (steps - step)) / steps;
      return { value, next: onSphere(tf.add(x, tf.mul(tf.div(grad, length), size))) };
    });
    trace.push((await value.data())[0]!);
    value.dispose();
    if (step === steps) next.dispose();
    else {
      x.dispose();
      x = next;
    }
  }
  const input = Float32Array.from(await x.data());
  x.dispose();
  return { input, shape: inputShape, trace };
}

function goalOf(network: Network, of: MaximiseOptions['of']): (x: tf.Tensor) => tf.Scalar {
  if ('target' in of) {
    const { index } = targetOf(network, of.target);
    return (x) => tf.sum(explainedScores(network, network.logits.apply(x) as tf.Tensor2D, index));
  }
  const { trunk } = splitAt(network, of.layer);
  const channels = (trunk.outputs[0]!.shape as number[])[3]!;
  if (!(Number.isInteger(of.channel) && of.channel >= 0 && of.channel < channels)) {
    throw new ExplainError({
      code: 'CHANNEL',
      what: 'the layer has no such channel',
      where: `${network.name}, layer ${of.layer}`,
      got: String(of.channel),
      expected: `0 to ${channels - 1}`,
    });
  }
  const pick = Array.from({ length: channels }, (_, c) => (c === of.channel ? 1 : 0));
  return (x) => {
    const output = trunk.apply(x) as tf.Tensor4D;
    const [, rows, cols] = output.shape;
    return tf.div(tf.sum(tf.mul(output, tf.tensor(pick, [1, 1, 1, channels]))), rows * cols);
  };
}
