import { initializers, layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { NeighbourMax } from './neighbour-max.js';
import { Scale } from './pointwise.js';
import { seedFor } from './seeds.js';
import { SpectralConv2D, SpectralDense } from './spectral.js';

/** Makes the layers of a residual network, plain or spectrally normalised, without norms. */
export class Residual {
  /** @param coefficient largest singular value of each linear map; undefined: no bound */
  constructor(
    private readonly seed: number,
    private readonly coefficient: number | undefined,
  ) {}

  /** 3 x 3 convolution with bias, as large as its input, no activation. He normal. */
  conv(x: SymbolicTensor, name: string, filters: number): SymbolicTensor {
    const seed = seedFor(this.seed, name);
    const { coefficient } = this;
    const layer =
      coefficient === undefined
        ? layers.conv2d({
            ...{ name, filters, kernelSize: 3, padding: 'same' },
            kernelInitializer: initializers.heNormal({ seed }),
          })
        : new SpectralConv2D({ name, filters, coefficient, seed });
    return layer.apply(x) as SymbolicTensor;
  }

  dense(x: SymbolicTensor, name: string, units: number): SymbolicTensor {
    const seed = seedFor(this.seed, name);
    const { coefficient } = this;
    const layer =
      coefficient === undefined
        ? layers.dense({ name, units, kernelInitializer: initializers.heNormal({ seed }) })
        : new SpectralDense({ name, filters: units, coefficient, seed });
    return layer.apply(x) as SymbolicTensor;
  }

  /**
   * x + s g(relu(g(relu(x)))) with two linear maps g; s is learned from 1/2, or 1 where the maps are
   * bounded, so that the block's bound holds.
   */
  block(
    x: SymbolicTensor,
    name: string,
    map: (x: SymbolicTensor, name: string) => SymbolicTensor,
  ): SymbolicTensor {
    const inner = map(relu(x, `${name}_relu1`), `${name}_1`);
    let branch = map(relu(inner, `${name}_relu2`), `${name}_2`);
    if (this.coefficient === undefined) {
      branch = new Scale({ name: `${name}_scale` }).apply(branch) as SymbolicTensor;
    }
    return layers.add({ name }).apply([x, branch]) as SymbolicTensor;
  }
}

export function relu(x: SymbolicTensor, name: string): SymbolicTensor {
  return layers.activation({ name, activation: 'relu' }).apply(x) as SymbolicTensor;
}

/**
 * Halves rows and columns without aliasing: the largest of neighbours at full resolution, blurred by the binomial [1 2 1] / 4 in each direction,
 * then every second pixel (Zhang, ICML 2019), as two means of 2 x 2 pixels, strides 1 and 2.
 */
export function maxBlurPool(x: SymbolicTensor, name: string): SymbolicTensor {
  const mean = (strides: number, suffix: string) =>
    layers.averagePooling2d({ name: `${name}_${suffix}`, poolSize: 2, strides, padding: 'same' });
  const largest = new NeighbourMax({ name: `${name}_max` }).apply(x);
  const blurred = mean(1, 'blur').apply(largest) as SymbolicTensor;
  return mean(2, 'pool').apply(blurred) as SymbolicTensor;
}

/**
 * Halves rows and columns: the largest of 2 x 2 pixels. Every second pixel of the largest of neighbours,
 * and not tfjs's MaxPool, whose gradient has no gradient.
 */
export function maxPool(x: SymbolicTensor, name: string): SymbolicTensor {
  const largest = new NeighbourMax({ name: `${name}_max` }).apply(x);
  const args = { name: `${name}_pool`, poolSize: 1, strides: 2, padding: 'same' as const };
  return layers.averagePooling2d(args).apply(largest) as SymbolicTensor;
}
