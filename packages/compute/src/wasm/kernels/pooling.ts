import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { backend_util, type KernelFunc, type MaxPoolGradAttrs } from '@tensorflow/tfjs-core';
import { type Inputs, offsetOf, simdKernels } from '../simd-module.js';

/** dL/dx of max pooling; equal largest inputs: the first one takes the gradient. */
export const maxPoolGrad: KernelFunc = (args) => {
  const { dy, input, output } = args.inputs as Inputs<'dy' | 'input' | 'output'>;
  const attrs = args.attrs as unknown as MaxPoolGradAttrs;
  const backend = args.backend as BackendWasm;
  const info = backend_util.computePool2DInfo(
    input.shape as [number, number, number, number],
    attrs.filterSize,
    attrs.strides,
    1,
    attrs.pad,
    attrs.dimRoundingMode,
  );
  const out = backend.makeOutput(input.shape, 'float32');
  simdKernels(backend).maxPoolGradient(
    offsetOf(backend, input),
    offsetOf(backend, output),
    offsetOf(backend, dy),
    offsetOf(backend, out),
    ...[info.batchSize, info.inHeight, info.inWidth, info.inChannels],
    ...[info.outHeight, info.outWidth, info.filterHeight, info.filterWidth],
    ...[info.strideHeight, info.strideWidth, info.padInfo.top, info.padInfo.left],
  );
  return out;
};

/** dL/dx of average pooling; pixels in the padding do not count. */
export const avgPoolGrad: KernelFunc = (args) => {
  const { dy, input } = args.inputs as Inputs<'dy' | 'input'>;
  const { filterSize, strides, pad } = args.attrs as unknown as Omit<
    MaxPoolGradAttrs,
    'dimRoundingMode'
  >;
  const backend = args.backend as BackendWasm;
  const shape = input.shape as [number, number, number, number];
  const info = backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad);
  const out = backend.makeOutput(input.shape, 'float32');
  simdKernels(backend).avgPoolGradient(
    offsetOf(backend, dy),
    offsetOf(backend, out),
    ...[info.batchSize, info.inHeight, info.inWidth, info.inChannels],
    ...[info.outHeight, info.outWidth, info.filterHeight, info.filterWidth],
    ...[info.strideHeight, info.strideWidth, info.padInfo.top, info.padInfo.left],
  );
  return out;
};
