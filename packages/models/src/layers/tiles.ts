import * as tf from '@tensorflow/tfjs-core';
import { layers, type Shape } from '@tensorflow/tfjs-layers';
import { serialization } from '@tensorflow/tfjs-core';

interface TileArgs {
  name?: string;
  /** Tiles along the rows and along the columns of the image. */
  grid: [number, number];
}

/**
 * [n, R h, C w, c] -> [n R C, h, w, c]: every tile of an R x C mosaic becomes an image of its own,
 * so that a convolution cannot look over a tile's edge into a slice at another energy.
 */
export class SplitTiles extends layers.Layer {
  static className = 'SplitTiles';
  readonly grid: [number, number];

  constructor(args: TileArgs) {
    super(args as ConstructorParameters<typeof layers.Layer>[0]);
    this.grid = args.grid;
  }

  override computeOutputShape(shape: Shape | Shape[]): Shape {
    const [, rows, cols, channels] = shape as number[];
    return [null, rows! / this.grid[0], cols! / this.grid[1], channels!];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = single(inputs);
      const [n, rows, cols, c] = x.shape as [number, number, number, number];
      const [r, k] = this.grid;
      const [h, w] = [rows / r, cols / k];
      const apart = tf.transpose(tf.reshape(x, [n, r, h, k, w * c]), [0, 1, 3, 2, 4]);
      return tf.reshape(apart, [n * r * k, h, w, c]);
    });
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), grid: this.grid };
  }
}

/** [n R C, h, w, c] -> [n, R h, C w, c]: the mosaic again. */
export class JoinTiles extends layers.Layer {
  static className = 'JoinTiles';
  readonly grid: [number, number];

  constructor(args: TileArgs) {
    super(args as ConstructorParameters<typeof layers.Layer>[0]);
    this.grid = args.grid;
  }

  override computeOutputShape(shape: Shape | Shape[]): Shape {
    const [, h, w, channels] = shape as number[];
    return [null, h! * this.grid[0], w! * this.grid[1], channels!];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = single(inputs);
      const [tiles, h, w, c] = x.shape as [number, number, number, number];
      const [r, k] = this.grid;
      const n = tiles / (r * k);
      const together = tf.transpose(tf.reshape(x, [n, r, k, h, w * c]), [0, 1, 3, 2, 4]);
      return tf.reshape(together, [n, r * h, k * w, c]);
    });
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), grid: this.grid };
  }
}

function single(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
  return Array.isArray(inputs) ? inputs[0]! : inputs;
}

serialization.registerClass(SplitTiles);
serialization.registerClass(JoinTiles);
