import * as tf from '@tensorflow/tfjs-core';
import { ComputeError } from '../errors.js';

type Pair = [number, number];
type Pads = 'valid' | 'same' | number;

interface Window {
  filterSize: number | Pair;
  strides: number | Pair;
  pad: Pads;
}

/** Gradients of the kernels that are themselves gradients of convolution, pooling and resizing. */
export const imageGradients: tf.GradConfig[] = [
  {
    // dw = x * dy is linear in both: a convolution with ddw in dy's place, its transpose in x's.
    kernelName: tf.Conv2DBackpropFilter,
    inputsToSave: ['x', 'dy'],
    gradFunc: (ddw, [x, dy], attrs) => {
      const { strides, pad } = attrs as unknown as { strides: number | Pair; pad: Pads };
      const w = ddw as tf.Tensor4D;
      return {
        x: () =>
          tf.conv2dTranspose(
            dy as tf.Tensor4D,
            w,
            x!.shape as [number, number, number, number],
            strides,
            pad,
          ),
        dy: () => tf.conv2d(x as tf.Tensor4D, w, strides, pad),
      };
    },
  },
  {
    // dx = dy / (pixels of the window), spread over the window: the transpose of the mean.
    kernelName: tf.AvgPoolGrad,
    inputsToSave: ['input'],
    gradFunc: (ddx, [input], attrs) => {
      const { filterSize, strides, pad } = attrs as unknown as Window;
      return {
        dy: () => tf.avgPool(ddx as tf.Tensor4D, filterSize, strides, pad),
        input: () => tf.zerosLike(input!),
      };
    },
  },
  {
    // dx = dy at the largest pixel of its window: its transpose picks that pixel.
    kernelName: tf.MaxPoolGrad,
    inputsToSave: ['dy', 'input', 'output'],
    gradFunc: (ddx, [dy, input, output], attrs) => {
      const window = attrs as unknown as Window;
      const [height, width] = separateWindows(window, input!.shape);
      const { filterSize, strides, pad } = window;
      return {
        dy: () => {
          const inputs = { dy: tf.onesLike(dy!), input: input!, output: output! };
          const attributes = { filterSize, strides, pad };
          const chosen = tf.engine().runKernel(tf.MaxPoolGrad, inputs, attributes) as tf.Tensor4D;
          const picked: tf.Tensor4D = tf.mul(ddx as tf.Tensor, chosen);
          return tf.mul(tf.avgPool(picked, filterSize, strides, pad), height * width);
        },
        input: () => tf.zerosLike(input!),
        output: () => tf.zerosLike(output!),
      };
    },
  },
  {
    kernelName: tf.ResizeBilinearGrad,
    inputsToSave: ['images'],
    gradFunc: (ddx, [images], attrs) => {
      const { size, alignCorners } = attrs as unknown as { size: Pair; alignCorners: boolean };
      return {
        dy: () => tf.image.resizeBilinear(ddx as tf.Tensor4D, size, alignCorners),
        images: () => tf.zerosLike(images!),
      };
    },
  },
  {
    kernelName: tf.ResizeBilinear,
    inputsToSave: ['images'],
    gradFunc: (dy, [images], attrs) => {
      // The gradient kernel does not know half-pixel centres and would give that of corners.
      if ((attrs as { halfPixelCenters?: boolean }).halfPixelCenters) {
        throw new ComputeError({
          code: 'NO_GRADIENT',
          what: 'TensorFlow.js has no gradient of a bilinear resize with half-pixel centres',
          where: 'resizeBilinear',
          next: 'resize without halfPixelCenters, or by average pooling',
        });
      }
      const inputs = { dy: dy as tf.Tensor, images: images! };
      return { images: () => tf.engine().runKernel(tf.ResizeBilinearGrad, inputs, attrs) };
    },
  },
];

/** [height, width] of pooling windows that are whole and lie side by side; throws for others. */
function separateWindows({ filterSize, strides, pad }: Window, shape: number[]): Pair {
  const pair = (value: number | Pair): Pair => (typeof value === 'number' ? [value, value] : value);
  const [size, step] = [pair(filterSize), pair(strides)];
  const whole = size.every((n, i) => n === step[i] && (pad === 'valid' || shape[i + 1]! % n === 0));
  if (whole && typeof pad === 'string') return size;
  throw new ComputeError({
    code: 'NO_GRADIENT',
    what: 'there is no second derivative of a max pool whose windows overlap or are cut off',
    where: 'MaxPool',
    got: `windows ${size.join('x')}, strides ${step.join('x')}, padding ${pad}`,
    expected: 'strides equal to the window, padding valid',
  });
}
