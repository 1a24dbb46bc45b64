import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type FusedBatchNormAttrs, type KernelFunc, util } from '@tensorflow/tfjs-core';
import { type Inputs, offsetOf, simdKernels, withScratch } from '../simd-module.js';

/**
 * (x - mean) / sqrt(variance + epsilon) * scale + offset with one number a channel each, as one
 * multiplication and one addition a pixel. Everything else goes to the stock kernel.
 */
export function fusedBatchNorm(stock: KernelFunc): KernelFunc {
  return (args) => {
    const { x, mean, variance, scale, offset } = args.inputs as Inputs<'x' | 'mean' | 'variance'> &
      Partial<Inputs<'scale' | 'offset'>>;
    const channels = x.shape.at(-1)!;
    const constants = [mean, variance, scale, offset].filter((t) => t !== undefined && t !== null);
    if (!constants.every((t) => util.sizeFromShape(t.shape) === channels)) return stock(args);
    const backend = args.backend as BackendWasm;
    const { varianceEpsilon } = args.attrs as unknown as FusedBatchNormAttrs;
    const out = backend.makeOutput(x.shape, 'float32');
    withScratch(backend, channels * 8, (scratch) => {
      const heap = new Float32Array(
        backend.typedArrayFromHeap(x).buffer as ArrayBuffer,
        scratch,
        2 * channels,
      );
      const [m, v, s, o] = [mean, variance, scale, offset].map((t) =>
        t ? backend.typedArrayFromHeap(t) : undefined,
      );
      for (let c = 0; c < channels; c++) {
        const factor = (s ? s[c]! : 1) / Math.sqrt(v![c]! + varianceEpsilon);
        heap[c] = factor;
        heap[channels + c] = (o ? o[c]! : 0) - m![c]! * factor;
      }
      simdKernels(backend).scaleChannels(
        offsetOf(backend, x),
        scratch,
        scratch + 4 * channels,
        offsetOf(backend, out),
        util.sizeFromShape(x.shape) / channels,
        channels,
      );
    });
    return out;
  };
}
