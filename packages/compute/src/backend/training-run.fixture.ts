import * as tf from '@tensorflow/tfjs-core';
import { initializers, layers, sequential } from '@tensorflow/tfjs-layers';

/**
 * Trains a small network with the layers of ours (convolutions, pooling, batch norm, dropout,
 * dense; Adam) on seeded data, and gives back every weight. The sizes are large enough for
 * a backend with threads to split the work among them.
 */
export async function trainedWeights(
  steps = 4,
  [batch, rows, cols] = [16, 48, 64],
): Promise<Float32Array[]> {
  const seeded = (seed: number) => initializers.glorotUniform({ seed });
  const net = sequential({
    layers: [
      layers.conv2d({
        inputShape: [rows!, cols!, 1],
        filters: 16,
        kernelSize: 5,
        activation: 'relu',
        kernelInitializer: seeded(1),
      }),
      layers.maxPooling2d({ poolSize: [1, 2], strides: [1, 2] }),
      layers.batchNormalization(),
      layers.conv2d({
        filters: 16,
        kernelSize: 3,
        activation: 'relu',
        kernelInitializer: seeded(2),
      }),
      layers.averagePooling2d({ poolSize: 2, strides: 2 }),
      layers.flatten(),
      layers.dense({ units: 32, activation: 'relu', kernelInitializer: seeded(3) }),
      layers.dropout({ rate: 0.3, seed: 5 }),
      layers.dense({ units: 2, kernelInitializer: seeded(4) }),
    ],
  });
  const optimizer = tf.train.adam(1e-3);
  const x = tf.randomNormal([batch!, rows!, cols!, 1], 0, 1, 'float32', 7);
  const y = tf.oneHot(
    tf.tensor1d(
      Array.from({ length: batch! }, (_, i) => i % 2),
      'int32',
    ),
    2,
  );
  for (let step = 0; step < steps; step++) {
    optimizer.minimize(() => {
      const z = net.apply(x, { training: true }) as tf.Tensor;
      return tf.losses.sigmoidCrossEntropy(tf.cast(y, 'float32'), z);
    });
  }
  const weights = await Promise.all(
    net.getWeights().map(async (w) => Float32Array.from(await w.data())),
  );
  tf.dispose([x, y]);
  optimizer.dispose();
  net.dispose();
  return weights;
}
