import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import {
  backend_util,
  type Conv2DBackpropFilterAttrs,
  type Conv2DBackpropInputAttrs,
  getKernel,
  type KernelFunc,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { ComputeError } from '../../errors.js';
import { type Inputs, offsetOf, simdKernels, withScratch } from '../simd-module.js';

type ConvInfo = ReturnType<typeof backend_util.computeConv2DInfo>;
type Shape4D = [number, number, number, number];

/**
 * dL/dfilter of a 2-D convolution: sums of outer products of input windows and output gradients,
 * see assembly/outer-products.ts. tfjs-backend-wasm has no such kernel.
 */
export const conv2DBackpropFilter: KernelFunc = (args) => {
  const { x, dy } = args.inputs as Inputs<'x' | 'dy'>;
  const attrs = args.attrs as unknown as Conv2DBackpropFilterAttrs;
  const backend = args.backend as BackendWasm;
  channelsLast('Conv2DBackpropFilter', attrs.dataFormat);
  const info = backend_util.computeConv2DInfo(
    x.shape as Shape4D,
    attrs.filterShape,
    attrs.strides,
    1,
    attrs.pad,
    attrs.dimRoundingMode,
  );
  const out = backend.makeOutput(attrs.filterShape, 'float32');
  const { top, bottom, left, right } = info.padInfo;
  const padded = top + bottom + left + right > 0;
  const inH = info.inHeight + top + bottom;
  const inW = info.inWidth + left + right;
  const run = (xOffset: number) =>
    simdKernels(backend).convFilterGradient(
      xOffset,
      offsetOf(backend, dy),
      offsetOf(backend, out),
      ...[info.batchSize, inH, inW, info.inChannels],
      ...[info.outHeight, info.outWidth, info.outChannels],
      ...[info.filterHeight, info.filterWidth, info.strideHeight, info.strideWidth, 1, 1],
    );
  if (!padded) {
    run(offsetOf(backend, x));
  } else {
    const bytes = info.batchSize * inH * inW * info.inChannels * 4;
    withScratch(backend, bytes, (scratch) => {
      copyPadded(backend, x, info, scratch);
      run(scratch);
    });
  }
  return out;
};

/** Copies x into a zeroed buffer with the padding of `info` around it. */
function copyPadded(backend: BackendWasm, x: TensorInfo, info: ConvInfo, target: number): void {
  const { top, bottom, left, right } = info.padInfo;
  const inH = info.inHeight + top + bottom;
  const rowOut = (info.inWidth + left + right) * info.inChannels;
  const rowIn = info.inWidth * info.inChannels;
  const heap = heapOf(backend, x);
  const from = offsetOf(backend, x) >>> 2;
  const to = target >>> 2;
  heap.fill(0, to, to + info.batchSize * inH * rowOut);
  for (let n = 0; n < info.batchSize; n++) {
    for (let y = 0; y < info.inHeight; y++) {
      const source = from + (n * info.inHeight + y) * rowIn;
      const place = to + (n * inH + y + top) * rowOut + left * info.inChannels;
      heap.copyWithin(place, source, source + rowIn);
    }
  }
}

/** The backend's whole memory as floats; valid until the next allocation. */
function heapOf(backend: BackendWasm, any: TensorInfo): Float32Array {
  return new Float32Array(backend.typedArrayFromHeap(any).buffer as ArrayBuffer);
}

/**
 * dL/dx of a 2-D convolution: a forward convolution of the output gradient, spread out by the
 * stride and padded by the filter's size minus one, with the filter turned by 180 degrees and its
 * channels exchanged. The stock kernel is a naive loop.
 */
export const conv2DBackpropInput: KernelFunc = (args) => {
  const { dy, filter } = args.inputs as Inputs<'dy' | 'filter'>;
  const attrs = args.attrs as unknown as Conv2DBackpropInputAttrs;
  const backend = args.backend as BackendWasm;
  channelsLast('Conv2DBackpropInput', attrs.dataFormat);
  const info = backend_util.computeConv2DInfo(
    attrs.inputShape,
    filter.shape as Shape4D,
    attrs.strides,
    1,
    attrs.pad,
    attrs.dimRoundingMode,
  );
  const turned = turnFilter(backend, filter, info);
  const spread = spreadGradient(backend, dy, info);
  const out = getKernel('Conv2D', 'wasm').kernelFunc({
    inputs: { x: spread, filter: turned },
    backend,
    attrs: { strides: 1, pad: 'valid', dataFormat: 'NHWC', dilations: 1 },
  }) as TensorInfo;
  backend.disposeData(turned.dataId);
  backend.disposeData(spread.dataId);
  return out;
};

/** [kH, kW, inC, outC] -> [kH, kW, outC, inC], turned by 180 degrees. */
function turnFilter(backend: BackendWasm, filter: TensorInfo, info: ConvInfo): TensorInfo {
  const { filterHeight: kH, filterWidth: kW, inChannels: ci, outChannels: co } = info;
  const out = backend.makeOutput([kH, kW, co, ci], 'float32');
  const w = backend.typedArrayFromHeap(filter);
  const t = backend.typedArrayFromHeap(out);
  const taps = kH * kW;
  for (let k = 0; k < taps; k++) {
    const source = (taps - 1 - k) * ci * co;
    const place = k * ci * co;
    for (let i = 0; i < ci; i++) {
      for (let o = 0; o < co; o++) t[place + o * ci + i] = w[source + i * co + o]!;
    }
  }
  return out;
}

/**
 * Output gradient on the grid of the (padded) input, such that a valid convolution with the
 * turned filter gives exactly the input's size: pixel (y, x) of dy stands at
 * (kH - 1 - padTop + y * strideH, kW - 1 - padLeft + x * strideW). Where the padding exceeds the
 * filter's reach, the pixels outside are dropped: they touch no input.
 */
function spreadGradient(backend: BackendWasm, dy: TensorInfo, info: ConvInfo): TensorInfo {
  const height = info.inHeight + info.filterHeight - 1;
  const width = info.inWidth + info.filterWidth - 1;
  const c = info.outChannels;
  const out = backend.makeOutput([info.batchSize, height, width, c], 'float32');
  const g = backend.typedArrayFromHeap(dy);
  const t = backend.typedArrayFromHeap(out);
  t.fill(0);
  const y0 = info.filterHeight - 1 - info.padInfo.top;
  const x0 = info.filterWidth - 1 - info.padInfo.left;
  for (let n = 0; n < info.batchSize; n++) {
    for (let y = 0; y < info.outHeight; y++) {
      const ty = y0 + y * info.strideHeight;
      if (ty < 0 || ty >= height) continue;
      const source = (n * info.outHeight + y) * info.outWidth * c;
      const row = (n * height + ty) * width * c;
      if (info.strideWidth === 1 && x0 >= 0 && x0 + info.outWidth <= width) {
        t.set(g.subarray(source, source + info.outWidth * c), row + x0 * c);
        continue;
      }
      for (let x = 0; x < info.outWidth; x++) {
        const tx = x0 + x * info.strideWidth;
        if (tx < 0 || tx >= width) continue;
        t.set(g.subarray(source + x * c, source + (x + 1) * c), row + tx * c);
      }
    }
  }
  return out;
}

function channelsLast(kernel: string, dataFormat: string): void {
  if (dataFormat === 'NHWC' || dataFormat === 'channelsLast') return;
  throw new ComputeError({
    code: 'DATA_FORMAT',
    what: 'this kernel reads channels last only',
    where: `wasm ${kernel}`,
    got: dataFormat,
    expected: 'NHWC',
  });
}
