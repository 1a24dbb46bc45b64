import { NetworkError } from '../../errors.js';
import type { RandomStream } from '../data/random.js';
import { type Matrix, matrix, zeros } from '../data/matrix.js';
import { activate, type LayerActivation } from './activation.js';
import { product, productTransposedA, productTransposedB } from './products.js';

/** A dense layer: `y = activation(x . weights + bias)`. */
export interface DenseLayer {
  readonly inputs: number;
  readonly outputs: number;
  readonly activation: LayerActivation;
  /** `[inputs, outputs]` row-major. */
  readonly weights: Float64Array;
  /** `[outputs]`; absent: none, and none is learnt. */
  readonly bias?: Float64Array;
}

/** Layers one after the other, in double precision; `layers` may be empty: the identity. */
export interface Mlp {
  readonly inputs: number;
  readonly layers: readonly DenseLayer[];
}

export const outputsOf = (net: Mlp): number => net.layers.at(-1)?.outputs ?? net.inputs;

export const identityNet = (inputs: number): Mlp => ({ inputs, layers: [] });

/** A layer without activation: x -> x . weights (+ bias). */
export function affine(weights: Matrix, bias?: Float64Array): DenseLayer {
  return {
    inputs: weights.rows,
    outputs: weights.columns,
    activation: 'linear',
    weights: weights.data,
    ...(bias && { bias }),
  };
}

/** Weights drawn uniformly with variance 1 / inputs (times 2 behind relu), biases 0. */
export function newLayer(
  inputs: number,
  outputs: number,
  activation: LayerActivation,
  random: RandomStream,
  { bias = true } = {},
): DenseLayer {
  const limit = Math.sqrt((activation === 'relu' ? 6 : 3) / inputs);
  const weights = new Float64Array(inputs * outputs).map(() => limit * (2 * random.uniform() - 1));
  return { inputs, outputs, activation, weights, ...(bias && { bias: new Float64Array(outputs) }) };
}

/** `inputs - hidden[0] - ... - outputs`, the last layer linear. */
export function newNet(
  inputs: number,
  hidden: readonly number[],
  outputs: number,
  activation: LayerActivation,
  random: RandomStream,
): Mlp {
  const layers: DenseLayer[] = [];
  let width = inputs;
  for (const units of hidden) {
    layers.push(newLayer(width, units, activation, random));
    width = units;
  }
  layers.push(newLayer(width, outputs, 'linear', random));
  return { inputs, layers };
}

/** One net behind the other. */
export function chain(...nets: readonly Mlp[]): Mlp {
  return { inputs: nets[0].inputs, layers: nets.flatMap((net) => net.layers) };
}

/** `net(x . change)`: a linear change of the inputs, folded into the first layer. @param change `[new, old]` */
export function foldBefore(change: Matrix, net: Mlp, shift?: Float64Array): Mlp {
  const [first, ...others] = net.layers;
  if (!first) return { inputs: change.rows, layers: [affine(change, shift)] };
  const weights = new Float64Array(change.rows * first.outputs);
  product(change.data, first.weights, weights, change.rows, first.inputs, first.outputs);
  let bias = first.bias;
  if (shift) {
    bias = Float64Array.from(first.bias ?? new Float64Array(first.outputs));
    for (let i = 0; i < first.inputs; i++)
      for (let j = 0; j < first.outputs; j++)
        bias[j] += shift[i] * first.weights[i * first.outputs + j];
  }
  return {
    inputs: change.rows,
    layers: [{ ...first, inputs: change.rows, weights, ...(bias && { bias }) }, ...others],
  };
}

/** What a forward pass leaves for the backward one; reused from batch to batch. */
export class Workspace {
  /** Inputs of each layer, and the output of the last, `[rows, width]`. */
  readonly values: Float64Array[];
  readonly slopes: Float64Array[];
  readonly #before: Float64Array[];
  readonly #gradients: Float64Array[];

  constructor(
    readonly net: Mlp,
    readonly maxRows: number,
  ) {
    const widths = net.layers.map((layer) => layer.outputs);
    this.values = [new Float64Array(0), ...widths.map((w) => new Float64Array(w * maxRows))];
    this.slopes = widths.map((w) => new Float64Array(w * maxRows));
    this.#before = widths.map((w) => new Float64Array(w * maxRows));
    this.#gradients = [net.inputs, ...widths].map((w) => new Float64Array(w * maxRows));
  }

  /** @param x `[rows, inputs]` @returns `[rows, outputs]`, overwritten by the next call */
  forward(x: Float64Array, rows: number): Float64Array {
    this.values[0] = x;
    this.net.layers.forEach(({ inputs, outputs, activation, weights, bias }, l) => {
      const z = this.#before[l];
      product(this.values[l], weights, z, rows, inputs, outputs);
      if (bias)
        for (let i = 0, o = 0; i < rows; i++) for (let j = 0; j < outputs; j++) z[o++] += bias[j];
      activate(activation, z, this.values[l + 1], this.slopes[l], rows * outputs);
    });
    return this.values.at(-1)!;
  }

