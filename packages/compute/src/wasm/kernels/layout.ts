import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type CastAttrs, type KernelFunc, type TileAttrs, util } from '@tensorflow/tfjs-core';
import type { Inputs } from '../simd-module.js';

/**
 * A second handle on the same numbers; the stock kernel copies them. No kernel writes into a
 * tensor that exists, and the backend counts the handles.
 */
export const identity: KernelFunc = (args) => {
  const { x } = args.inputs as Inputs<'x'>;
  (args.backend as BackendWasm).incRef(x.dataId);
  return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
};

/** A cast to the type the tensor has is a second handle; everything else is the stock kernel's. */
export function cast(stock: KernelFunc): KernelFunc {
  return (args) => {
    const { x } = args.inputs as Inputs<'x'>;
    const { dtype } = args.attrs as unknown as CastAttrs;
    return x.dtype === dtype ? identity(args) : stock(args);
  };
}

/**
 * Repeats a whole tensor along leading axes of size 1 (a channel's constants over all pixels), by
 * doubling the copied part. Everything else goes to the stock kernel.
 */
export function tile(stock: KernelFunc): KernelFunc {
  return (args) => {
    const { x } = args.inputs as Inputs<'x'>;
    const { reps } = args.attrs as unknown as TileAttrs;
    const last = reps.findLastIndex((times) => times !== 1);
    const leading = x.shape.every((size, axis) => axis > last || size === 1);
    const size = util.sizeFromShape(x.shape);
    if (!leading || x.dtype !== 'float32' || size === 0 || reps.length !== x.shape.length) {
      return stock(args);
    }
    const backend = args.backend as BackendWasm;
    const out = backend.makeOutput(
      x.shape.map((n, axis) => n * reps[axis]!),
      'float32',
    );
    const to = backend.typedArrayFromHeap(out);
    to.set(backend.typedArrayFromHeap(x) as Float32Array);
    for (let filled = size; filled < to.length; filled *= 2) {
      to.copyWithin(filled, 0, Math.min(filled, to.length - filled));
    }
    return out;
  };
}
