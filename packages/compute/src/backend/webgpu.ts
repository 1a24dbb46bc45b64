import * as tf from '@tensorflow/tfjs-core';
import { importOptional } from './optional-import.js';
import type { Candidate } from './types.js';

interface GpuAdapterLike {
  info?: { vendor?: string; architecture?: string; device?: string; description?: string };
}
interface GpuLike {
  requestAdapter(options?: object): Promise<GpuAdapterLike | null>;
}

/**
 * WebGPU in Node: the package `webgpu` (Dawn) gives `navigator.gpu`, the package
 * `@tensorflow/tfjs-backend-webgpu` computes on it. Both are optional; neither is a dependency
 * yet (issue 6).
 */
export const webgpuCandidate: Candidate = {
  name: 'webgpu',
  async activate() {
    const gpu = await navigatorGpu();
    const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
    if (!adapter) throw new Error('no adapter: no Vulkan, Metal or D3D12 device was found');
    await importOptional('@tensorflow/tfjs-backend-webgpu');
    if (!(await tf.setBackend('webgpu'))) {
      throw new Error('@tensorflow/tfjs-backend-webgpu does not start on this adapter');
    }
    const { vendor, architecture, device, description } = adapter.info ?? {};
    return {
      name: 'webgpu' as const,
      provider: 'webgpu with @tensorflow/tfjs-backend-webgpu',
      device: description || device || [vendor, architecture].filter(Boolean).join(' ') || 'GPU',
      kernels: [],
    };
  },
};

/** `navigator.gpu`, made by the package `webgpu` where the platform brings none. */
async function navigatorGpu(): Promise<GpuLike> {
  const scope = globalThis as { navigator?: { gpu?: GpuLike } };
  if (scope.navigator?.gpu) return scope.navigator.gpu;
  const module = await importOptional('webgpu');
  const create = module['create'] as (options: string[]) => GpuLike;
  Object.assign(globalThis, module['globals']);
  const gpu = create([]);
  if (!scope.navigator)
    Object.defineProperty(scope, 'navigator', { value: {}, configurable: true });
  Object.defineProperty(scope.navigator, 'gpu', { value: gpu, configurable: true });
  return gpu;
}
