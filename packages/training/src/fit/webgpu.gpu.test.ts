import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BackendName, deviceMemory, selectBackend } from '@spectraloom/compute';
import { readWeights } from '@spectraloom/models';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useSwiftShader } from '../../../../tools/vitest/swiftshader.mjs';
import { blobs, preprocessing, smallNetwork } from './blobs.fixture.js';
import { fitClassifier, type FitOptions } from './fit.js';

const missing = useSwiftShader();
if (missing) console.log(`training on webgpu skipped: ${missing}`);

const train = blobs(32, 1);
const validation = blobs(16, 2, 1000);
const settings = { epochs: 3, batchSize: 16, learningRate: 0.01, seed: 7, clipNorm: 1 };
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spectraloom-webgpu-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function run(backend: BackendName, extra: Partial<FitOptions> = {}) {
  await selectBackend({ require: backend });
  // Otherwise tfjs computes small tensors on the CPU, and the device would not be tested.
  if (backend === 'webgpu') tf.env().set('WEBGPU_CPU_FORWARD', false);
  const network = smallNetwork();
  try {
    const result = await fitClassifier({
      ...{ network, preprocessing, train, validation },
      ...settings,
      ...extra,
    });
    return { ...result, weights: await readWeights(network) };
  } finally {
    network.dispose();
  }
}

function loseDevice(): void {
  (tf.backend() as unknown as { device: { destroy(): void } }).device.destroy();
}

/** Largest difference, in units of the largest weight. */
function deviation(a: Float32Array[], b: Float32Array[]): number {
  const largest = Math.max(...b.map((w) => w.reduce((m, x) => Math.max(m, Math.abs(x)), 0)));
  const worst = a.map((w, i) => w.reduce((m, x, j) => Math.max(m, Math.abs(x - b[i]![j]!)), 0));
  return Math.max(...worst) / largest;
}

describe.skipIf(missing)('a training on webgpu', () => {
  it('goes as it does on wasm', async () => {
    const [gpu, cpu] = [await run('webgpu'), await run('wasm')];
    // Rounding differs in the last digits; 6 steps of Adam carry it on.
    expect(deviation(gpu.weights, cpu.weights)).toBeLessThan(1e-4);
    gpu.history.forEach((record, i) => {
      expect(record.trainLoss).toBeCloseTo(cpu.history[i]!.trainLoss, 4);
      expect(record.validation.nll).toBeCloseTo(cpu.history[i]!.validation.nll, 4);
    });
    expect(gpu.history.at(-1)!.trainLoss).toBeLessThan(gpu.history[0]!.trainLoss);
  });

  it('holds the same memory step after step, and leaves nothing', async () => {
    await run('webgpu', { epochs: 1 });
    const before = { tensors: tf.memory().numTensors, bytes: deviceMemory()!.usedBytes };
    const [tensors, bytes, peaks] = [new Set(), new Set(), new Set()];
    await run('webgpu', {
      epochs: 3,
      microBatchSize: 8,
      weightDecay: 0.01,
      onBatch() {
        tensors.add(tf.memory().numTensors);
        bytes.add(deviceMemory()!.usedBytes);
        peaks.add(deviceMemory()!.peakBytes);
        deviceMemory()!.resetPeak();
      },
    });
    // The first step of an epoch may still free what the validation held.
    expect(tensors.size).toBe(1);
    expect(bytes.size).toBeLessThanOrEqual(2);
    expect(peaks.size).toBeLessThanOrEqual(3);
    expect(tf.memory().numTensors).toBe(before.tensors);
    expect(deviceMemory()!.usedBytes).toBe(before.bytes);
  });

  it('names the last checkpoint when the device is lost, and goes on from it', async () => {
    process.env['SPECTRALOOM_DETERMINISTIC'] = '1';
    try {
      const undisturbed = await run('webgpu');
      const checkpoints = join(folder, 'lost');
      const onBatch: FitOptions['onBatch'] = ({ epoch, done }) => {
        if (epoch === 3 && done === 16) loseDevice();
      };
      await expect(run('webgpu', { checkpoints, onBatch })).rejects.toMatchObject({
        code: 'DEVICE_LOST',
        what: expect.stringMatching(/lost in epoch 3/) as string,
        got: expect.stringMatching(/last\.safetensors, of epoch 2/) as string,
      });
      const resumed = await run('webgpu', { checkpoints });
      expect(resumed.resumedAfter).toBe(2);
      expect(resumed.weights).toEqual(undisturbed.weights);
    } finally {
      delete process.env['SPECTRALOOM_DETERMINISTIC'];
    }
  });

  it('goes on by itself where it is told how to make the backend anew', async () => {
    process.env['SPECTRALOOM_DETERMINISTIC'] = '1';
    try {
      const undisturbed = await run('webgpu');
      for (const checkpoints of [join(folder, 'recovered'), undefined]) {
        let losses = 0;
        const recovered = await run('webgpu', {
          ...(checkpoints ? { checkpoints } : {}),
          onBatch: ({ epoch }) => void (epoch === 2 && losses === 0 && loseDevice()),
          async recover() {
            losses++;
            await selectBackend({ require: 'webgpu' });
            tf.env().set('WEBGPU_CPU_FORWARD', false);
          },
        });
        expect(losses).toBe(1);
        expect(recovered.weights).toEqual(undisturbed.weights);
      }
      const always = run('webgpu', { onBatch: loseDevice, recover: () => selectBackend() });
      await expect(always).rejects.toMatchObject({ code: 'DEVICE_LOST' });
    } finally {
      delete process.env['SPECTRALOOM_DETERMINISTIC'];
    }
  });

  it('says which batch fits when the memory set aside is too small', async () => {
    await selectBackend({ require: 'webgpu' });
    const pool = (tf.backend() as unknown as { bufferManager: { maxBytes: number } }).bufferManager;
    const before = pool.maxBytes;
    try {
      const { usedBytes, resetPeak } = deviceMemory()!;
      resetPeak();
      await run('webgpu', { epochs: 1 });
      // between what is there before and what a whole batch takes at its worst
      pool.maxBytes = usedBytes + 0.7 * (deviceMemory()!.peakBytes - usedBytes);
      await expect(run('webgpu')).rejects.toMatchObject({
        code: 'OUT_OF_MEMORY',
        what: expect.stringMatching(/a batch of 16 images does not fit.*webgpu/) as string,
        next: expect.stringMatching(/set microBatchSize to \d+ or less/) as string,
      });
    } finally {
      pool.maxBytes = before;
    }
  });
});
