import * as tf from '@tensorflow/tfjs-core';
import { type BackendWasm, version_wasm } from '@tensorflow/tfjs-backend-wasm';
import { guardWasmMemory } from '../wasm/memory.js';
import { registerWasmKernels } from '../wasm/register.js';
import { cpuName } from './cpu.js';
import type { Candidate } from './types.js';

/** Address space of 32-bit WebAssembly: what the tensors of this backend can take together. */
const WASM_MEMORY_BYTES = 4 * 1024 ** 3;

/**
 * WebAssembly, always there. tfjs switches its threads off in Node (its worker script needs a
 * `blob:` URL), so one operation runs on one core.
 */
export const wasmCandidate: Candidate = {
  name: 'wasm',
  async activate() {
    if (!(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT'))) {
      throw new Error('this JavaScript engine has no WebAssembly SIMD');
    }
    if (!(await tf.setBackend('wasm'))) throw new Error('the WebAssembly module does not start');
    guardWasmMemory(tf.backend() as BackendWasm);
    return {
      name: 'wasm' as const,
      provider: `@tensorflow/tfjs-backend-wasm ${version_wasm}`,
      device: `${cpuName()}, WebAssembly SIMD, one thread`,
      memoryBytes: WASM_MEMORY_BYTES,
      threads: 1,
      kernels: registerWasmKernels(),
    };
  },
};
