import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { BackendUnavailable } from '../errors.js';
import { importOptional } from './optional-import.js';
import { selectBackend } from './select.js';

const installed = (name: string) => {
  const paths = createRequire(import.meta.url).resolve.paths(name) ?? [];
  return paths.some((path) => existsSync(`${path}/${name}/package.json`));
};
// A build of tools/native-tensorflow has its own test; here it is as if there were none.
process.env['SPECTRALOOM_NATIVE_TENSORFLOW'] = '';
const native = installed('@tensorflow/tfjs-node-gpu') || installed('@tensorflow/tfjs-node');
const webgpu = installed('webgpu') && installed('@tensorflow/tfjs-backend-webgpu');

describe('selectBackend', () => {
  it('takes wasm when it is required, without trying another', async () => {
    const backend = await selectBackend({ require: 'wasm' });
    expect(backend.name).toBe('wasm');
    expect(backend.passedOver).toEqual([]);
    expect(backend.device).toMatch(/SIMD/);
    expect(backend.kernels).toContain('Conv2DBackpropFilter');
    expect(tf.getBackend()).toBe('wasm');
  });

  it('says of each one it passed over why', async () => {
    const backend = await selectBackend();
    expect(tf.getBackend()).toBe(backend.name);
    if (native) return;
    const [first] = backend.passedOver;
    expect(first).toEqual({
      name: 'tensorflow',
      why: '@tensorflow/tfjs-node-gpu is not installed; @tensorflow/tfjs-node is not installed',
    });
    if (!webgpu || backend.name === 'wasm') {
      expect(backend.name).toBe('wasm');
      expect(backend.passedOver[1]?.name).toBe('webgpu');
      expect(backend.passedOver[1]?.why).toMatch(/is not installed|adapter/);
    }
  });

  it('tries the preferred one first', async () => {
    const backend = await selectBackend({ prefer: 'wasm' });
    expect(backend).toMatchObject({ name: 'wasm', passedOver: [] });
  });

  it.skipIf(native)('fails with the reason when a required one is missing', async () => {
    const error = await selectBackend({ require: 'tensorflow' }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(BackendUnavailable);
    expect(error).toMatchObject({ code: 'BACKEND_UNAVAILABLE' });
    expect((error as Error).message).toMatch(
      /tfjs-node-gpu is not installed.*next: node tools\/native-tensorflow/,
    );
  });

  it('refuses a name that is no backend', async () => {
    await expect(selectBackend({ prefer: 'cuda' as 'wasm' })).rejects.toThrow(
      /prefer names no backend; got: cuda; expected: tensorflow, webgpu, wasm/,
    );
  });
});

describe('an optional package', () => {
  it('that is missing is said to be missing', async () => {
    await expect(importOptional('spectraloom-is-not-there')).rejects.toThrow(
      'spectraloom-is-not-there is not installed',
    );
  });

  it('that fails to load gives the first line of its reason', async () => {
    const broken = 'data:text/javascript,throw new Error("\\n  libtensorflow.so: no\\n at x")';
    await expect(importOptional(broken)).rejects.toThrow(/does not load: libtensorflow.so: no$/);
  });
});
