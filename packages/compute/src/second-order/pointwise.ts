import * as tf from '@tensorflow/tfjs-core';

/**
 * Gradients of operations that tfjs derives from a saved copy of their *output*. The copy enters
 * the tape before the operation itself, so a second differentiation finds no way from it to the
 * input and leaves that part out, without a word. Derived from the input instead, they are right
 * to any order; the price is one more evaluation.
 */
export const pointwiseGradients: tf.GradConfig[] = [
  fromInput(tf.Exp, (dy, x) => tf.mul(dy, tf.exp(x))),
  fromInput(tf.Tanh, (dy, x) => tf.mul(dy, tf.sub(1, tf.square(tf.tanh(x))))),
  fromInput(tf.Sigmoid, (dy, x) => {
    const y = tf.sigmoid(x);
    return tf.mul(dy, tf.mul(y, tf.sub(1, y)));
  }),
  fromInput(tf.Elu, (dy, x) =>
    tf.where(tf.greater(x, 0), dy, tf.mul(dy, tf.exp(tf.minimum(x, 0)))),
  ),
  {
    kernelName: tf.Softmax,
    inputsToSave: ['logits'],
    gradFunc: (dy, [logits], attrs) => {
      const { dim } = attrs as unknown as { dim: number };
      return {
        logits: () => {
          const y = tf.softmax(logits!, dim);
          const weighted = tf.mul(dy as tf.Tensor, y);
          return tf.sub(weighted, tf.mul(tf.sum(weighted, dim, true), y));
        },
      };
    },
  },
];

function fromInput(
  kernelName: string,
  derive: (dy: tf.Tensor, x: tf.Tensor) => tf.Tensor,
): tf.GradConfig {
  return {
    kernelName,
    inputsToSave: ['x'],
    gradFunc: (dy, [x]) => ({ x: () => derive(dy as tf.Tensor, x!) }),
  };
}
