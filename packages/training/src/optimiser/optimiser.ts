import type { Weight } from '@spectraloom/models';
import * as tf from '@tensorflow/tfjs-core';

/** An optimiser's memory, to go on later exactly where it was. */
export interface OptimiserState {
  step: number;
  /** Moments and velocities by name, each in the order of the weights. */
  slots: Record<string, Float32Array[]>;
}

/** Moves weights along gradients. */
export interface Optimiser {
  /** One update along `gradients`, which come in the order of the weights and stay the caller's. */
  update(gradients: readonly tf.Tensor[], learningRate: number): Promise<void>;
  state(): Promise<OptimiserState>;
  /** Throws nothing: the state must be one of the same weights. */
  restore(state: OptimiserState): void;
  dispose(): void;
}

export interface CommonOptimiserOptions {
  /** Decoupled weight decay: kernels shrink by learningRate * weightDecay a step. */
  weightDecay?: number;
  /** Largest Euclidean norm of all gradients together; no limit if not given. */
  clipNorm?: number;
}

/** Tensors of the shapes of the weights, one list a name. */
export class Slots<Name extends string> {
  private tensors: Record<Name, tf.Tensor[]>;

  constructor(
    readonly names: readonly Name[],
    private readonly weights: readonly Weight[],
  ) {
    this.tensors = this.of(() => weights.map(({ shape }) => tf.zeros(shape)));
  }

  private of<T>(make: (name: Name) => T): Record<Name, T> {
    return Object.fromEntries(this.names.map((n) => [n, make(n)])) as Record<Name, T>;
  }

  get(name: Name, i: number): tf.Tensor {
    return this.tensors[name][i]!;
  }

  set(name: Name, i: number, value: tf.Tensor): void {
    this.tensors[name][i]!.dispose();
    this.tensors[name][i] = value;
  }

  async read(): Promise<Record<Name, Float32Array[]>> {
    const entries = this.names.map(async (name) => {
      const values = this.tensors[name].map(async (t) => Float32Array.from(await t.data()));
      return [name, await Promise.all(values)];
    });
    return Object.fromEntries(await Promise.all(entries)) as Record<Name, Float32Array[]>;
  }

  write(values: Record<string, Float32Array[]>): void {
    const before = this.tensors;
    this.tensors = this.of((name) =>
      values[name]!.map((v, i) => tf.tensor(v, this.weights[i]!.shape, 'float32')),
    );
    tf.dispose(before);
  }

  dispose(): void {
    tf.dispose(this.tensors);
  }
}

/** What all gradients are multiplied by so that their common norm is at most `clipNorm`. */
export async function clippingFactor(
  gradients: readonly tf.Tensor[],
  clipNorm: number | undefined,
): Promise<number> {
  if (clipNorm === undefined) return 1;
  const sums = tf.tidy(() => gradients.map((g) => tf.sum(tf.square(g))));
  const squares = await Promise.all(sums.map(async (s) => (await s.data())[0]!));
  tf.dispose(sums);
  const norm = Math.sqrt(squares.reduce((sum, s) => sum + s, 0));
  return norm > clipNorm ? clipNorm / norm : 1;
}

/** Kernels decay, biases and norms do not. */
export function decayOf(weight: Weight, learningRate: number, weightDecay: number): number {
  return weight.name.endsWith('/kernel') ? 1 - learningRate * weightDecay : 1;
}
