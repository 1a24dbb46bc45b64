import { OutOfMemory } from '../errors.js';
import type { DeviceMemory } from '../backend/device-memory.js';
import type { GpuBuffer, GpuDevice } from './types.js';

export interface BufferPoolOptions {
  /** Bytes the pool may hold without further thought; default 256 MiB. */
  floorBytes?: number;
  /** Above the floor: allocated bytes stay below this many times the highest use; default 1.25. */
  slack?: number;
  /** Bytes that may be in use at once; above it `acquireBuffer` throws. Default: no limit. */
  maxBytes?: number;
}

/**
 * GPU buffers by size and usage, kept for the next tensor of the same size. It stands in for the
 * manager of `@tensorflow/tfjs-backend-webgpu` (same members), which never gives one back: every
 * new batch size there adds a whole set of buffers for good. Here the oldest unused buffers are
 * destroyed before a new one would take the pool above `max(floorBytes, slack * highest use)`.
 */
export class BufferPool {
  numBytesUsed = 0;
  numBytesAllocated = 0;
  /** Highest `numBytesUsed` so far. */
  peakBytes = 0;
  private peakSinceReset = 0;
  private readonly free = new Map<string, GpuBuffer[]>();
  /** Unused buffers, the longest unused first. */
  private readonly idle = new Set<GpuBuffer>();
  private used = new Set<GpuBuffer>();
  private readonly floorBytes: number;
  private readonly slack: number;
  private readonly maxBytes: number;

  constructor(
    private readonly device: GpuDevice,
    options: BufferPoolOptions = {},
  ) {
    this.floorBytes = options.floorBytes ?? 256 * 1024 ** 2;
    this.slack = options.slack ?? 1.25;
    this.maxBytes = options.maxBytes ?? Number.POSITIVE_INFINITY;
  }

  /**
   * A buffer of exactly `size` bytes. Throws `OutOfMemory` when it is larger than the device
   * allows, or when the buffers in use would exceed `maxBytes` with it.
   */
  acquireBuffer(size: number, usage: number, mappedAtCreation = false, reuse = true): GpuBuffer {
    this.check(size);
    // One of the pool's comes unmapped even if a mapped one is asked for; tfjs looks and copes.
    const kept = reuse ? this.take(size, usage) : undefined;
    const buffer = kept ?? this.create(size, usage, mappedAtCreation);
    this.used.add(buffer);
    this.numBytesUsed += size;
    this.peakBytes = Math.max(this.peakBytes, this.numBytesUsed);
    this.peakSinceReset = Math.max(this.peakSinceReset, this.numBytesUsed);
    return buffer;
  }

  releaseBuffer(buffer: GpuBuffer, reuse = true): void {
    if (!this.used.delete(buffer)) return; // of a pool that was disposed of
    this.numBytesUsed -= buffer.size;
    if (!reuse) {
      this.destroy(buffer);
      return;
    }
    const key = keyOf(buffer.size, buffer.usage);
    const list = this.free.get(key);
    if (list) list.push(buffer);
    else this.free.set(key, [buffer]);
    this.idle.add(buffer);
  }

  getNumUsedBuffers(): number {
    return this.used.size;
  }

  getNumFreeBuffers(): number {
    return this.idle.size;
  }

  memory(): DeviceMemory {
    const { numBytesUsed: usedBytes, maxBytes } = this;
    return {
      usedBytes,
      peakBytes: this.peakSinceReset,
      ...(Number.isFinite(maxBytes) ? { limitBytes: maxBytes } : {}),
      resetPeak: () => void (this.peakSinceReset = this.numBytesUsed),
    };
  }

  /** Destroys every unused buffer. */
  trim(): void {
    this.shrinkBy(Number.POSITIVE_INFINITY);
  }

  dispose(): void {
    this.trim();
    for (const buffer of this.used) buffer.destroy();
    this.used = new Set();
    this.numBytesUsed = 0;
    this.numBytesAllocated = 0;
  }

  private take(size: number, usage: number): GpuBuffer | undefined {
    const buffer = this.free.get(keyOf(size, usage))?.pop();
    if (buffer) this.idle.delete(buffer);
    return buffer;
  }

  private create(size: number, usage: number, mappedAtCreation: boolean): GpuBuffer {
    const needed = Math.max(this.peakBytes, this.numBytesUsed + size);
    const allowed = Math.min(Math.max(this.floorBytes, this.slack * needed), this.maxBytes);
    this.shrinkBy(this.numBytesAllocated + size - allowed);
    const buffer = this.device.createBuffer({ size, usage, mappedAtCreation });
    this.numBytesAllocated += size;
    return buffer;
  }

  private shrinkBy(bytes: number): void {
    let left = bytes;
    for (const buffer of this.idle) {
      if (left <= 0) return;
      left -= buffer.size;
      this.idle.delete(buffer);
      const key = keyOf(buffer.size, buffer.usage);
      const list = this.free.get(key)!;
      list.splice(list.indexOf(buffer), 1);
      if (list.length === 0) this.free.delete(key);
      this.destroy(buffer);
    }
  }

  private destroy(buffer: GpuBuffer): void {
    this.numBytesAllocated -= buffer.size;
    buffer.destroy();
  }

  private check(size: number): void {
    const { maxBufferSize, maxStorageBufferBindingSize } = this.device.limits;
    const largest = Math.min(maxBufferSize, maxStorageBufferBindingSize);
    const next = 'take a smaller batch, or another backend (--backend)';
    if (size > largest) {
      throw new OutOfMemory({
        what: 'a tensor is larger than this GPU takes in one piece',
        where: 'webgpu',
        got: `${megabytes(size)} MB`,
        expected: `at most ${megabytes(largest)} MB`,
        next,
        tensorLimitBytes: largest,
      });
    }
    if (this.numBytesUsed + size > this.maxBytes) {
      throw new OutOfMemory({
        what: 'the tensors do not fit into the memory set aside for them',
        where: 'webgpu',
        got: `${megabytes(this.numBytesUsed)} MB in use and ${megabytes(size)} MB more`,
        expected: `at most ${megabytes(this.maxBytes)} MB (SPECTRALOOM_WEBGPU_MEMORY_MB)`,
        next,
      });
    }
  }
}

const keyOf = (size: number, usage: number) => `${size}_${usage}`;
const megabytes = (bytes: number) => Math.ceil(bytes / 1e6);
