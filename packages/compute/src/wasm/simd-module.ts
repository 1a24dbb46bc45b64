import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { ComputeError } from '../errors.js';
import { simdBinaryBase64 } from './simd-binary.js';

/** What assembly/index.ts exports. Pointers are byte offsets into the backend's memory. */
export interface SimdKernels {
  convFilterGradient(x: number, g: number, dw: number, ...sizes: number[]): void;
  matMul(a: number, b: number, c: number, m: number, n: number, k: number): void;
  matMulTransposedA(a: number, b: number, c: number, m: number, n: number, k: number): void;
  matMulTransposedB(a: number, b: number, c: number, m: number, n: number, k: number): void;
  maxPoolGradient(x: number, y: number, g: number, dx: number, ...sizes: number[]): void;
  avgPoolGradient(g: number, dx: number, ...sizes: number[]): void;
  reluGradient(dy: number, y: number, dx: number, count: number): void;
  columnSums(
    x: number,
    out: number,
    scratch: number,
    rows: number,
    cols: number,
    factor: number,
  ): void;
  scaleChannels(
    x: number,
    factor: number,
    shift: number,
    y: number,
    rows: number,
    channels: number,
  ): void;
}

/** The inputs of a kernel by name. */
export type Inputs<Name extends string> = Record<Name, TensorInfo>;

interface EmscriptenModule {
  asm?: Record<string, unknown>;
  _malloc(bytes: number): number;
  _free(pointer: number): void;
}

/** The engine's WebAssembly, as far as it is used here; the compiler's Node types leave it out. */
const { WebAssembly } = globalThis as unknown as {
  WebAssembly: {
    Memory: new (options: { initial: number }) => { buffer: ArrayBuffer };
    Module: new (bytes: Uint8Array) => object;
    Instance: new (module: object, imports: object) => { exports: object };
  };
};

const modules = new WeakMap<BackendWasm, SimdKernels>();

/**
 * The SIMD kernels of this package, instantiated over the memory of the tensor backend, so that
 * they read and write its tensors in place. Throws `WASM_MEMORY_UNREACHABLE` when the backend does
 * not expose its memory the way tfjs-backend-wasm 4.22 does.
 */
export function simdKernels(backend: BackendWasm): SimdKernels {
  const known = modules.get(backend);
  if (known) return known;
  const exported = Object.values(emscripten(backend).asm ?? {});
  const memory = exported.find((value) => value instanceof WebAssembly.Memory);
  if (!memory) {
    throw new ComputeError({
      code: 'WASM_MEMORY_UNREACHABLE',
      what: 'the memory of the WebAssembly backend cannot be reached',
      where: 'simdKernels',
      expected: '@tensorflow/tfjs-backend-wasm 4.22.0',
      next: 'run npm install again, with the versions of package-lock.json',
    });
  }
  const module = new WebAssembly.Module(Buffer.from(simdBinaryBase64, 'base64'));
  const instance = new WebAssembly.Instance(module, { env: { memory } });
  const kernels = instance.exports as unknown as SimdKernels;
  modules.set(backend, kernels);
  return kernels;
}

/** Byte offset of a tensor's first element in the backend's memory. */
export function offsetOf(backend: BackendWasm, tensor: TensorInfo): number {
  return backend.getMemoryOffset(tensor.dataId) >>> 0;
}

/** Runs `use` with a scratch buffer in the backend's memory and frees it afterwards. */
export function withScratch<T>(backend: BackendWasm, bytes: number, use: (offset: number) => T): T {
  const module = emscripten(backend);
  const offset = module._malloc(bytes) >>> 0; // throws where there is no room, see memory.ts
  try {
    return use(offset);
  } finally {
    module._free(offset);
  }
}

function emscripten(backend: BackendWasm): EmscriptenModule {
  return (backend as unknown as { wasm: EmscriptenModule }).wasm;
}
