import { selectBackend } from '@spectraloom/compute';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { JoinTiles, SplitTiles } from './tiles.js';

beforeAll(async () => {
  await selectBackend({ require: 'wasm' });
});

it('splits a mosaic into its tiles, row by row, and puts it together again', () => {
  const [n, r, k, h, w, c] = [2, 3, 2, 4, 5, 3] as const;
  const x = tf.reshape(tf.range(0, n * r * h * k * w * c), [n, r * h, k * w, c]);
  const grid: [number, number] = [r, k];
  const tiles = new SplitTiles({ grid }).apply(x) as tf.Tensor;
  expect(tiles.shape).toEqual([n * r * k, h, w, c]);
  const expected = tf.slice(x, [1, 2 * h, w, 0], [1, h, w, c]);
  // Image 1, tile row 2, tile column 1.
  const got = tf.slice(tiles, [(1 * r + 2) * k + 1, 0, 0, 0], [1, h, w, c]);
  expect([...got.dataSync()]).toEqual([...expected.dataSync()]);
  const back = new JoinTiles({ grid }).apply(tiles) as tf.Tensor;
  expect(back.shape).toEqual(x.shape);
  expect([...back.dataSync()]).toEqual([...x.dataSync()]);
});
