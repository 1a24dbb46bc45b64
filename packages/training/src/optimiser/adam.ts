import type { Weight } from '@spectraloom/models';
import * as tf from '@tensorflow/tfjs-core';

export interface AdamOptions {
  beta1?: number;
  beta2?: number;
  epsilon?: number;
  /** Decoupled weight decay (AdamW): kernels shrink by learningRate * weightDecay a step. */
  weightDecay?: number;
  /** Largest Euclidean norm of all gradients together; no limit if not given. */
  clipNorm?: number;
}

/** The optimiser's memory, to go on later exactly where it was. */
export interface AdamState {
  step: number;
  /** First and second moments, in the order of the weights. */
  first: Float32Array[];
  second: Float32Array[];
}

/**
 * Adam (Kingma and Ba, ICLR 2015) with bias correction; with `weightDecay`, AdamW (Loshchilov and
 * Hutter, ICLR 2019), on kernels only, not on biases and norms. Its moments are tensors of the
 * active backend until `dispose`.
 */
export class Adam {
  private step = 0;
  private first: tf.Tensor[];
  private second: tf.Tensor[];

  constructor(
    private readonly weights: readonly Weight[],
    private readonly options: AdamOptions = {},
  ) {
    this.first = weights.map(({ shape }) => tf.zeros(shape));
    this.second = weights.map(({ shape }) => tf.zeros(shape));
  }

  /** One update of the weights along `gradients`, which come in their order and stay the caller's. */
  async update(gradients: readonly tf.Tensor[], learningRate: number): Promise<void> {
    const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0, clipNorm } = this.options;
    this.step++;
    const rate = (learningRate * Math.sqrt(1 - beta2 ** this.step)) / (1 - beta1 ** this.step);
    const shrink = clipNorm === undefined ? 1 : await clippingFactor(gradients, clipNorm);
    this.weights.forEach(({ variable, name }, i) => {
      const decay = name.endsWith('/kernel') ? 1 - learningRate * weightDecay : 1;
      const [first, second, value] = tf.tidy(() => {
        const g = shrink === 1 ? gradients[i]! : tf.mul(gradients[i]!, shrink);
        const m = tf.add(tf.mul(this.first[i]!, beta1), tf.mul(g, 1 - beta1));
        const v = tf.add(tf.mul(this.second[i]!, beta2), tf.mul(tf.square(g), 1 - beta2));
        const change = tf.div(tf.mul(m, rate), tf.add(tf.sqrt(v), epsilon));
        const kept = decay === 1 ? variable : tf.mul(variable, decay);
        return [m, v, tf.sub(kept, change)] as const;
      });
      tf.dispose([this.first[i]!, this.second[i]!]);
      this.first[i] = first;
      this.second[i] = second;
      variable.assign(value as tf.Variable);
      value.dispose();
    });
  }

  async state(): Promise<AdamState> {
    const read = (tensors: tf.Tensor[]) =>
      Promise.all(tensors.map(async (t) => Float32Array.from(await t.data())));
    return { step: this.step, first: await read(this.first), second: await read(this.second) };
  }

  restore(state: AdamState): void {
    const tensors = (values: Float32Array[]) =>
      values.map((v, i) => tf.tensor(v, this.weights[i]!.shape, 'float32'));
    const { first, second } = this;
    this.first = tensors(state.first);
    this.second = tensors(state.second);
    this.step = state.step;
    tf.dispose([...first, ...second]);
  }

  dispose(): void {
    tf.dispose([...this.first, ...this.second]);
  }
}

async function clippingFactor(gradients: readonly tf.Tensor[], clipNorm: number): Promise<number> {
  const sums = tf.tidy(() => gradients.map((g) => tf.sum(tf.square(g))));
  const squares = await Promise.all(sums.map(async (s) => (await s.data())[0]!));
  tf.dispose(sums);
  const norm = Math.sqrt(squares.reduce((sum, s) => sum + s, 0));
  return norm > clipNorm ? clipNorm / norm : 1;
}
