import type * as tf from '@tensorflow/tfjs-core';
import type { Plain } from './plain/array.js';

/** What is compared: the values, the gradient, the gradient of the gradient. */
export const orders = ['forward', 'gradient', 'second'] as const;
export type Order = (typeof orders)[number];

/**
 * One layer, loss or operation of the networks, as TensorFlow.js computes it and as the plain
 * double-precision reference does, as functions of the same inputs (data and weights alike).
 */
export interface SuiteCase {
  name: string;
  group: 'layer' | 'loss' | 'operation';
  /** Shapes of the inputs, one set a run. */
  shapes: number[][][];
  /** How the inputs are drawn: within [-1, 1] unless given. */
  draw?: (input: number, uniform: () => number) => number;
  compute: (...inputs: tf.Tensor[]) => tf.Tensor;
  reference: (...inputs: Plain[]) => Plain;
  /** Which inputs get a gradient; all of them unless given. */
  differentiate?: boolean[];
  /** Times the tolerance of the order, for a case that sums or cancels more than others. */
  slack?: number;
  /** Highest order to check; `second` unless given. */
  upTo?: Order;
}

/**
 * Largest deviation allowed, relative to the largest reference value: some units in the last
 * place of single precision (6e-8), more for each differentiation.
 */
export const tolerances: Record<Order, number> = { forward: 1e-6, gradient: 2e-6, second: 5e-6 };
