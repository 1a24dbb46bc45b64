import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type KernelFunc, type SumAttrs, util } from '@tensorflow/tfjs-core';
import { type Inputs, offsetOf, simdKernels, withScratch } from '../simd-module.js';

/**
 * Sum or mean over neighbouring axes that are not the last ones: the gradient of a bias, the
 * moments of a batch norm, a global average pooling. The stock kernels move the axes to the end
 * first. Everything else goes to the stock kernel.
 */
function reduction(factorOf: (rows: number) => number): (stock: KernelFunc) => KernelFunc {
  return (stock) => (args) => {
    const { x } = args.inputs as Inputs<'x'>;
    const { axis, keepDims } = args.attrs as unknown as SumAttrs;
    const rank = x.shape.length;
    const axes = util.parseAxisParam(axis, x.shape).toSorted((p, q) => p - q);
    const first = axes[0] ?? 0;
    const neighbours = axes.every((a, i) => a === first + i);
    if (axes.length === 0 || !neighbours || first + axes.length >= rank || x.dtype !== 'float32') {
      return stock(args);
    }
    const before = x.shape.slice(0, first);
    const after = x.shape.slice(first + axes.length);
    const rows = util.sizeFromShape(axes.map((a) => x.shape[a]!));
    const cols = util.sizeFromShape(after);
    const blocks = util.sizeFromShape(before);
    if (rows * cols * blocks === 0) return stock(args);
    const backend = args.backend as BackendWasm;
    const kept = keepDims ? axes.map(() => 1) : [];
    const out = backend.makeOutput([...before, ...kept, ...after], 'float32');
    withScratch(backend, cols * 8, (scratch) => {
      const from = offsetOf(backend, x);
      const to = offsetOf(backend, out);
      const { columnSums } = simdKernels(backend);
      for (let b = 0; b < blocks; b++) {
        columnSums(
          from + b * rows * cols * 4,
          to + b * cols * 4,
          scratch,
          rows,
          cols,
          factorOf(rows),
        );
      }
    });
    return out;
  };
}

export const sum = reduction(() => 1);
export const mean = reduction((rows) => 1 / rows);
