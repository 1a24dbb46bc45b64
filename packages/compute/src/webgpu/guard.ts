import type { KernelBackend } from '@tensorflow/tfjs-core';
import { ComputeError, DeviceLost, OutOfMemory } from '../errors.js';
import type { BufferPool } from './buffers.js';
import type { GpuDevice } from './types.js';

/** What this package uses of the backend object of `@tensorflow/tfjs-backend-webgpu`. */
export interface WebGpuBackendObject extends KernelBackend {
  bufferManager: BufferPool;
  runWebGPUProgram(...args: unknown[]): unknown;
}

export interface DeviceGuard {
  /** Set once the device is gone. */
  readonly failure: DeviceLost | undefined;
}

/**
 * Makes a lost device and errors that WebGPU reports late into exceptions: every program run and
 * every read throws `DeviceLost` once the device is gone, and the first read after a program that
 * was rejected throws what the driver said. Without this a lost device gives zeros, silently.
 */
export function guardDevice(
  backend: WebGpuBackendObject,
  device: GpuDevice,
  name: string,
): DeviceGuard {
  let lost: DeviceLost | undefined;
  let reported: ComputeError | undefined;
  void device.lost.then((info) => {
    lost = new DeviceLost({
      what: 'the WebGPU device was lost',
      where: name,
      got: [info.reason, info.message].filter(Boolean).join(': ') || 'no reason given',
      next: 'select the backend again (this makes a new device) and go on from the last checkpoint; if it happens again, take a smaller batch or another backend',
    });
  });
  device.addEventListener('uncapturederror', (event) => {
    event.preventDefault?.();
    reported ??= uncaptured(event.error, name);
  });
  const check = () => {
    if (lost) throw lost;
  };
  const { runWebGPUProgram, read, readSync } = backend;

  backend.runWebGPUProgram = function (...args) {
    check();
    return runWebGPUProgram.apply(this, args);
  };
  backend.read = async function (dataId) {
    check();
    let values: Awaited<ReturnType<typeof read>>;
    try {
      values = await read.call(this, dataId);
    } catch (error) {
      await turn(); // the loss of a device is told after the reads it broke
      throw lost ?? takeReported() ?? error;
    }
    const late = lost ?? takeReported();
    if (late) throw late;
    return values;
  };
  backend.readSync = function (dataId) {
    try {
      return readSync.call(this, dataId);
    } catch (error) {
      throw new ComputeError({
        code: 'NO_SYNC_READ',
        what: 'WebGPU in Node cannot read a tensor synchronously',
        where: name,
        next: 'read it with await tensor.data()',
        cause: error,
      });
    }
  };
  function takeReported(): ComputeError | undefined {
    const error = reported;
    reported = undefined;
    return error;
  }
  return {
    get failure() {
      return lost;
    },
  };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

function uncaptured(error: { message: string }, name: string): ComputeError {
  const said = error.message.split('\n').slice(0, 2).join(' ').trim();
  if (/out.?of.?memory|OutOfMemory/i.test(`${error.constructor.name} ${error.message}`)) {
    return new OutOfMemory({
      what: 'the GPU has no memory left for a tensor',
      where: name,
      got: said,
      next: 'take a smaller batch, or another backend (--backend)',
    });
  }
  return new ComputeError({
    code: 'DEVICE_ERROR',
    what: 'the GPU refused a program; results since the last read are not to be trusted',
    where: name,
    got: said,
    next: 'take another backend (--backend), and report this with the name of the device',
  });
}
