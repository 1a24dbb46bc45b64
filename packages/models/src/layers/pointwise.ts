import * as tf from '@tensorflow/tfjs-core';
import { serialization } from '@tensorflow/tfjs-core';
import { initializers, layers, type Shape } from '@tensorflow/tfjs-layers';

type LayerArgs = ConstructorParameters<typeof layers.Layer>[0];

/**
 * x -> s x with one number s that is learned and starts at 1/2: behind a residual branch it takes the
 * place of a batch norm (after SkipInit, De and Smith, NeurIPS 2020, which starts at 0 for networks of
 * hundreds of layers; a few blocks learn sooner with open branches).
 */
export class Scale extends layers.Layer {
  static className = 'Scale';
  private scale!: ReturnType<layers.Layer['addWeight']>;

  constructor(args: { name: string }) {
    super(args as LayerArgs);
  }

  override build(inputShape: Shape | Shape[]): void {
    this.scale = this.addWeight('scale', [1], 'float32', initializers.constant({ value: 0.5 }));
    super.build(inputShape);
  }

  override computeOutputShape(shape: Shape | Shape[]): Shape | Shape[] {
    return shape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.mul(Array.isArray(inputs) ? inputs[0]! : inputs, this.scale.read());
  }
}

/** z -> exp z: scores of a network whose outputs are their logarithms. */
export class Exponential extends layers.Layer {
  static className = 'Exponential';

  constructor(args: { name: string }) {
    super(args as LayerArgs);
  }

  override computeOutputShape(shape: Shape | Shape[]): Shape | Shape[] {
    return shape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.exp(Array.isArray(inputs) ? inputs[0]! : inputs);
  }
}

/** [n, 2 d] -> [n, d]: the first half, such as the means of a code of means and log-variances. */
export class FirstHalf extends layers.Layer {
  static className = 'FirstHalf';

  constructor(args: { name: string }) {
    super(args as LayerArgs);
  }

  override computeOutputShape(shape: Shape | Shape[]): Shape {
    return [null, (shape as number[])[1]! / 2];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = (Array.isArray(inputs) ? inputs[0]! : inputs) as tf.Tensor2D;
    return tf.slice(x, [0, 0], [x.shape[0], x.shape[1] / 2]);
  }
}

for (const layer of [Scale, Exponential, FirstHalf]) serialization.registerClass(layer);
