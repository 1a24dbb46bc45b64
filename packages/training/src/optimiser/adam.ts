import type { Weight } from '@spectraloom/models';
import * as tf from '@tensorflow/tfjs-core';
import {
  clippingFactor,
  type CommonOptimiserOptions,
  decayOf,
  type Optimiser,
  type OptimiserState,
  Slots,
} from './optimiser.js';

export interface AdamOptions extends CommonOptimiserOptions {
  beta1?: number;
  beta2?: number;
  epsilon?: number;
}

/**
 * Adam (Kingma and Ba, ICLR 2015) with bias correction; with `weightDecay`, AdamW (Loshchilov and
 * Hutter, ICLR 2019), on kernels only, not on biases and norms. Its moments are tensors of the
 * active backend until `dispose`.
 */
export class Adam implements Optimiser {
  private step = 0;
  private readonly slots: Slots<'first' | 'second'>;

  constructor(
    private readonly weights: readonly Weight[],
    private readonly options: AdamOptions = {},
  ) {
    this.slots = new Slots(['first', 'second'], weights);
  }

  async update(gradients: readonly tf.Tensor[], learningRate: number): Promise<void> {
    const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0, clipNorm } = this.options;
    this.step++;
    const rate = (learningRate * Math.sqrt(1 - beta2 ** this.step)) / (1 - beta1 ** this.step);
    const shrink = await clippingFactor(gradients, clipNorm);
    this.weights.forEach((weight, i) => {
      const { variable } = weight;
      const decay = decayOf(weight, learningRate, weightDecay);
      const [first, second, value] = tf.tidy(() => {
        const g = shrink === 1 ? gradients[i]! : tf.mul(gradients[i]!, shrink);
        const m = tf.add(tf.mul(this.slots.get('first', i), beta1), tf.mul(g, 1 - beta1));
        const v = tf.add(
          tf.mul(this.slots.get('second', i), beta2),
          tf.mul(tf.square(g), 1 - beta2),
        );
        const change = tf.div(tf.mul(m, rate), tf.add(tf.sqrt(v), epsilon));
        const kept = decay === 1 ? variable : tf.mul(variable, decay);
        return [m, v, tf.sub(kept, change)] as const;
      });
      this.slots.set('first', i, first);
      this.slots.set('second', i, second);
      variable.assign(value as tf.Variable);
      value.dispose();
    });
  }

  async state(): Promise<OptimiserState> {
    return { step: this.step, slots: await this.slots.read() };
  }

  restore(state: OptimiserState): void {
    this.slots.write(state.slots);
    this.step = state.step;
  }

  dispose(): void {
    this.slots.dispose();
  }
}
