import { describe, expect, it } from 'vitest';
import { BufferPool } from './buffers.js';
import type { GpuBuffer, GpuDevice } from './types.js';

/** A device that only counts: the pool asks no more of it. */
function countingDevice(limit = 1e9) {
  const alive = new Set<GpuBuffer>();
  const device = {
    limits: { maxBufferSize: limit, maxStorageBufferBindingSize: limit },
    createBuffer({ size, usage }: { size: number; usage: number }) {
      const buffer: GpuBuffer = { size, usage, destroy: () => void alive.delete(buffer) };
      alive.add(buffer);
      return buffer;
    },
  } as unknown as GpuDevice;
  const bytes = () => [...alive].reduce((sum, buffer) => sum + buffer.size, 0);
  return { device, alive, bytes };
}

describe('the buffer pool', () => {
  it('gives a released buffer to the next tensor of that size and usage', () => {
    const { device, alive } = countingDevice();
    const pool = new BufferPool(device);
    const first = pool.acquireBuffer(64, 1);
    pool.releaseBuffer(first);
    expect(pool.acquireBuffer(64, 1)).toBe(first);
    expect(pool.acquireBuffer(64, 2)).not.toBe(first);
    expect(alive.size).toBe(2);
  });

  it('keeps what a repeating step needs, so that nothing is allocated after the first', () => {
    const { device, alive } = countingDevice();
    let made = 0;
    const counting = {
      ...device,
      createBuffer: (d: never) => (made++, device.createBuffer(d)),
    } as GpuDevice;
    const pool = new BufferPool(counting, { floorBytes: 0 });
    const step = () => {
      const buffers = [100, 200, 300].map((size) => pool.acquireBuffer(size, 1));
      for (const buffer of buffers) pool.releaseBuffer(buffer);
    };
    for (let i = 0; i < 5; i++) step();
    expect(made).toBe(3);
    expect(alive.size).toBe(3);
  });

  it('stays within its slack when sizes change, where tfjs would keep every one', () => {
    const { device, bytes } = countingDevice();
    const pool = new BufferPool(device, { floorBytes: 1000, slack: 1.25 });
    let highest = 0;
    for (let size = 1000; size < 2000; size += 10) {
      pool.releaseBuffer(pool.acquireBuffer(size, 1));
      highest = Math.max(highest, bytes());
      expect(pool.numBytesAllocated).toBe(bytes());
    }
    expect(highest).toBeLessThanOrEqual(1.25 * 1990);
    expect(pool.getNumFreeBuffers()).toBeGreaterThan(0);
  });

  it('destroys the longest unused first', () => {
    const { device, alive } = countingDevice();
    const pool = new BufferPool(device, { floorBytes: 350, slack: 1 });
    const [a, b, c] = [100, 110, 120].map((size) => pool.acquireBuffer(size, 1)) as [
      GpuBuffer,
      GpuBuffer,
      GpuBuffer,
    ];
    for (const buffer of [b, a, c]) pool.releaseBuffer(buffer);
    pool.acquireBuffer(130, 1);
    expect(alive.has(b)).toBe(false);
    expect(alive.has(a) && alive.has(c)).toBe(true);
  });

  it('names the size and the limit of a tensor that does not fit', () => {
    const pool = new BufferPool(countingDevice(128e6).device);
    expect(() => pool.acquireBuffer(300e6, 1)).toThrow(/got: 300 MB; expected: at most 128 MB/);
    const small = new BufferPool(countingDevice().device, { maxBytes: 100e6 });
    small.acquireBuffer(80e6, 1);
    expect(() => small.acquireBuffer(40e6, 1)).toThrow(/80 MB in use and 40 MB more.*MEMORY_MB/);
  });

  it('ignores buffers of before it was disposed of, and destroys all it had', () => {
    const { device, alive } = countingDevice();
    const pool = new BufferPool(device);
    const buffer = pool.acquireBuffer(64, 1);
    pool.releaseBuffer(pool.acquireBuffer(32, 1));
    pool.dispose();
    expect(alive.size).toBe(0);
    pool.releaseBuffer(buffer);
    expect(pool.numBytesUsed).toBe(0);
  });
});
