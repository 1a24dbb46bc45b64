import * as tf from '@tensorflow/tfjs-core';

type Image = [number, number, number, number];
type Wrap = (stock: tf.KernelFunc) => tf.KernelFunc;

/**
 * Mends kernels of `@tensorflow/tfjs-backend-webgpu` 4.22 that the device suite found wrong, on
 * top of the stock ones; returns their names. Operations called in a kernel are not recorded on
 * the gradient tape.
 */
export function mendWebGpuKernels(): string[] {
  for (const [kernelName, wrap] of Object.entries(kernels)) {
    const stock = tf.getKernel(kernelName, 'webgpu');
    tf.unregisterKernel(kernelName, 'webgpu');
    tf.registerKernel({
      ...stock,
      kernelName,
      backendName: 'webgpu',
      kernelFunc: wrap(stock.kernelFunc),
    });
  }
  return Object.keys(kernels);
}

const kernels: Record<string, Wrap> = {
  /**
   * The stock kernel divides by the whole window also where part of it lies in the padding, while
   * the forward kernel does not count those pixels: dy is scaled by window / counted beforehand.
   */
  AvgPoolGrad: (stock) => (args) => {
    const { input } = args.inputs as { input: tf.TensorInfo };
    const { filterSize, strides, pad } = args.attrs as unknown as {
      filterSize: [number, number];
      strides: [number, number];
      pad: 'valid' | 'same';
    };
    const info = tf.backend_util.computePool2DInfo(
      input.shape as Image,
      filterSize,
      strides,
      1,
      pad,
    );
    const rows = overlaps(
      info.inHeight,
      info.outHeight,
      info.filterHeight,
      info.strideHeight,
      info.padInfo.top,
    );
    const cols = overlaps(
      info.inWidth,
      info.outWidth,
      info.filterWidth,
      info.strideWidth,
      info.padInfo.left,
    );
    if ([...rows, ...cols].every((part) => part === 1)) return stock(args);
    const scale = rows.flatMap((r) => cols.map((c) => 1 / (r * c)));
    const dy = args.inputs['dy'] as tf.Tensor;
    const scaled = tf.mul(dy, tf.tensor4d(scale, [1, rows.length, cols.length, 1]));
    return stock({ ...args, inputs: { ...args.inputs, dy: scaled } });
  },

  /** The stock program does not compile for more than four axes: one axis after the other then. */
  PadV2: (stock) => (args) => {
    const { paddings, constantValue } = args.attrs as unknown as {
      paddings: [number, number][];
      constantValue: number;
    };
    let x = args.inputs['x'] as tf.Tensor;
    if (x.shape.length <= 4) return stock(args);
    paddings.forEach(([before, after], axis) => {
      if (before + after === 0) return;
      const outer = size(x.shape.slice(0, axis));
      const inner = size(x.shape.slice(axis + 1));
      const flat = tf.reshape(x, [outer, x.shape[axis]!, inner]);
      const none: [number, number] = [0, 0];
      const padded = tf.pad(flat, [none, [before, after], none], constantValue);
      const shape = x.shape.map((n, i) => (i === axis ? n + before + after : n));
      x = tf.reshape(padded, shape);
    });
    return x === args.inputs['x'] ? tf.clone(x) : x;
  },
};

/** For each window along an axis, the part of it that lies on the image. */
function overlaps(
  size: number,
  count: number,
  window: number,
  stride: number,
  pad: number,
): number[] {
  return Array.from({ length: count }, (_, i) => {
    const start = i * stride - pad;
    const inside = Math.min(start + window, size) - Math.max(start, 0);
    return inside / window;
  });
}

const size = (shape: number[]) => shape.reduce((product, n) => product * n, 1);
