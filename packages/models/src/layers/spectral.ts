import * as tf from '@tensorflow/tfjs-core';
import { serialization } from '@tensorflow/tfjs-core';
import { initializers, layers, type Shape } from '@tensorflow/tfjs-layers';
import { type LinearMap, powerStep, singularValue } from './power.js';

interface SpectralArgs {
  name: string;
  /** Outputs: filters of a convolution, units of a dense layer. */
  filters: number;
  /** Largest singular value the linear map may have; a smaller one is left alone. */
  coefficient: number;
  /** Seed of the kernel and of the first vector of the power iteration. */
  seed: number;
}

type LayerArgs = ConstructorParameters<typeof layers.Layer>[0];
/** A weight as `addWeight` returns it. */
type Variable = ReturnType<layers.Layer['addWeight']>;

/**
 * A linear layer whose map has no singular value above `coefficient` (spectral normalisation,
 * Miyato et al., ICLR 2018, softened as in Mukhoti et al., CVPR 2023): the kernel W acts as
 * W c / max(c, s(W)), with the singular value s of the whole map from one power iteration a
 * training step. The vector u of the iteration is a weight that does not train, so a checkpoint
 * holds it and a continued training is the same.
 */
abstract class Spectral extends layers.Layer {
  protected kernel!: Variable;
  protected bias!: Variable;
  protected u!: Variable;
  readonly filters: number;
  readonly coefficient: number;
  readonly seed: number;

  constructor(args: SpectralArgs) {
    super({ name: args.name } as LayerArgs);
    this.filters = args.filters;
    this.coefficient = args.coefficient;
    this.seed = args.seed;
  }

  protected abstract kernelShape(input: number[]): number[];
  protected abstract vectorShape(input: number[]): number[];
  protected abstract linear(x: tf.Tensor, kernel: tf.Tensor): tf.Tensor;
  protected abstract transposed(y: tf.Tensor, kernel: tf.Tensor, shape: number[]): tf.Tensor;

  override build(inputShape: Shape | Shape[]): void {
    const shape = inputShape as number[];
    const { seed } = this;
    const he = initializers.heNormal({ seed });
    const unit = initializers.randomNormal({ seed: seed ^ 0x5bd1e995 });
    this.kernel = this.addWeight('kernel', this.kernelShape(shape), 'float32', he);
    this.bias = this.addWeight('bias', [this.filters], 'float32', initializers.zeros());
    const vector = this.vectorShape(shape);
    this.u = this.addWeight('u', vector, 'float32', unit, undefined, false);
    // The random start is made a unit vector, and better than random.
    tf.tidy(() => {
      const map = this.map(this.kernel.read());
      let u: tf.Tensor = tf.div(this.u.read(), tf.norm(this.u.read()));
      for (let i = 0; i < 5; i++) u = powerStep(map, u);
      this.u.write(u);
    });
    super.build(inputShape);
  }

  private map(kernel: tf.Tensor): LinearMap {
    const shape = this.u.shape as number[];
    return {
      apply: (x) => this.linear(x, kernel),
      transpose: (y) => this.transposed(y, kernel, shape),
    };
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: { training?: boolean }): tf.Tensor {
    return tf.tidy(() => {
      const x = Array.isArray(inputs) ? inputs[0]! : inputs;
      const kernel = this.kernel.read();
      const map = this.map(kernel);
      // Through the variable and not straight on: no gradient is to go through the iteration.
      if (kwargs.training === true) this.u.write(powerStep(map, this.u.read()));
      const largest = singularValue(map, this.u.read());
      const scale = tf.div(this.coefficient, tf.maximum(largest, this.coefficient));
      return tf.add(this.linear(x, tf.mul(kernel, scale)), this.bias.read());
    });
  }

  override getConfig(): serialization.ConfigDict {
    const { filters, coefficient, seed } = this;
    return { ...super.getConfig(), filters, coefficient, seed };
  }
}

/** 3 x 3 convolution, stride 1, as large as its input: [n, h, w, c] -> [n, h, w, filters]. */
export class SpectralConv2D extends Spectral {
  static className = 'SpectralConv2D';

  override computeOutputShape(shape: Shape | Shape[]): Shape {
    const [, h, w] = shape as number[];
    return [null, h!, w!, this.filters];
  }

  protected kernelShape([, , , channels]: number[]): number[] {
    return [3, 3, channels!, this.filters];
  }

  protected vectorShape([, h, w, channels]: number[]): number[] {
    return [1, h!, w!, channels!];
  }

  protected linear(x: tf.Tensor, kernel: tf.Tensor): tf.Tensor {
    return tf.conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, 1, 'same');
  }

  protected transposed(y: tf.Tensor, kernel: tf.Tensor, shape: number[]): tf.Tensor {
    const to = shape as [number, number, number, number];
    return tf.conv2dTranspose(y as tf.Tensor4D, kernel as tf.Tensor4D, to, 1, 'same');
  }
}

/** [n, d] -> [n, filters] */
export class SpectralDense extends Spectral {
  static className = 'SpectralDense';

  override computeOutputShape(): Shape {
    return [null, this.filters];
  }

  protected kernelShape([, d]: number[]): number[] {
    return [d!, this.filters];
  }

  protected vectorShape([, d]: number[]): number[] {
    return [1, d!];
  }

  protected linear(x: tf.Tensor, kernel: tf.Tensor): tf.Tensor {
    return tf.matMul(x as tf.Tensor2D, kernel as tf.Tensor2D);
  }

  protected transposed(y: tf.Tensor, kernel: tf.Tensor): tf.Tensor {
    return tf.matMul(y as tf.Tensor2D, kernel as tf.Tensor2D, false, true);
  }
}

serialization.registerClass(SpectralConv2D);
serialization.registerClass(SpectralDense);
