import * as tf from '@tensorflow/tfjs-core';
import { softmaxCrossEntropy } from '../../losses/softmax-cross-entropy.js';
import type { SuiteCase } from '../case.js';
import { map, mean, type Plain, plain, scalar, softmax, sum, zip } from '../plain/array.js';
import { conv2d, pool2d } from '../plain/images.js';
import { gradientByDifferences } from '../differences.js';

/** Labels as one-hot rows or as 0 and 1, from the uniform draw. */
const labels = (input: number, uniform: () => number, places: number[]) =>
  places.includes(input) ? Number(uniform() > 0) : uniform();

/** log(1 + exp(x)) without overflow. */
const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const crossEntropy = (z: number, y: number) => softplus(z) - y * z;

/** Keras keeps probabilities this far from 0 and 1. */
const margin = 1e-7;

const gamma = 0.3;

/** exp(-mean_d (u - e)^2 / (2 sigma^2)) for features f [n, d], W [c, d, d], e [c, d]: [n, c]. */
function duqScores(f: Plain, w: Plain, e: Plain): Plain {
  const [n, d] = f.shape as [number, number];
  const c = e.shape[0]!;
  const out = plain([n, c]);
  for (let i = 0; i < n; i++)
    for (let k = 0; k < c; k++) {
      let square = 0;
      for (let a = 0; a < d; a++) {
        let u = -e.data[k * d + a]!;
        for (let b = 0; b < d; b++) u += w.data[(k * d + a) * d + b]! * f.data[i * d + b]!;
        square += u * u;
      }
      out.data[i * c + k] = Math.exp(-square / d / (2 * gamma));
    }
  return out;
}

/** W_c f - e_c for every class [n, c, d] and the scores [n, c]. */
function duqHead(f: tf.Tensor, w: tf.Tensor, e: tf.Tensor) {
  const [c, d] = e.shape as [number, number];
  const u = tf.matMul(f as tf.Tensor2D, tf.reshape(w, [c * d, d]), false, true);
  const difference = tf.sub(tf.reshape(u, [f.shape[0]!, c, d]), e);
  const scores = tf.exp(tf.div(tf.sum(tf.square(difference), 2), -2 * gamma * d));
  return { difference, scores };
}

/** A trunk as DUQ needs it: convolution, relu, max pool as b + relu(a - b), features. */
function trunk(x: tf.Tensor, w: tf.Tensor): tf.Tensor {
  const y = tf.relu(tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'valid'));
  const [n, h, width, c] = y.shape as [number, number, number, number];
  const pairs = tf.reshape(y, [(n * h * width) / 2, 2 * c]);
  const half = (at: number) => tf.slice(pairs, [0, at * c], [(n * h * width) / 2, c]);
  const pooled = tf.add(half(1), tf.relu(tf.sub(half(0), half(1))));
  return tf.reshape(tf.mean(tf.reshape(pooled, [n, (h * width) / 2, c]), 1), [n, c]);
}

function plainTrunk(x: Plain, w: Plain): Plain {
  const y = conv2d(x, w, plain([w.shape[3]!]), 1, 'valid');
  const pooled = pool2d(
    map(y, (v) => Math.max(v, 0)),
    'max',
    [1, 2],
    [1, 2],
    'valid',
  );
  const [n, h, width, c] = pooled.shape as [number, number, number, number];
  const out = plain([n, c]);
  pooled.data.forEach((v, i) => {
    out.data[Math.floor(i / (h * width * c)) * c + (i % c)]! += v / (h * width);
  });
  return out;
}

