import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type KernelFunc, type SumAttrs, util } from '@tensorflow/tfjs-core';
import { type Inputs, offsetOf, simdKernels, withScratch } from '../simd-module.js';

/**
 * Sum over the leading axes (the gradient of a bias, the moments of a batch norm), without the
 * transpose that the stock kernel makes first. Everything else goes to the stock kernel.
 */
export function sum(stock: KernelFunc): KernelFunc {
  return (args) => {
    const { x } = args.inputs as Inputs<'x'>;
    const { axis, keepDims } = args.attrs as unknown as SumAttrs;
    const rank = x.shape.length;
    const axes = util.parseAxisParam(axis, x.shape).toSorted((p, q) => p - q);
    const leading = axes.length > 0 && axes.length < rank && axes.every((a, i) => a === i);
    const cols = util.sizeFromShape(x.shape.slice(axes.length));
    if (!leading || x.dtype !== 'float32' || cols === 0) return stock(args);
    const backend = args.backend as BackendWasm;
    const rows = util.sizeFromShape(x.shape.slice(0, axes.length));
    const kept = x.shape.slice(axes.length);
    const out = backend.makeOutput(keepDims ? [...axes.map(() => 1), ...kept] : kept, 'float32');
    withScratch(backend, cols * 8, (scratch) =>
      simdKernels(backend).columnSums(
        offsetOf(backend, x),
        offsetOf(backend, out),
        scratch,
        rows,
        cols,
      ),
    );
    return out;
  };
}
