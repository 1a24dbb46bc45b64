import * as tf from '@tensorflow/tfjs-core';

/**
 * Comparisons are constant except where they jump. tfjs gives most of them no gradient, and then
 * fails on any function that has one in its gradient (max, leakyRelu, clipByValue), although
 * nothing is passed through it.
 */
export const comparisonGradients: tf.GradConfig[] = [
  ...[tf.Equal, tf.NotEqual, tf.Greater, tf.GreaterEqual, tf.Less, tf.LessEqual],
  ...[tf.LogicalAnd, tf.LogicalOr],
]
  .map((kernelName) => flat(kernelName, ['a', 'b']))
  .concat(flat(tf.LogicalNot, ['x']));

function flat(kernelName: string, inputs: string[]): tf.GradConfig {
  return {
    kernelName,
    inputsToSave: inputs,
    gradFunc: (_, saved) =>
      Object.fromEntries(inputs.map((name, i) => [name, () => tf.zeros(saved[i]!.shape)])),
  };
}
