import { initializers, layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { seedFor } from './seeds.js';

/** Applies layers one after the other, each with a name and with weights from its own seed. */
export class Stack {
  constructor(
    private x: SymbolicTensor,
    private readonly seed: number,
  ) {}

  /** Convolution with ReLU, stride 1, valid. Weights: Glorot uniform, as Keras does it. */
  conv(name: string, filters: number, kernelSize: [number, number]): this {
    const kernelInitializer = initializers.glorotUniform({ seed: seedFor(this.seed, name) });
    return this.add(
      layers.conv2d({ name, filters, kernelSize, activation: 'relu', kernelInitializer }),
    );
  }

  /** 3 x 3 convolution with ReLU and no bias, as large as its input. Weights: He normal. */
  convWithoutBias(name: string, filters: number): this {
    const kernelInitializer = initializers.heNormal({ seed: seedFor(this.seed, name) });
    return this.add(
      layers.conv2d({
        ...{ name, filters, kernelSize: 3, padding: 'same', activation: 'relu', kernelInitializer },
        useBias: false,
      }),
    );
  }

  dense(name: string, units: number, activation: 'relu' | 'linear'): this {
    const kernelInitializer = initializers.glorotUniform({ seed: seedFor(this.seed, name) });
    return this.add(layers.dense({ name, units, activation, kernelInitializer }));
  }

  add(layer: layers.Layer): this {
    this.x = layer.apply(this.x) as SymbolicTensor;
    return this;
  }

  get output(): SymbolicTensor {
    return this.x;
  }
}
