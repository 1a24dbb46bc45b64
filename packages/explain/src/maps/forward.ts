import { type Network, type Preprocessing, preprocessBatch } from '@spectraloom/models';
import * as tf from '@tensorflow/tfjs-core';
import { explainedScores } from './target.js';

/** Images that go through a network at once. */
const batchSize = 16;

/**
 * Explained score of each of `count` preprocessed inputs that lie one behind the other,
 * [count, rows, cols, channels].
 */
export async function scoresOfInputs(
  network: Network,
  inputs: Float32Array,
  count: number,
  target: number,
): Promise<Float64Array> {
  const size = inputs.length / count;
  const out = new Float64Array(count);
  for (let first = 0; first < count; first += batchSize) {
    const n = Math.min(batchSize, count - first);
    const part = inputs.subarray(first * size, (first + n) * size);
    const scores = tf.tidy(() => {
      const x = tf.tensor(part, [n, ...network.options.inputShape]);
      return explainedScores(network, network.logits.predict(x) as tf.Tensor2D, target);
    });
    out.set(await scores.data(), first);
    scores.dispose();
  }
  return out;
}

/** Explained score of each raw image. */
export async function scoresOfImages(
  network: Network,
  preprocessing: Preprocessing,
  images: readonly Float32Array[],
  target: number,
): Promise<Float64Array> {
  const out = new Float64Array(images.length);
  // Some at a time: a hundred raw images side by side are 40 MB and more.
  for (let first = 0; first < images.length; first += batchSize) {
    const part = images.slice(first, first + batchSize);
    const pixels = part[0]!.length;
    const raw = new Float32Array(part.length * pixels);
    part.forEach((image, i) => raw.set(image, i * pixels));
    const inputs = preprocessBatch(preprocessing, raw, part.length);
    out.set(await scoresOfInputs(network, inputs, part.length, target), first);
  }
  return out;
}
