import type { Network } from '@spectraloom/models';
import * as tf from '@tensorflow/tfjs-core';
import { type LayersModel, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';

/** Codes of images: what the last layer before the classes says of them. */
export interface Codes {
  /** [count, width]. */
  values: Float32Array;
  count: number;
  width: number;
}

/**
 * The input of the network's last layer (its penultimate features) for preprocessed images
 * [count, rows, cols, channels].
 */
export async function codesOf(
  network: Network,
  inputs: Float32Array,
  count: number,
  batchSize = 16,
): Promise<Codes> {
  const last = network.logits.layers.at(-1)!;
  const features: LayersModel = model({
    inputs: network.logits.inputs,
    outputs: last.input as SymbolicTensor,
  });
  const size = inputs.length / Math.max(1, count);
  const parts: Float32Array[] = [];
  for (let first = 0; first < count; first += batchSize) {
    const n = Math.min(batchSize, count - first);
    const out = tf.tidy(() => {
      const part = inputs.subarray(first * size, (first + n) * size);
      const code = features.predict(tf.tensor(part, [n, ...network.options.inputShape]));
      return tf.reshape(code as tf.Tensor, [n, -1]);
    });
    parts.push(Float32Array.from(await out.data()));
    out.dispose();
  }
  const values = new Float32Array(parts.reduce((sum, p) => sum + p.length, 0));
  let at = 0;
  for (const part of parts) {
    values.set(part, at);
    at += part.length;
  }
  return { values, count, width: count > 0 ? values.length / count : 0 };
}
