/** The networks of the benchmark, their losses and random batches; the same in torch_worker.py. */
import { buildNetwork } from '@spectraloom/models';
import * as tf from '@tensorflow/tfjs-core';
import { input, layers, model, sequential } from '@tensorflow/tfjs-layers';

const image = [240, 400, 1];

function classifier(name, batch) {
  const network = buildNetwork(name, { inputShape: image, classes: 2, seed: 1 });
  const x = tf.randomUniform([batch, ...image], 0, 1, 'float32', 1);
  const labels = Array.from({ length: batch }, (_, i) => i % 2);
  const y = tf.cast(tf.oneHot(tf.tensor1d(labels, 'int32'), 2), 'float32');
  return {
    parameters: network.logits.countParams(),
    loss: () => tf.losses.sigmoidCrossEntropy(y, network.logits.apply(x, { training: true })),
  };
}

/** networks.md: 20 latents, Dense 192,000, logits of 240 x 400 pixels. */
function vae(batch) {
  const x = tf.randomUniform([batch, ...image], 0, 1, 'float32', 1);
  const encoder = sequential({
    layers: [
      layers.conv2d({
        inputShape: image,
        filters: 32,
        kernelSize: 4,
        strides: 2,
        activation: 'relu',
      }),
      layers.conv2d({ filters: 64, kernelSize: 4, strides: 2, activation: 'relu' }),
      layers.flatten(),
      layers.dense({ units: 40 }),
    ],
  });
  const up = (filters, kernelSize, strides, activation) =>
    layers.conv2dTranspose({ filters, kernelSize, strides, padding: 'same', activation });
  const decoder = sequential({
    layers: [
      layers.dense({ inputShape: [20], units: 192_000, activation: 'relu' }),
      layers.reshape({ targetShape: [60, 100, 32] }),
      up(64, 4, 2, 'relu'),
      up(32, 4, 2, 'relu'),
      up(1, 3, 1, 'linear'),
    ],
  });
  return {
    parameters: encoder.countParams() + decoder.countParams(),
    loss: () => {
      const [mean, logVariance] = tf.split(encoder.apply(x, { training: true }), 2, 1);
      const noise = tf.randomNormal(mean.shape);
      const z = tf.add(mean, tf.mul(tf.exp(tf.div(logVariance, 2)), noise));
      const logits = decoder.apply(z, { training: true });
      const each = tf.add(
        tf.sub(tf.relu(logits), tf.mul(logits, x)),
        tf.log1p(tf.exp(tf.neg(tf.abs(logits)))),
      );
      const kl = tf.sub(tf.add(tf.exp(logVariance), tf.square(mean)), tf.add(logVariance, 1));
      return tf.add(tf.mean(tf.sum(each, [1, 2, 3])), tf.mul(tf.mean(tf.sum(kl, 1)), 0.5));
    },
  };
}

/** Structure (9 numbers) to spectrum (200 points) through a bottleneck of 2: 64-64-2-64-64, tanh. */
function ednn(batch) {
  const from = input({ shape: [9] });
  const widths = [64, 64, 2, 64, 64];
  let to = from;
  for (const units of widths) to = layers.dense({ units, activation: 'tanh' }).apply(to);
  const net = model({ inputs: from, outputs: layers.dense({ units: 200 }).apply(to) });
  const x = tf.randomNormal([batch, 9], 0, 1, 'float32', 1);
  const y = tf.randomNormal([batch, 200], 0, 1, 'float32', 2);
  return {
    parameters: net.countParams(),
    loss: () => tf.losses.meanSquaredError(y, net.apply(x, { training: true })),
  };
}

export function buildCase(name, batch) {
  if (name === 'vae') return vae(batch);
  if (name === 'ednn') return ednn(batch);
  return classifier(name, batch);
}
