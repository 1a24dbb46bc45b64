import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type KernelFunc, util } from '@tensorflow/tfjs-core';
import { type Inputs, offsetOf, simdKernels } from '../simd-module.js';

/** dy where y > 0, else 0: the gradient of relu by its output y. */
export const reluGrad: KernelFunc = (args) => {
  const { dy, y } = args.inputs as Inputs<'dy' | 'y'>;
  const backend = args.backend as BackendWasm;
  const out = backend.makeOutput(y.shape, 'float32');
  simdKernels(backend).reluGradient(
    offsetOf(backend, dy),
    offsetOf(backend, y),
    offsetOf(backend, out),
    util.sizeFromShape(y.shape),
  );
  return out;
};
