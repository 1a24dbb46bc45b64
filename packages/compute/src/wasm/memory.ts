import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { DeviceMemory } from '../backend/device-memory.js';
import { OutOfMemory } from '../errors.js';

interface Allocator {
  asm: { malloc(bytes: number): number; free(pointer: number): void };
  _malloc(bytes: number): number;
  _free(pointer: number): void;
}

interface Counters {
  limitBytes: number;
  usedBytes: number;
  peakBytes: number;
}

/** What 32-bit WebAssembly addresses, less a page that the engine keeps. */
const ADDRESSABLE_BYTES = 4 * 1024 ** 3 - 65_536;

/** Left to XNNPACK, which allocates for itself and does not say when it could not. */
const RESERVE_BYTES = 64 * 1024 ** 2;

const guarded = new WeakMap<BackendWasm, Counters>();

/**
 * Makes an allocation that fails an `OutOfMemory`. tfjs-backend-wasm 4.22 takes the null pointer for
 * an address: its kernels then write over the module's own data, which ends in `memory access out
 * of bounds` or in wrong numbers. Counts what is in use as well.
 */
export function guardWasmMemory(backend: BackendWasm): void {
  const limitBytes = memoryLimit();
  const known = guarded.get(backend);
  if (known) {
    known.limitBytes = limitBytes;
    return;
  }
  const module = (backend as unknown as { wasm: Allocator }).wasm;
  const { malloc, free } = module.asm;
  const counters: Counters = { limitBytes, usedBytes: 0, peakBytes: 0 };
  const sizes = new Map<number, number>();
  module._malloc = (bytes) => {
    const pointer = malloc(bytes) >>> 0;
    const full =
      pointer + bytes > ADDRESSABLE_BYTES - RESERVE_BYTES ||
      counters.usedBytes + bytes > counters.limitBytes;
    if (pointer === 0 || full) {
      if (pointer !== 0) free(pointer);
      throw new OutOfMemory({
        what: 'the WebAssembly backend has no room for a tensor',
        where: 'wasm',
        got: `${megabytes(counters.usedBytes)} MB in use and ${megabytes(bytes)} MB more`,
        expected: `at most ${megabytes(counters.limitBytes)} MB`,
        next: 'take a smaller batch, or another backend (--backend)',
      });
    }
    sizes.set(pointer, bytes);
    counters.usedBytes += bytes;
    counters.peakBytes = Math.max(counters.peakBytes, counters.usedBytes);
    return pointer;
  };
  module._free = (pointer) => {
    counters.usedBytes -= sizes.get(pointer >>> 0) ?? 0;
    sizes.delete(pointer >>> 0);
    free(pointer);
  };
  guarded.set(backend, counters);
}

export function wasmMemory(backend: BackendWasm): DeviceMemory | undefined {
  const counters = guarded.get(backend);
  return (
    counters && {
      ...counters,
      resetPeak: () => void (counters.peakBytes = counters.usedBytes),
    }
  );
}

/** `SPECTRALOOM_WASM_MEMORY_MB`, or all there is. */
function memoryLimit(): number {
  const text = process.env['SPECTRALOOM_WASM_MEMORY_MB'];
  const all = ADDRESSABLE_BYTES - RESERVE_BYTES;
  if (!text) return all;
  const bytes = Number(text) * 1e6;
  if (bytes > 0) return Math.min(all, bytes);
  throw new Error(`SPECTRALOOM_WASM_MEMORY_MB is ${text}; expected a number of megabytes`);
}

const megabytes = (bytes: number) => Math.ceil(bytes / 1e6);
