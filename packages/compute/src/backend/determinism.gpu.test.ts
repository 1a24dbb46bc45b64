import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { selectBackend } from './select.js';
import { useSwiftShader } from '../../../../tools/vitest/swiftshader.mjs';
import { trainedWeights } from './training-run.fixture.js';

const missing = useSwiftShader();
if (missing) console.log(`determinism on webgpu skipped: ${missing}`);

const bits = (values: Float32Array) => Buffer.from(values.buffer).toString('base64');

/**
 * tfjs's WebGPU backend adds the parts of a long matrix product with atomics, in whatever order
 * they finish. Its other kernels write each value from one thread.
 */
describe.skipIf(missing)('with SPECTRALOOM_DETERMINISTIC=1, webgpu', () => {
  beforeAll(async () => {
    process.env['SPECTRALOOM_DETERMINISTIC'] = '1';
    await selectBackend({ require: 'webgpu' });
  });
  afterAll(() => {
    delete process.env['SPECTRALOOM_DETERMINISTIC'];
  });

  it('gives the same long matrix product again, bit for bit', async () => {
    const [a, b] = [tf.randomUniform([4, 20_000], -1, 1), tf.randomUniform([20_000, 4], -1, 1)];
    const results = new Set<string>();
    for (let i = 0; i < 5; i++) {
      const product = tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D);
      results.add(bits((await product.data()) as Float32Array));
      product.dispose();
    }
    expect(results.size).toBe(1);
  });

  it('gives the same weights after the same training, bit for bit', async () => {
    const size: [number, number, number] = [4, 20, 28];
    const [first, second] = [await trainedWeights(2, size), await trainedWeights(2, size)];
    expect(first.map(bits).join() === second.map(bits).join()).toBe(true);
  });
});
