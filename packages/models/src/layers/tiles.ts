import * as tf from '@tensorflow/tfjs-core';
import { layers, type Shape } from '@tensorflow/tfjs-layers';
import { serialization } from '@tensorflow/tfjs-core';

interface TileArgs {
  name?: string;
  /** Tiles along the rows and along the columns of the image. */
  grid: [number, number];
}

/**
 * [n, R h, C w, c] -> [n, h, w, c R C]: every tile of an R x C mosaic becomes a channel of one
 * image. The tiles share their axes, so a pixel of the result holds all energy slices at one
 * wavevector, and a convolution sees them together.
 */
export class StackTiles extends layers.Layer {
  static className = 'StackTiles';
  readonly grid: [number, number];

  constructor(args: TileArgs) {
    super(args as ConstructorParameters<typeof layers.Layer>[0]);
    this.grid = args.grid;
  }

  override computeOutputShape(shape: Shape | Shape[]): Shape {
    const [, rows, cols, channels] = shape as number[];
    const [r, k] = this.grid;
    return [null, rows! / r, cols! / k, channels! * r * k];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = Array.isArray(inputs) ? inputs[0]! : inputs;
      const [n, rows, cols, c] = x.shape as [number, number, number, number];
      const [r, k] = this.grid;
      const [h, w] = [rows / r, cols / k];
      const apart = tf.transpose(tf.reshape(x, [n, r, h, k, w * c]), [0, 2, 4, 1, 3]);
      return tf.reshape(apart, [n, h, w, c * r * k]);
    });
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), grid: this.grid };
  }
}

serialization.registerClass(StackTiles);
