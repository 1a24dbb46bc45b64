import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { selectBackend } from '../backend/select.js';
import { numbers } from '../reference/numbers.fixture.js';

beforeAll(async () => {
  await selectBackend({ require: 'wasm' });
});

describe('copies on wasm', () => {
  it('a clone shares its numbers until the last handle goes', () => {
    const x = tf.tensor1d([1, 2, 3]);
    const y = x.clone();
    const z = tf.cast(x, 'float32');
    x.dispose();
    expect([...y.dataSync()]).toEqual([1, 2, 3]);
    y.dispose();
    expect([...z.dataSync()]).toEqual([1, 2, 3]);
    const before = tf.memory().numDataBuffers;
    z.dispose();
    expect(tf.memory().numDataBuffers).toBe(before - 1);
  });

  it('an assigned variable leaves the tensor it was read from alone', () => {
    const v = tf.variable(tf.tensor1d([1, 2]));
    const old = v.clone();
    v.assign(tf.tensor1d([5, 6]));
    expect([...old.dataSync()]).toEqual([1, 2]);
    expect([...v.dataSync()]).toEqual([5, 6]);
    tf.dispose([old, v]);
  });

  it.each([
    [
      [1, 1, 3],
      [2, 5, 1],
    ],
    [
      [1, 4],
      [7, 1],
    ],
    [
      [2, 3],
      [2, 2],
    ],
    [
      [1, 3],
      [2, 2],
    ],
    [
      [1, 1, 1],
      [2, 3, 4],
    ],
  ])('tile %j by %j', (shape, reps) => {
    const x = tf.tensor(numbers(shape.reduce((p, n) => p * n, 1)), shape);
    const t = tf.tile(x, reps);
    const from = x.dataSync();
    const expected = Array.from({ length: t.size }, (_, flat) => {
      let rest = flat;
      let index = 0;
      let step = 1;
      for (let a = shape.length - 1; a >= 0; a--) {
        index += ((rest % (shape[a]! * reps[a]!)) % shape[a]!) * step;
        rest = Math.floor(rest / (shape[a]! * reps[a]!));
        step *= shape[a]!;
      }
      return from[index]!;
    });
    expect([...t.dataSync()]).toEqual(expected);
    tf.dispose([x, t]);
  });
});
