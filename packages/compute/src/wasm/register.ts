import {
  getKernel,
  type KernelFunc,
  registerKernel,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import { conv2DBackpropFilter, conv2DBackpropInput } from './kernels/convolution.js';
import { fusedBatchNorm } from './kernels/batch-norm.js';
import { einsum } from './kernels/einsum.js';
import { cast, identity, tile } from './kernels/layout.js';
import { batchMatMul, fusedMatMul } from './kernels/matmul.js';
import { avgPoolGrad, maxPoolGrad } from './kernels/pooling.js';
import { mean, sum } from './kernels/reductions.js';
import { reluGrad } from './kernels/relu.js';
import { unsortedSegmentSum } from './kernels/segment-sum.js';

type Wrap = (stock: KernelFunc) => KernelFunc;

/** Kernels the backend lacks or does naively; a wrapper gets the stock kernel to fall back on. */
const kernels: Record<string, Wrap> = {
  Conv2DBackpropFilter: () => conv2DBackpropFilter,
  Conv2DBackpropInput: () => conv2DBackpropInput,
  MaxPoolGrad: () => maxPoolGrad,
  AvgPoolGrad: () => avgPoolGrad,
  ReluGrad: () => reluGrad,
  BatchMatMul: batchMatMul,
  _FusedMatMul: fusedMatMul,
  FusedBatchNorm: fusedBatchNorm,
  Sum: sum,
  Mean: mean,
  Identity: () => identity,
  Cast: cast,
  Tile: tile,
  Einsum: () => einsum,
  UnsortedSegmentSum: () => unsortedSegmentSum,
};

let registered: string[] | undefined;

/** Registers this package's kernels for the backend `wasm`, once; returns their names. */
export function registerWasmKernels(): string[] {
  if (registered) return registered;
  for (const [kernelName, wrap] of Object.entries(kernels)) {
    const stock = getKernel(kernelName, 'wasm');
    const kernelFunc = wrap(stock?.kernelFunc ?? missing(kernelName));
    if (stock) unregisterKernel(kernelName, 'wasm');
    registerKernel({ ...stock, kernelName, backendName: 'wasm', kernelFunc });
  }
  registered = Object.keys(kernels);
  return registered;
}

function missing(name: string): KernelFunc {
  return () => {
    throw new Error(`wasm has no stock kernel ${name}`);
  };
}
