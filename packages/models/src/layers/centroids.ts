import * as tf from '@tensorflow/tfjs-core';
import { serialization } from '@tensorflow/tfjs-core';
import { initializers, layers, type Shape } from '@tensorflow/tfjs-layers';
import { seedFor } from './seeds.js';

interface CentroidArgs {
  name: string;
  classes: number;
  /** Size of the embedding of each class. */
  size: number;
  /** Length scale sigma of the kernel. */
  lengthScale: number;
  /** Part g of the moving averages that stays at each step. */
  momentum: number;
  seed: number;
}

/** Images of each class that the centroids start with. */
const startCount = 12;

/**
 * The head of DUQ (van Amersfoort et al., ICML 2020): features f [n, d] -> z [n, classes], the
 * logarithms of the scores K_c = exp(-mean_k (W_c f - e_c)_k^2 / (2 sigma^2)). The centroids
 * e_c = m_c / N_c are moving averages, weights that do not train by gradients; `follow` moves them.
 */
export class CentroidHead extends layers.Layer {
  static className = 'CentroidHead';
  private kernel!: ReturnType<layers.Layer['addWeight']>;
  private sums!: ReturnType<layers.Layer['addWeight']>;
  private counts!: ReturnType<layers.Layer['addWeight']>;

  constructor(private readonly args: CentroidArgs) {
    super({ name: args.name } as ConstructorParameters<typeof layers.Layer>[0]);
  }

  override build(inputShape: Shape | Shape[]): void {
    const { classes, size, seed } = this.args;
    const d = (inputShape as number[])[1]!;
    const normal = (use: string, stddev: number) =>
      initializers.randomNormal({ stddev, seed: seedFor(seed, use) });
    this.kernel = this.addWeight('kernel', [classes, size, d], 'float32', normal('kernel', 0.05));
    const start = normal('centroids', 0.05 * startCount);
    this.sums = this.addWeight('sums', [classes, size], 'float32', start, undefined, false);
    const count = initializers.constant({ value: startCount });
    this.counts = this.addWeight('counts', [classes], 'float32', count, undefined, false);
    super.build(inputShape);
  }

  override computeOutputShape(): Shape {
    return [null, this.args.classes];
  }

  /** W_c f, [n, classes, size] */
  private embed(features: tf.Tensor): tf.Tensor {
    const { classes, size } = this.args;
    const d = features.shape[1]!;
    const kernel = tf.reshape(this.kernel.read(), [classes * size, d]) as tf.Tensor2D;
    const all = tf.matMul(features as tf.Tensor2D, kernel, false, true);
    return tf.reshape(all, [features.shape[0]!, classes, size]);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const features = Array.isArray(inputs) ? inputs[0]! : inputs;
      const centroids = tf.div(this.sums.read(), tf.expandDims(this.counts.read(), 1));
      const square = tf.mean(tf.square(tf.sub(this.embed(features), centroids)), 2);
      return tf.div(square, -2 * this.args.lengthScale ** 2);
    });
  }

  /**
   * N_c <- g N_c + (1 - g) n_c and m_c <- g m_c + (1 - g) sum W_c f over the n_c images of class c
   * in a batch.
   *
   * @param features [n, d]
   * @param oneHot [n, classes]
   */
  follow(features: tf.Tensor, oneHot: tf.Tensor2D): void {
    const g = this.args.momentum;
    tf.tidy(() => {
      const counts = tf.sum(oneHot, 0);
      const sums = tf.sum(tf.mul(this.embed(features), tf.expandDims(oneHot, 2)), 0);
      const mixed = (old: tf.Tensor, now: tf.Tensor) => tf.add(tf.mul(old, g), tf.mul(now, 1 - g));
      this.counts.write(mixed(this.counts.read(), counts));
      this.sums.write(mixed(this.sums.read(), sums));
    });
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), ...this.args };
  }
}

serialization.registerClass(CentroidHead);
