import * as tf from '@tensorflow/tfjs-core';

/** dy where y > 0, else 0, in one pass: tfjs has no kernel for it and takes three to eight. */
const reluGradientKernel = 'ReluGrad';

/** dy * (y > 0) by the backend's own kernel where it has one. */
function reluGradient(dy: tf.Tensor, y: tf.Tensor): tf.Tensor {
  if (tf.getKernel(reluGradientKernel, tf.getBackend())) {
    return tf.engine().runKernel(reluGradientKernel, { dy, y });
  }
  return tf.mul(dy, tf.cast(tf.step(y), 'float32'));
}

/**
 * The gradients of relu, from its output (which the next layer keeps anyway), and of that gradient:
 * linear in dy and, but for the jump at 0, constant in y.
 */
export const reluGradients: tf.GradConfig[] = [
  {
    kernelName: tf.Relu,
    outputsToSave: [true],
    gradFunc: (dy, [y]) => ({ x: () => reluGradient(dy as tf.Tensor, y!) }),
  },
  {
    kernelName: reluGradientKernel,
    inputsToSave: ['y'],
    gradFunc: (ddx, [y]) => ({
      dy: () => reluGradient(ddx as tf.Tensor, y!),
      y: () => tf.zerosLike(y!),
    }),
  },
];

interface NativeBackend {
  binding: { TF_ATTR_TYPE: number; TF_FLOAT: number };
  executeSingleOutput(name: string, attributes: object[], inputs: tf.TensorInfo[]): tf.Tensor;
}

/** TensorFlow has the kernel, and tfjs-node does not use it. Returns the name of what it adds. */
export function registerNativeReluGradient(): string {
  if (!tf.getKernel(reluGradientKernel, 'tensorflow')) {
    tf.registerKernel({
      kernelName: reluGradientKernel,
      backendName: 'tensorflow',
      kernelFunc: ({ inputs, backend }) => {
        const native = backend as NativeBackend;
        const { TF_ATTR_TYPE: type, TF_FLOAT: value } = native.binding;
        const { dy, y } = inputs as { dy: tf.TensorInfo; y: tf.TensorInfo };
        return native.executeSingleOutput('ReluGrad', [{ name: 'T', type, value }], [dy, y]);
      },
    });
  }
  return reluGradientKernel;
}
