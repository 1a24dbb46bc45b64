import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { BackendUnavailable } from '../errors.js';
import { selectBackend } from './select.js';
import { useSwiftShader } from '../../../../tools/vitest/swiftshader.mjs';
import { BufferPool } from '../webgpu/buffers.js';
import type { GpuDevice } from '../webgpu/types.js';

const missing = useSwiftShader();
if (missing) console.log(`webgpu tests skipped: ${missing}`);

interface Backend {
  bufferManager: BufferPool;
  device: GpuDevice;
}
const backend = () => tf.backend() as unknown as Backend;

describe.skipIf(missing)('webgpu', () => {
  beforeAll(async () => {
    await selectBackend({ require: 'webgpu' });
  });

  it('says which adapter it took', async () => {
    const { name, device } = await selectBackend({ require: 'webgpu' });
    expect(name).toBe('webgpu');
    expect(device).toMatch(
      process.env['VK_DRIVER_FILES'] ? /swiftshader/i : process.env['SPECTRALOOM_WEBGPU_ADAPTER']!,
    );
  });

  it('trains: the gradient of a convolution', async () => {
    const x = tf.ones<tf.Rank.R4>([2, 6, 5, 1]);
    const w = tf.ones<tf.Rank.R4>([3, 3, 1, 2]);
    const dw = tf.grad((k) => tf.sum(tf.conv2d(x, k as tf.Tensor4D, 1, 'valid')))(w);
    expect([...(await dw.data())]).toEqual(Array(18).fill(2 * 4 * 3));
  });

  it('keeps its memory while batch sizes change', async () => {
    const pool = new BufferPool(backend().device, { floorBytes: 1e6 });
    const before = backend().bufferManager;
    backend().bufferManager = pool;
    let sizes = 0;
    for (let n = 1; n <= 30; n++) {
      const y = tf.tidy(() => tf.mean(tf.mul(tf.add(tf.ones([n, 20_000]), 1), 2)));
      expect(await y.data()).toEqual(new Float32Array([4]));
      y.dispose();
      sizes += 3 * n * 80_000;
      expect(pool.numBytesAllocated).toBeLessThanOrEqual(Math.max(1e6, 1.25 * pool.peakBytes));
    }
    expect(pool.peakBytes).toBeLessThan(sizes / 10);
    pool.trim();
    expect(pool.getNumFreeBuffers()).toBe(0);
    backend().bufferManager = before;
  });

  it('refuses to read synchronously, and says what to do', () => {
    const y = tf.add(tf.ones([2000]), 1);
    expect(() => y.dataSync()).toThrow(/await tensor.data\(\)/);
  });

  it('throws DeviceLost once the device is gone, and computes again when selected again', async () => {
    const y = tf.add(tf.ones([2000]), 1);
    backend().device.destroy();
    await expect(y.data()).rejects.toMatchObject({ code: 'DEVICE_LOST' });
    expect(() => tf.add(tf.ones([2000]), 1)).toThrow(/device was lost.*checkpoint/);
    await selectBackend({ require: 'webgpu' });
    const again = tf.add(tf.ones([2000]), 1);
    expect((await again.data())[1999]).toBe(2);
    y.dispose(); // a tensor of the lost device: nothing left to free, and no error
  });

  it('names the adapters there are when none has the wanted name', async () => {
    const before = process.env['SPECTRALOOM_WEBGPU_ADAPTER'];
    process.env['SPECTRALOOM_WEBGPU_ADAPTER'] = 'Voodoo 2';
    try {
      const error = await selectBackend({ require: 'webgpu' }).catch((e: BackendUnavailable) => e);
      expect(String(error)).toMatch(/no adapter whose name contains Voodoo 2; there (is|are): \w/);
    } finally {
      process.env['SPECTRALOOM_WEBGPU_ADAPTER'] = before;
    }
  });

  it.skipIf(!process.env['VK_DRIVER_FILES'])('passes a software adapter over', async () => {
    const before = process.env['SPECTRALOOM_WEBGPU_ADAPTER'];
    delete process.env['SPECTRALOOM_WEBGPU_ADAPTER'];
    try {
      await expect(selectBackend({ require: 'webgpu' })).rejects.toThrow(
        /computes on the CPU and is slower than wasm/,
      );
    } finally {
      process.env['SPECTRALOOM_WEBGPU_ADAPTER'] = before;
    }
  });
});
