import { initializers, layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { seedFor } from './seeds.js';

/** Applies layers one after the other, each with a name and with weights from its own seed. */
export class Stack {
  constructor(
    private x: SymbolicTensor,
    private readonly seed: number,
  ) {}

  /** Convolution with ReLU, stride 1. Weights: Glorot uniform, as Keras does it. */
  conv(
    name: string,
    filters: number,
    kernelSize: [number, number],
    padding: 'valid' | 'same' = 'valid',
  ): this {
    const kernelInitializer = initializers.glorotUniform({ seed: seedFor(this.seed, name) });
    return this.add(
      layers.conv2d({ name, filters, kernelSize, padding, activation: 'relu', kernelInitializer }),
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
