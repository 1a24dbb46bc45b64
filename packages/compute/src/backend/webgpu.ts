import * as tf from '@tensorflow/tfjs-core';
import { deterministic } from './determinism.js';
import { importOptional } from './optional-import.js';
import type { Candidate } from './types.js';
import { adapterChoice, adapterName, findAdapter } from '../webgpu/adapter.js';
import { mendWebGpuKernels } from '../webgpu/kernels.js';
import { BufferPool } from '../webgpu/buffers.js';
import { type DeviceGuard, guardDevice, type WebGpuBackendObject } from '../webgpu/guard.js';
import type { GpuAdapter, GpuDevice } from '../webgpu/types.js';

type BackendClass = new (device: GpuDevice, info: object) => WebGpuBackendObject;

/** Limits worth raising to what the adapter offers: sizes of tensors and of workgroups. */
const raisedLimits = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
  'maxComputeWorkgroupSizeX',
  'maxComputeInvocationsPerWorkgroup',
];

/** Names of the mended kernels; they are mended once, whatever the device. */
let mended: string[] | undefined;

let current:
  { guard: DeviceGuard; device: GpuDevice; name: string; adapterKey: string } | undefined;

/**
 * WebGPU in Node: the package `webgpu` (Dawn) finds the device, `@tensorflow/tfjs-backend-webgpu`
 * computes on it. Both are optional dependencies. Activated again after its device was lost, it
 * makes a new one; tensors of the old one are gone.
 */
export const webgpuCandidate: Candidate = {
  name: 'webgpu',
  async activate() {
    const choice = adapterChoice();
    const adapterKey = JSON.stringify(choice);
    if (!current || current.guard.failure || current.adapterKey !== adapterKey) {
      const module = await importOptional('@tensorflow/tfjs-backend-webgpu');
      const adapter = await findAdapter(choice);
      const made = await makeBackend(module['WebGPUBackend'] as BackendClass, adapter);
      if (tf.findBackendFactory('webgpu')) tf.removeBackend('webgpu');
      tf.registerBackend('webgpu', () => made.backend);
      current = { ...made, adapterKey };
      mended ??= mendWebGpuKernels();
    }
    // 3 is the packed program; without it, long products are added up by atomics in any order.
    tf.env().set('WEBGPU_MATMUL_PROGRAM_TYPE', deterministic() ? 3 : -1);
    if (!(await tf.setBackend('webgpu'))) {
      throw new Error(`@tensorflow/tfjs-backend-webgpu does not start on ${current.name}`);
    }
    return {
      name: 'webgpu' as const,
      provider: 'webgpu (Dawn) with @tensorflow/tfjs-backend-webgpu',
      device: current.name,
      kernels: mended ?? [],
    };
  },
};

async function makeBackend(WebGPUBackend: BackendClass, adapter: GpuAdapter) {
  const name = adapterName(adapter.info);
  const requiredLimits = Object.fromEntries(raisedLimits.map((l) => [l, adapter.limits[l]]));
  const requiredFeatures = ['timestamp-query'].filter((feature) => adapter.features.has(feature));
  const device = await adapter.requestDevice({ requiredLimits, requiredFeatures });
  const backend = new WebGPUBackend(device, adapter.info);
  backend.bufferManager = new BufferPool(device, poolOptions());
  return { backend, device, name, guard: guardDevice(backend, device, name) };
}

function poolOptions(): { maxBytes?: number } {
  const text = process.env['SPECTRALOOM_WEBGPU_MEMORY_MB'];
  if (!text) return {};
  const megabytes = Number(text);
  if (!(megabytes > 0)) {
    throw new Error(`SPECTRALOOM_WEBGPU_MEMORY_MB is ${text}; expected a number of megabytes`);
  }
  return { maxBytes: megabytes * 1e6 };
}
