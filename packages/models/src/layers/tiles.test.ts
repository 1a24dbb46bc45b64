import { selectBackend } from '@spectraloom/compute';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { StackTiles } from './tiles.js';

beforeAll(async () => {
  await selectBackend({ require: 'wasm' });
});

it('makes every tile of a mosaic a channel, and its gradient puts it back', () => {
  const [n, r, k, h, w, c] = [2, 3, 2, 4, 5, 3] as const;
  const shape = [n, r * h, k * w, c];
  const x = tf.reshape(tf.range(0, n * r * h * k * w * c), shape);
  const layer = new StackTiles({ grid: [r, k] });
  const y = layer.apply(x) as tf.Tensor;
  expect(y.shape).toEqual([n, h, w, c * r * k]);
  expect(layer.computeOutputShape([null, r * h, k * w, c])).toEqual([null, h, w, c * r * k]);
  const from = x.dataSync();
  const got = y.dataSync();
  for (let i = 0; i < got.length; i++) {
    const at = (size: number, step: number) => Math.floor(i / step) % size;
    const tile = at(r * k, 1);
    const [ch, col, row, image] = [
      at(c, r * k),
      at(w, c * r * k),
      at(h, w * c * r * k),
      at(n, h * w * c * r * k),
    ];
    const y0 = Math.floor(tile / k) * h + row;
    const x0 = (tile % k) * w + col;
    expect(got[i]).toBe(from[((image * r * h + y0) * k * w + x0) * c + ch]);
  }
  const back = tf.grad((t) => layer.apply(t) as tf.Tensor)(x, y);
  expect([...back.dataSync()]).toEqual([...from]);
  tf.dispose([x, y, back]);
});
