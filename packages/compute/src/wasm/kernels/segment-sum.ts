import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type KernelFunc, util } from '@tensorflow/tfjs-core';
import type { Inputs } from '../simd-module.js';

/**
 * Row s of the result is the sum of the rows of x [n, ...] whose segment id [n] is s; rows with a
 * negative id are left out. The gradient of a gather, and not worth a kernel in SIMD.
 */
export const unsortedSegmentSum: KernelFunc = (args) => {
  const { x, segmentIds } = args.inputs as Inputs<'x' | 'segmentIds'>;
  const { numSegments } = args.attrs as unknown as { numSegments: number };
  const backend = args.backend as BackendWasm;
  const shape = [numSegments, ...x.shape.slice(segmentIds.shape.length)];
  const out = backend.makeOutput(shape, x.dtype);
  const sums = backend.typedArrayFromHeap(out);
  const values = backend.typedArrayFromHeap(x);
  const ids = backend.typedArrayFromHeap(segmentIds);
  const width = util.sizeFromShape(shape.slice(1));
  sums.fill(0);
  for (let row = 0; row < ids.length; row++) {
    const id = ids[row]!;
    if (id < 0) continue;
    if (id >= numSegments) throw new Error(`segment ${id} of ${numSegments}`);
    for (let i = 0; i < width; i++) sums[id * width + i]! += values[row * width + i]!;
  }
  return out;
};
