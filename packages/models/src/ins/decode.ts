import type * as tf from '@tensorflow/tfjs-core';
import { NetworkError } from '../errors.js';
import type { Network } from '../network.js';

/**
 * The second half of an autoencoder: latent numbers [n, d] -> outputs z [n, rows, cols, channels],
 * whose sigmoid is the image. Throws `UNKNOWN_NETWORK` for a network that has no code.
 */
export function decodeLatents(network: Network, latents: tf.Tensor): tf.Tensor {
  if (network.kind !== 'autoencoder') {
    throw new NetworkError({
      code: 'UNKNOWN_NETWORK',
      what: 'this network has no code to decode',
      where: 'decodeLatents',
      got: network.name,
      expected: 'vae-denoiser',
    });
  }
  const { layers } = network.logits;
  const after = layers.findIndex((layer) => layer.name === 'mean') + 1;
  return layers.slice(after).reduce<tf.Tensor>((x, layer) => layer.apply(x) as tf.Tensor, latents);
}
