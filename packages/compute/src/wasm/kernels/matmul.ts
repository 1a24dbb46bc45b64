import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type {
  _FusedMatMulAttrs,
  BatchMatMulAttrs,
  KernelFunc,
  TensorInfo,
} from '@tensorflow/tfjs-core';
import { type Inputs, offsetOf, simdKernels } from '../simd-module.js';

/** Up to this many rows of A, packing B costs the stock kernel more than the product. */
const FEW_ROWS = 64;

/**
 * Products of single matrices as a dense layer needs them: A^T B and A B^T in its gradient (the
 * stock kernel takes a naive loop for them), and A B with few rows of A (the stock kernel copies
 * all of B into another order first, every time, since a training step makes a new B).
 * Everything else goes to the stock kernel.
 */
export function batchMatMul(stock: KernelFunc): KernelFunc {
  return (args) => {
    const { a, b } = args.inputs as Inputs<'a' | 'b'>;
    const { transposeA, transposeB } = args.attrs as unknown as BatchMatMulAttrs;
    const [aRows, aCols] = a.shape.slice(-2) as [number, number];
    const [bRows, bCols] = b.shape.slice(-2) as [number, number];
    const m = transposeA ? aCols : aRows;
    const n = transposeB ? bRows : bCols;
    const direct = !transposeA && !transposeB && m <= FEW_ROWS && n % 8 === 0;
    if (batchOf(a) !== 1 || batchOf(b) !== 1 || !(direct || transposeA !== transposeB)) {
      return stock(args);
    }
    const backend = args.backend as BackendWasm;
    const rank = Math.max(a.shape.length, b.shape.length);
    const out = backend.makeOutput([...Array<number>(rank - 2).fill(1), m, n], 'float32');
    const kernels = simdKernels(backend);
    const at = (tensor: TensorInfo) => offsetOf(backend, tensor);
    if (direct) kernels.matMul(at(a), at(b), at(out), m, n, aCols);
    else if (transposeA) kernels.matMulTransposedA(at(a), at(b), at(out), m, n, aRows);
    else kernels.matMulTransposedB(at(a), at(b), at(out), m, n, aCols);
    return out;
  };
}

/**
 * A dense layer outside of training: product, bias and activation in one. Few rows and no
 * activation but ReLU are done here, for the reason above; everything else is the stock kernel's.
 */
export function fusedMatMul(stock: KernelFunc): KernelFunc {
  return (args) => {
    const { a, b, bias } = args.inputs as Inputs<'a' | 'b'> & Partial<Inputs<'bias'>>;
    const attrs = args.attrs as unknown as _FusedMatMulAttrs;
    const activation = attrs.activation ?? 'linear';
    const [m, k] = a.shape.slice(-2) as [number, number];
    const n = b.shape.at(-1)!;
    const single = batchOf(a) === 1 && batchOf(b) === 1 && !attrs.transposeA && !attrs.transposeB;
    const simple = activation === 'linear' || activation === 'relu';
    const wide = !bias || (bias.shape.length === 1 && bias.shape[0] === n);
    if (!single || !simple || !wide || m > FEW_ROWS || n % 8 !== 0) return stock(args);
    const backend = args.backend as BackendWasm;
    const shape = [...a.shape.slice(0, -2), m, n];
    const out = backend.makeOutput(shape, 'float32');
    const at = (tensor: TensorInfo) => offsetOf(backend, tensor);
    simdKernels(backend).matMul(at(a), at(b), at(out), m, n, k);
    const values = backend.typedArrayFromHeap(out);
    const add = bias ? backend.typedArrayFromHeap(bias) : undefined;
    for (let i = 0; i < values.length; i++) {
      const z = values[i]! + (add ? add[i % n]! : 0);
      values[i] = activation === 'relu' && z < 0 ? 0 : z;
    }
    return out;
  };
}

function batchOf(tensor: TensorInfo): number {
  return tensor.shape.slice(0, -2).reduce((product, size) => product * size, 1);
}