  /**
   * Behind `forward`: the gradient of a scalar from its gradient with respect to the outputs.
   * @param g `[rows, outputs]`, overwritten
   * @param into receives each layer's gradients, in the layers' shapes; absent: only the inputs'
   * @returns `[rows, inputs]`, with respect to the inputs
   */
  backward(
    g: Float64Array,
    rows: number,
    into?: readonly { readonly weights: Float64Array; readonly bias?: Float64Array }[],
    inputsToo = true,
  ): Float64Array {
    let gradient = g;
    for (let l = this.net.layers.length - 1; l >= 0; l--) {
      const { inputs, outputs, activation, weights } = this.net.layers[l];
      if (activation !== 'linear') {
        const slope = this.slopes[l];
        for (let i = 0; i < rows * outputs; i++) gradient[i] *= slope[i];
      }
      const target = into?.[l];
      if (target) {
        productTransposedA(this.values[l], gradient, target.weights, rows, inputs, outputs);
        const { bias } = target;
        if (bias) {
          bias.fill(0);
          for (let i = 0, o = 0; i < rows; i++)
            for (let j = 0; j < outputs; j++) bias[j] += gradient[o++];
        }
      }
      if (l === 0 && !inputsToo) break;
      const next = this.#gradients[l];
      productTransposedB(gradient, weights, next, rows, outputs, inputs);
      gradient = next;
    }
    return gradient;
  }

  /**
   * Behind `forward`: the derivatives of all outputs with respect to all inputs, by carrying one
   * tangent for each input through the layers.
   * @returns `[rows, inputs, outputs]`
   */
  jacobian(rows: number): Float64Array {
    const { inputs: p } = this.net;
    let width = p;
    let tangent = new Float64Array(rows * p * p);
    for (let r = 0; r < rows; r++) for (let a = 0; a < p; a++) tangent[(r * p + a) * p + a] = 1;
    this.net.layers.forEach(({ inputs, outputs, activation, weights }, l) => {
      const next = new Float64Array(rows * p * outputs);
      product(tangent, weights, next, rows * p, inputs, outputs);
      if (activation !== 'linear') {
        const slope = this.slopes[l];
        for (let r = 0, o = 0; r < rows; r++)
          for (let a = 0; a < p; a++)
            for (let j = 0; j < outputs; j++) next[o++] *= slope[r * outputs + j];
      }
      tangent = next;
      width = outputs;
    });
    if (tangent.length !== rows * p * width) throw new Error('unreachable');
    return tangent;
  }
}

/** Rows a forward pass takes at once. */
const chunk = 256;

/** The net's outputs, `[n, outputs]`. */
export function applyNet(net: Mlp, x: Matrix): Matrix {
  checkInputs(net, x);
  if (net.layers.length === 0) return matrix(Float64Array.from(x.data), x.rows, x.columns);
  const outputs = outputsOf(net);
  const out = zeros(x.rows, outputs);
  const work = new Workspace(net, Math.min(chunk, x.rows));
  for (let from = 0; from < x.rows; from += chunk) {
    const rows = Math.min(chunk, x.rows - from);
    const y = work.forward(x.data.subarray(from * x.columns, (from + rows) * x.columns), rows);
    out.data.set(y.subarray(0, rows * outputs), from * outputs);
  }
  return out;
}

/** Outputs `[n, outputs]` and their derivatives `[n, inputs, outputs]`. */
export function netWithJacobian(net: Mlp, x: Matrix): { values: Matrix; jacobian: Float64Array } {
  checkInputs(net, x);
  const outputs = outputsOf(net);
  const values = zeros(x.rows, outputs);
  const jacobian = new Float64Array(x.rows * x.columns * outputs);
  const work = new Workspace(net, Math.min(chunk, Math.max(1, x.rows)));
  for (let from = 0; from < x.rows; from += chunk) {
    const rows = Math.min(chunk, x.rows - from);
    const y = work.forward(x.data.subarray(from * x.columns, (from + rows) * x.columns), rows);
    values.data.set(y.subarray(0, rows * outputs), from * outputs);
    jacobian.set(work.jacobian(rows), from * x.columns * outputs);
  }
  return { values, jacobian };
}

function checkInputs(net: Mlp, x: Matrix): void {
  if (x.columns === net.inputs) return;
  throw new NetworkError({
    code: 'COLUMNS_DIFFER',
    what: 'a net was given another number of inputs than it has',
    got: String(x.columns),
    expected: String(net.inputs),
  });
}
