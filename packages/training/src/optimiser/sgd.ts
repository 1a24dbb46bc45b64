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

export interface SgdOptions extends CommonOptimiserOptions {
  /** Part of the velocity that stays at each step; 0.9 if not given. */
  momentum?: number;
}

/**
 * Gradient descent with momentum: v <- momentum v + g, w <- w (1 - rate decay) - rate v, the decay
 * on kernels only.
 */
export class Sgd implements Optimiser {
  private step = 0;
  private readonly slots: Slots<'velocity'>;

  constructor(
    private readonly weights: readonly Weight[],
    private readonly options: SgdOptions = {},
  ) {
    this.slots = new Slots(['velocity'], weights);
  }

  async update(gradients: readonly tf.Tensor[], learningRate: number): Promise<void> {
    const { momentum = 0.9, weightDecay = 0, clipNorm } = this.options;
    this.step++;
    const shrink = await clippingFactor(gradients, clipNorm);
    this.weights.forEach((weight, i) => {
      const { variable } = weight;
      const decay = decayOf(weight, learningRate, weightDecay);
      const [velocity, value] = tf.tidy(() => {
        const g = shrink === 1 ? gradients[i]! : tf.mul(gradients[i]!, shrink);
        const v = tf.add(tf.mul(this.slots.get('velocity', i), momentum), g);
        const kept = decay === 1 ? variable : tf.mul(variable, decay);
        return [v, tf.sub(kept, tf.mul(v, learningRate))] as const;
      });
      this.slots.set('velocity', i, velocity);
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