export const lossCases: SuiteCase[] = [
  {
    name: 'sigmoid cross-entropy of logits, mean',
    group: 'loss',
    shapes: [
      [
        [4, 2],
        [4, 2],
      ],
      [
        [3, 20],
        [3, 20],
      ],
    ],
    draw: (input, uniform) => labels(input, () => 3 * uniform(), [1]),
    compute: (z, y) => tf.losses.sigmoidCrossEntropy(y!, z!),
    reference: (z, y) => scalar(mean(zip(z!, y!, crossEntropy))),
    differentiate: [true, false],
  },
  {
    name: 'sigmoid cross-entropy of logits, summed over pixels',
    group: 'loss',
    shapes: [
      [
        [2, 6, 5, 1],
        [2, 6, 5, 1],
      ],
    ],
    draw: (input, uniform) => (input === 1 ? Math.abs(uniform()) : 4 * uniform()),
    compute: (z, y) => {
      const entropy = tf.add(
        tf.sub(tf.relu(z!), tf.mul(z!, y!)),
        tf.log1p(tf.exp(tf.neg(tf.abs(z!)))),
      );
      return tf.mean(tf.sum(entropy, [1, 2, 3]));
    },
    reference: (z, y) => scalar(sum(zip(z!, y!, crossEntropy)) / z!.shape[0]!),
    differentiate: [true, false],
  },
  {
    name: 'softmax cross-entropy of logits',
    group: 'loss',
    shapes: [
      [
        [4, 2],
        [4, 2],
      ],
      [
        [3, 7],
        [3, 7],
      ],
    ],
    draw: (input, uniform) => labels(input, () => 3 * uniform(), [1]),
    compute: (z, y) => softmaxCrossEntropy(y as tf.Tensor2D, z as tf.Tensor2D),
    reference: (z, y) => {
      const p = softmax(z!);
      return scalar(-sum(zip(p, y!, (a, b) => b * Math.log(a))) / z!.shape[0]!);
    },
  },
  {
    name: 'softmax cross-entropy of tf.losses, one-hot',
    group: 'loss',
    shapes: [[[5, 3]], [[2, 7]]],
    draw: (_, uniform) => 3 * uniform(),
    compute: (z) => {
      const [n, c] = z!.shape as [number, number];
      const y = tf.oneHot(
        tf.tensor1d(
          Array.from({ length: n }, (_, i) => i % c),
          'int32',
        ),
        c,
      );
      return tf.losses.softmaxCrossEntropy(tf.cast(y, 'float32'), z!);
    },
    reference: (z) => {
      const p = softmax(z!);
      const [n, c] = z!.shape as [number, number];
      let total = 0;
      for (let i = 0; i < n; i++) total -= Math.log(p.data[i * c + (i % c)]!);
      return scalar(total / n);
    },
  },
  {
    name: 'binary cross-entropy of probabilities',
    group: 'loss',
    shapes: [
      [
        [4, 2],
        [4, 2],
      ],
    ],
    draw: (input, uniform) => (input === 1 ? Number(uniform() > 0) : 0.5 + 0.3 * uniform()),
    compute: (p, y) => {
      const inside = tf.clipByValue(p!, margin, 1 - margin);
      const one = tf.mul(y!, tf.log(inside));
      const zero = tf.mul(tf.sub(1, y!), tf.log(tf.sub(1, inside)));
      return tf.neg(tf.mean(tf.add(one, zero)));
    },
    reference: (p, y) =>
      scalar(-mean(zip(p!, y!, (a, b) => b * Math.log(a) + (1 - b) * Math.log(1 - a)))),
    differentiate: [true, false],
  },
  {
    name: 'mean squared error',
    group: 'loss',
    shapes: [
      [
        [3, 5],
        [3, 5],
      ],
    ],
    compute: (x, y) => tf.losses.meanSquaredError(y!, x!),
    reference: (x, y) => scalar(mean(zip(x!, y!, (a, b) => (a - b) ** 2))),
  },
  {
    name: 'KL divergence of the VAE',
    group: 'loss',
    shapes: [
      [
        [3, 20],
        [3, 20],
      ],
    ],
    compute: (m, s) => {
      const each = tf.sub(tf.add(tf.exp(s!), tf.square(m!)), tf.add(s!, 1));
      return tf.mul(tf.mean(tf.sum(each, 1)), 0.5);
    },
    reference: (m, s) => {
      const each = zip(m!, s!, (a, b) => 0.5 * (Math.exp(b) + a * a - b - 1));
      return scalar(sum(each) / m!.shape[0]!);
    },
  },
  {
    name: 'sampling of the VAE: m + exp(s / 2) noise',
    group: 'loss',
    shapes: [
      [
        [3, 4],
        [3, 4],
        [3, 4],
      ],
    ],
    compute: (m, s, noise) => tf.add(m!, tf.mul(tf.exp(tf.div(s!, 2)), noise!)),
    reference: (m, s, noise) =>
      zip(
        m!,
        zip(s!, noise!, (a, b) => Math.exp(a / 2) * b),
        (a, b) => a + b,
      ),
    differentiate: [true, true, false],
  },
  {
    name: 'DUQ scores',
    group: 'loss',
    shapes: [
      [
        [3, 4],
        [2, 4, 4],
        [2, 4],
      ],
    ],
    compute: (f, w, e) => duqHead(f!, w!, e!).scores,
    reference: (f, w, e) => duqScores(f!, w!, e!),
    differentiate: [true, true, false],
  },
  penaltyCase('DUQ gradient penalty', (x, kernel, w, e) => {
    const total = (image: tf.Tensor) => tf.sum(duqHead(trunk(image, kernel), w, e).scores);
    return tf.grad(total)(x);
  }),
  penaltyCase('DUQ gradient penalty, head derived by hand', (x, kernel, w, e) => {
    const f = trunk(x, kernel);
    const { difference, scores } = duqHead(f, w, e);
    // d/df sum_c K_c = sum_c K_c / (-sigma^2 d) W_c^T (W_c f - e_c)
    const [c, d] = e.shape as [number, number];
    const weighted = tf.mul(difference, tf.expandDims(scores, 2));
    const rows = tf.reshape(weighted, [f.shape[0]!, c * d]);
    const dy = tf.mul(tf.matMul(rows, tf.reshape(w, [c * d, d])), -1 / (gamma * d));
    return tf.grad((image) => trunk(image, kernel))(x, dy);
  }),
];

/**
 * mean (|grad_x sum_c K_c| - 1)^2 with the gradient as given: its own gradient in the weights is a
 * second derivative of the network.
 */
function penaltyCase(
  name: string,
  gradientOf: (x: tf.Tensor, kernel: tf.Tensor, w: tf.Tensor, e: tf.Tensor) => tf.Tensor,
): SuiteCase {
  return {
    name,
    group: 'loss',
    shapes: [
      [
        [2, 4, 6, 1],
        [3, 3, 1, 4],
        [2, 4, 4],
        [2, 4],
      ],
    ],
    compute: (x, kernel, w, e) => {
      const gradient = gradientOf(x!, kernel!, w!, e!);
      const norms = tf.sqrt(tf.add(tf.sum(tf.square(gradient), [1, 2, 3]), 1e-12));
      return tf.mean(tf.square(tf.sub(norms, 1)));
    },
    reference: (x, kernel, w, e) => {
      const total = ([image]: Plain[]) => sum(duqScores(plainTrunk(image!, kernel!), w!, e!));
      const gradient = gradientByDifferences(total, [x!], [true])[0]!;
      const n = x!.shape[0]!;
      const size = gradient.length / n;
      let penalty = 0;
      for (let i = 0; i < n; i++) {
        const norm = Math.hypot(...gradient.subarray(i * size, (i + 1) * size));
        penalty += (norm - 1) ** 2 / n;
      }
      return scalar(penalty);
    },
    differentiate: [false, true, true, false],
    upTo: 'gradient',
    slack: 20, // the reference differentiates by differences twice
  };
}
