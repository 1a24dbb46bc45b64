import * as tf from '@tensorflow/tfjs-core';
import type { SuiteCase } from '../case.js';
import { map, matMul, type Plain, plain, reshape, transpose, zip } from '../plain/array.js';
import { resizeBilinear } from '../plain/images.js';

/** An operation on each value by itself, with the range its inputs are drawn from. */
function pointwise(
  name: string,
  compute: (x: tf.Tensor) => tf.Tensor,
  value: (x: number) => number,
  draw?: (uniform: number) => number,
): SuiteCase {
  return {
    name,
    group: 'operation',
    shapes: [[[7]], [[3, 5, 4]]],
    ...(draw ? { draw: (_: number, uniform: () => number) => draw(uniform()) } : {}),
    compute: (x) => compute(x!),
    reference: (x) => map(x!, value),
  };
}

const fromZero = (u: number) => 0.2 + 2 * Math.abs(u);
const wide = (u: number) => 3 * u;

export const operationCases: SuiteCase[] = [
  pointwise('exp', tf.exp, Math.exp, wide),
  pointwise('log', tf.log, Math.log, fromZero),
  pointwise('sqrt', tf.sqrt, Math.sqrt, fromZero),
  pointwise('rsqrt', tf.rsqrt, (x) => 1 / Math.sqrt(x), fromZero),
  pointwise('square', tf.square, (x) => x * x),
  pointwise('abs', tf.abs, Math.abs),
  pointwise('relu', tf.relu, (x) => Math.max(x, 0)),
  pointwise('sigmoid', tf.sigmoid, (x) => 1 / (1 + Math.exp(-x)), wide),
  pointwise('tanh', tf.tanh, Math.tanh, wide),
  pointwise('softplus', tf.softplus, (x) => Math.log1p(Math.exp(x)), wide),
  pointwise('elu', tf.elu, (x) => (x > 0 ? x : Math.expm1(x)), wide),
  pointwise('leaky relu', tf.leakyRelu, (x) => (x > 0 ? x : 0.2 * x)),
  {
    name: 'matMul, transposed either way',
    group: 'operation',
    shapes: [
      [
        [3, 4],
        [5, 4],
      ],
      [
        [1, 33],
        [17, 33],
      ],
    ],
    compute: (a, b) => tf.matMul(a!, b!, false, true),
    reference: (a, b) => matMul(a!, transpose(b!, [1, 0])),
  },
  {
    name: 'einsum nb,cab->nca',
    group: 'operation',
    shapes: [
      [
        [3, 4],
        [2, 5, 4],
      ],
    ],
    compute: (f, w) => tf.einsum('nb,cab->nca', f!, w!),
    reference: (f, w) => {
      const [c, a, b] = w!.shape as [number, number, number];
      const flat = matMul(f!, transpose(reshape(w!, [c * a, b]), [1, 0]));
      return reshape(flat, [f!.shape[0]!, c, a]);
    },
  },
  {
    name: 'division, broadcast',
    group: 'operation',
    shapes: [[[3, 4, 5], [5]]],
    draw: (input, uniform) => (input === 1 ? 1 + 0.5 * uniform() : uniform()),
    compute: (a, b) => tf.div(a!, b!),
    reference: (a, b) => zip(a!, b!, (p, q) => p / q),
  },
  {
    name: 'largest of a row',
    group: 'operation',
    shapes: [[[4, 6]]],
    compute: (x) => tf.max(x!, 1),
    reference: (x) => rows(x!, (row) => Math.max(...row)),
  },
  {
    name: 'log of the sum of exponentials',
    group: 'operation',
    shapes: [[[4, 6]]],
    draw: (_, uniform) => wide(uniform()),
    compute: (x) => tf.logSumExp(x!, 1),
    reference: (x) =>
      rows(x!, (row) => Math.log(row.reduce((total, value) => total + Math.exp(value), 0))),
  },
  {
    name: 'standard deviation of a row',
    group: 'operation',
    shapes: [[[3, 7]]],
    compute: (x) => tf.sqrt(tf.add(tf.moments(x!, 1).variance, 1e-3)),
    reference: (x) =>
      rows(x!, (row) => {
        const mean = row.reduce((a, b) => a + b, 0) / row.length;
        return Math.sqrt(row.reduce((a, b) => a + (b - mean) ** 2, 0) / row.length + 1e-3);
      }),
  },
  {
    name: 'gather of rows',
    group: 'operation',
    shapes: [[[5, 3]]],
    compute: (x) => tf.gather(x!, tf.tensor1d([4, 0, 4, 2], 'int32')),
    reference: (x) =>
      plain(
        [4, 3],
        [4, 0, 4, 2].flatMap((r) => [...x!.data.slice(3 * r, 3 * r + 3)]),
      ),
  },
  {
    name: 'mosaic to tiles: reshape and transpose',
    group: 'operation',
    shapes: [[[2, 4, 6, 3]]],
    compute: (x) =>
      tf.reshape(tf.transpose(tf.reshape(x!, [2, 2, 2, 3, 6]), [0, 1, 3, 2, 4]), [12, 2, 2, 3]),
    reference: (x) =>
      reshape(transpose(reshape(x!, [2, 2, 2, 3, 6]), [0, 1, 3, 2, 4]), [12, 2, 2, 3]),
  },
  {
    name: 'concatenation and slices',
    group: 'operation',
    shapes: [
      [
        [2, 3, 2],
        [2, 3, 4],
      ],
    ],
    compute: (a, b) => tf.slice(tf.concat([a!, b!], 2), [0, 1, 1], [2, 2, 4]),
    reference: (a, b) => {
      const out = plain([2, 2, 4]);
      out.data.forEach((_, i) => {
        const [n, r, c] = [Math.floor(i / 8), 1 + (Math.floor(i / 4) % 2), 1 + (i % 4)];
        out.data[i] = c < 2 ? a!.data[(n * 3 + r) * 2 + c]! : b!.data[(n * 3 + r) * 4 + c - 2]!;
      });
      return out;
    },
  },
  {
    name: 'slice of five axes',
    group: 'operation',
    shapes: [[[2, 3, 2, 2, 3]]],
    compute: (x) => tf.slice(x!, [0, 1, 0, 1, 0], [2, 2, 2, 1, 3]),
    reference: (x) => {
      const kept = [0, 1, 2, 3].flatMap((row) =>
        [0, 1].map((column) => (Math.floor(row / 2) * 3 + 1 + (row % 2)) * 4 + column * 2 + 1),
      );
      return plain(
        [2, 2, 2, 1, 3],
        kept.flatMap((place) => [...x!.data.slice(3 * place, 3 * place + 3)]),
      );
    },
  },
  {
    name: 'bilinear resize up',
    group: 'operation',
    shapes: [[[2, 3, 4, 2]]],
    compute: (x) => tf.image.resizeBilinear(x as tf.Tensor4D, [7, 9]),
    reference: (x) => resizeBilinear(x!, [7, 9], false),
    upTo: 'gradient',
  },
  {
    name: 'bilinear resize, half-pixel centres',
    group: 'operation',
    shapes: [[[1, 3, 4, 2]]],
    compute: (x) => tf.image.resizeBilinear(x as tf.Tensor4D, [6, 8], false, true),
    reference: (x) => resizeBilinear(x!, [6, 8], true),
    upTo: 'gradient',
  },
];

function rows(x: Plain, f: (row: number[]) => number): Plain {
  const [n, width] = x.shape as [number, number];
  return plain(
    [n],
    Array.from({ length: n }, (_, i) => f([...x.data.slice(i * width, (i + 1) * width)])),
  );
}
