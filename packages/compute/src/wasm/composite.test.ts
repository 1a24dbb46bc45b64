import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { selectBackend } from '../backend/select.js';

beforeAll(async () => {
  await selectBackend({ require: 'wasm' });
});

const counting = (...shape: number[]) =>
  tf.reshape(tf.range(1, 1 + shape.reduce((a, b) => a * b, 1)), shape);

describe('einsum on wasm', () => {
  it.each([
    [
      'ij,jk->ik',
      [
        [2, 3],
        [3, 2],
      ],
      [22, 28, 49, 64],
    ],
    [
      'ij,kj->ki',
      [
        [2, 3],
        [2, 3],
      ],
      [14, 32, 32, 77],
    ],
    [
      'ij,ij->i',
      [
        [2, 3],
        [2, 3],
      ],
      [14, 77],
    ],
    [
      'ij,ij->',
      [
        [2, 2],
        [2, 2],
      ],
      [30],
    ],
    ['i,j->ji', [[2], [3]], [1, 2, 2, 4, 3, 6]],
    ['ij->ji', [[2, 3]], [1, 4, 2, 5, 3, 6]],
    ['ij->j', [[2, 3]], [5, 7, 9]],
    ['ij,k->i', [[2, 2], [3]], [18, 42]],
  ])('%s', async (equation, shapes, expected) => {
    const y = tf.einsum(equation, ...shapes.map((shape) => counting(...shape)));
    expect([...(await y.data())]).toEqual(expected);
  });

  it('refuses a repeated index', () => {
    expect(() => tf.einsum('ii->i', counting(2, 2))).toThrow();
  });
});

describe('segment sums on wasm', () => {
  it('add rows by their segment, and leave negative ids out', async () => {
    const ids = tf.tensor1d([2, 0, 2, -1], 'int32');
    const y = tf.unsortedSegmentSum(counting(4, 2) as tf.Tensor2D, ids, 3);
    expect(y.shape).toEqual([3, 2]);
    expect([...(await y.data())]).toEqual([3, 4, 0, 0, 6, 8]);
  });

  it('are the gradient of a gather', async () => {
    const gather = (x: tf.Tensor) => tf.sum(tf.square(tf.gather(x, tf.tensor1d([1, 1], 'int32'))));
    expect([...(await tf.grad(gather)(counting(2, 2)).data())]).toEqual([0, 0, 12, 16]);
  });
});
