import * as tf from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { wasmMemory } from '../wasm/memory.js';
import type { WebGpuBackendObject } from '../webgpu/guard.js';

/** Bytes that tensors take on the active backend, as its allocator counts them. */
export interface DeviceMemory {
  usedBytes: number;
  /** Highest `usedBytes` since the backend started or `resetPeak` was called. */
  peakBytes: number;
  /** What they can take together, where that is known. */
  limitBytes?: number;
  resetPeak(): void;
}

/** Memory of the active backend; undefined on `tensorflow`, whose allocator does not tell. */
export function deviceMemory(): DeviceMemory | undefined {
  switch (tf.getBackend()) {
    case 'wasm':
      return wasmMemory(tf.backend() as BackendWasm);
    case 'webgpu':
      return (tf.backend() as WebGpuBackendObject).bufferManager.memory();
    default:
      return undefined;
  }
}
