import type { Network } from '@spectraloom/models';
import * as tf from '@tensorflow/tfjs-core';
import { model } from '@tensorflow/tfjs-layers';

/** Codes of images: the features that a network's classes are read from. */
export interface Codes {
  /** [count, width]. */
  values: Float32Array;
  count: number;
  width: number;
}

/** Codes and what the network makes of them. */
export interface CodesAndOutputs extends Codes {
  /** [count, classes]: outputs before the softmax or sigmoid. */
  logits: Float32Array;
}

/**
 * The features of a network (the input of its last layer, where densities are fitted) and its
 * outputs, in one pass, for preprocessed images [count, rows, cols, channels].
 */
export async function codesOf(
  network: Network,
  inputs: Float32Array,
  count: number,
  batchSize = 32,
): Promise<CodesAndOutputs> {
  const both = model({
    inputs: network.logits.inputs,
    outputs: [network.features.outputs[0]!, network.logits.outputs[0]!],
  });
  const size = inputs.length / Math.max(1, count);
  const codes: Float32Array[] = [];
  const logits: Float32Array[] = [];
  for (let first = 0; first < count; first += batchSize) {
    const n = Math.min(batchSize, count - first);
    const [code, z] = tf.tidy(() => {
      const part = inputs.subarray(first * size, (first + n) * size);
      const x = tf.tensor(part, [n, ...network.options.inputShape]);
      const [c, out] = both.predict(x, { batchSize: n }) as [tf.Tensor, tf.Tensor];
      return [tf.reshape(c, [n, -1]), out] as [tf.Tensor, tf.Tensor];
    });
    codes.push(Float32Array.from(await code.data()));
    logits.push(Float32Array.from(await z.data()));
    tf.dispose([code, z]);
  }
  const values = joined(codes);
  return {
    ...{ values, count, logits: joined(logits) },
    width: count > 0 ? values.length / count : 0,
  };
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(parts.reduce((sum, p) => sum + p.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
