import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { BatchMatMulAttrs, KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import { type Inputs, offsetOf, simdKernels } from '../simd-module.js';

/**
 * A^T B and A B^T of single matrices, the two products in the gradient of a dense layer; the stock
 * kernel takes a naive loop for them. Everything else goes to the stock kernel.
 */
export function batchMatMul(stock: KernelFunc): KernelFunc {
  return (args) => {
    const { a, b } = args.inputs as Inputs<'a' | 'b'>;
    const { transposeA, transposeB } = args.attrs as unknown as BatchMatMulAttrs;
    if (transposeA === transposeB || batchOf(a) !== 1 || batchOf(b) !== 1) return stock(args);
    const backend = args.backend as BackendWasm;
    const [aRows, aCols] = a.shape.slice(-2) as [number, number];
    const [bRows, bCols] = b.shape.slice(-2) as [number, number];
    const m = transposeA ? aCols : aRows;
    const n = transposeB ? bRows : bCols;
    const rank = Math.max(a.shape.length, b.shape.length);
    const out = backend.makeOutput([...Array<number>(rank - 2).fill(1), m, n], 'float32');
    const [pa, pb, pc] = [a, b, out].map((tensor) => offsetOf(backend, tensor)) as [
      number,
      number,
      number,
    ];
    const kernels = simdKernels(backend);
    if (transposeA) kernels.matMulTransposedA(pa, pb, pc, m, n, aRows);
    else kernels.matMulTransposedB(pa, pb, pc, m, n, aCols);
    return out;
  };
}

function batchOf(tensor: TensorInfo): number {
  return tensor.shape.slice(0, -2).reduce((product, size) => product * size, 1);
}
