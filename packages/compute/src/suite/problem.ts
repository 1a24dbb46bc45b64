import * as tf from '@tensorflow/tfjs-core';
import type { Order, SuiteCase } from './case.js';
import { gradientByDifferences, hessianByDifferences } from './differences.js';
import { type Plain, plain, sum } from './plain/array.js';

/** Draws of the inputs tried until the reference is smooth around one of them. */
const draws = 20;

/**
 * One case with its inputs, the weights w of the loss L = sum w (y + y^2 / 2) and the directions
 * of the second order: the reference on one side, the active backend on the other.
 */
export class Problem {
  private inputs: Plain[] = [];
  private directions: Plain[] = [];
  private weights: Plain = plain([]);
  private readonly chosen: boolean[];
  private hessian: Float64Array[] = [];

  constructor(
    private readonly suiteCase: SuiteCase,
    shapes: number[][],
  ) {
    this.chosen = suiteCase.differentiate ?? shapes.map(() => true);
    for (let seed = 1; seed <= draws; seed++) {
      this.draw(shapes, seed);
      if ((suiteCase.upTo ?? 'second') !== 'second') return;
      const found = hessianByDifferences(
        (inputs) => this.referenceLoss(inputs),
        this.inputs,
        this.directions,
        this.chosen,
      );
      if (found) {
        this.hessian = found;
        return;
      }
    }
    throw new Error(
      `the reference of ${suiteCase.name} has no second derivative where it was drawn`,
    );
  }

  /** The reference: values, or one array for every input with a gradient. */
  expected(order: Order): Float64Array[] {
    if (order === 'forward') return [this.suiteCase.reference(...this.inputs).data];
    if (order === 'second') return this.hessian;
    return gradientByDifferences((inputs) => this.referenceLoss(inputs), this.inputs, this.chosen);
  }

  /** The same on the active backend. */
  async compute(order: Order): Promise<Float32Array[]> {
    const tensors = tf.tidy(() => {
      const inputs = this.inputs.map(toTensor);
      if (order === 'forward') return [this.suiteCase.compute(...inputs)];
      const moving = inputs.filter((_, k) => this.chosen[k]);
      const gradient = tf.grads((...xs: tf.Tensor[]) => this.loss(inputs, xs));
      if (order === 'gradient') return gradient(moving);
      const directions = this.directions.filter((_, k) => this.chosen[k]).map(toTensor);
      const along = (...xs: tf.Tensor[]) =>
        tf.addN(gradient(xs).map((g, k) => tf.sum(tf.mul(g, directions[k]!))));
      return tf.grads(along)(moving);
    });
    try {
      return await Promise.all(tensors.map(async (t) => (await t.data()) as Float32Array));
    } finally {
      tf.dispose(tensors);
    }
  }

  private draw(shapes: number[][], seed: number): void {
    const uniform = generator(seed);
    const draw = this.suiteCase.draw ?? ((_: number, next: () => number) => next());
    const filled = (shape: number[], next: () => number) =>
      plain(shape, Array.from({ length: shape.reduce((a, b) => a * b, 1) }, next));
    // Rounded to single precision, so that both sides start from the same numbers.
    this.inputs = shapes.map((s, k) => filled(s, () => Math.fround(draw(k, uniform))));
    this.directions = shapes.map((s) => filled(s, () => Math.fround(uniform())));
    const output = this.suiteCase.reference(...this.inputs);
    this.weights = filled(output.shape, () => Math.fround(uniform()));
  }

  private referenceLoss(inputs: Plain[]): number {
    const { shape, data } = this.suiteCase.reference(...inputs);
    return sum({ shape, data: data.map((v, i) => this.weights.data[i]! * (v + v ** 2 / 2)) });
  }

  private loss(inputs: tf.Tensor[], moving: tf.Tensor[]): tf.Tensor {
    const left = [...moving];
    const y = this.suiteCase.compute(...inputs.map((x, k) => (this.chosen[k] ? left.shift()! : x)));
    const bent = tf.add(y, tf.div(tf.square(y), 2));
    return tf.sum(tf.mul(bent, toTensor(this.weights)));
  }
}

function toTensor(x: Plain): tf.Tensor {
  return tf.tensor(Float32Array.from(x.data), x.shape, 'float32');
}

/** Seeded numbers in [-1, 1) (mulberry32). */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * 2 - 1;
  };
}
