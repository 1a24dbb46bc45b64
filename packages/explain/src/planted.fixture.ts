import { buildNetwork, type Network, parsePreprocessing } from '@spectraloom/models';
import * as tf from '@tensorflow/tfjs-core';

/** Mosaic of 2 x 3 tiles of 16 x 16 pixels. */
export const tile: [number, number] = [16, 16];
export const imageShape: [number, number] = [32, 48];
export const grid: [number, number] = [2, 3];
/** Where the only difference between the classes lies. */
export const planted = { row: 1, col: 1 };
export const classes = ['plain', 'striped'];
export const preprocessing = parsePreprocessing({ imageShape, steps: [] });

/** A seeded generator (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * Noise everywhere, a bright blob in every tile (it says nothing), and of class 1 fine vertical
 * stripes in the planted tile alone, as bright on the mean as the noise is.
 */
export function syntheticImage(label: number, seed: number): Float32Array {
  const random = seeded(seed * 2 + label + 1);
  const [rows, cols] = imageShape;
  const image = Float32Array.from({ length: rows * cols }, () => 0.3 + 0.2 * random());
  for (let r = 0; r < grid[0]; r++) {
    for (let c = 0; c < grid[1]; c++) {
      const [y0, x0] = [r * tile[0] + 4 + 8 * random(), c * tile[1] + 4 + 8 * random()];
      for (let y = r * tile[0]; y < (r + 1) * tile[0]; y++) {
        for (let x = c * tile[1]; x < (c + 1) * tile[1]; x++) {
          const at = y * cols + x;
          image[at]! += Math.exp(-((y - y0) ** 2 + (x - x0) ** 2) / 8);
          const there = label === 1 && r === planted.row && c === planted.col;
          if (there) image[at]! += x % 2 === 0 ? 0.3 : -0.3;
        }
      }
    }
  }
  return image;
}

/** A global-average network that has learnt the difference: `cnn-gap`, a few seconds on wasm. */
export async function trainedNetwork(seed = 3): Promise<Network> {
  const network = buildNetwork('cnn-gap', { inputShape: [...imageShape, 1], classes, seed });
  const optimiser = tf.train.adam(0.004);
  const n = 16;
  for (let step = 0; step < 40; step++) {
    const images = Array.from({ length: n }, (_, i) => syntheticImage(i % 2, 1000 + step * n + i));
    tf.tidy(() => {
      optimiser.minimize(() => {
        const x = tf.stack(images.map((image) => tf.tensor(image, [...imageShape, 1])));
        const labels = tf.oneHot(
          images.map((_, i) => i % 2),
          2,
        );
        const z = network.logits.apply(x, { training: true }) as tf.Tensor2D;
        const p = tf.softplus(tf.mul(z, tf.sub(1, tf.mul(2, labels))));
        return tf.mean(p) as tf.Scalar;
      });
    });
  }
  optimiser.dispose();
  return network;
}

/** Part of fresh images that the network gets right. */
export async function accuracyOf(network: Network): Promise<number> {
  const images = Array.from({ length: 40 }, (_, i) => syntheticImage(i % 2, 50 + i));
  const z = tf.tidy(() => {
    const x = tf.stack(images.map((image) => tf.tensor(image, [...imageShape, 1])));
    return network.logits.predict(x) as tf.Tensor2D;
  });
  const values = await z.data();
  z.dispose();
  const right = images.filter((_, i) => +(values[2 * i + 1]! > values[2 * i]!) === i % 2);
  return right.length / images.length;
}
