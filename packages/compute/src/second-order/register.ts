import * as tf from '@tensorflow/tfjs-core';
import { comparisonGradients } from './comparisons.js';
import { einsumGradient } from './contraction.js';
import { imageGradients } from './images.js';
import { pointwiseGradients } from './pointwise.js';

/**
 * Makes gradients of gradients right. tfjs 4.22 gives wrong ones, without an error, through exp,
 * sigmoid, tanh and softmax, and none through pooling, elu, max, einsum and the gradient of a
 * convolution in its filter. Replaces tfjs's own gradients for all backends, so it runs after they are
 * registered.
 */
const all = [...pointwiseGradients, ...comparisonGradients, ...imageGradients, einsumGradient];
for (const config of all) {
  tf.registerGradient(config);
}
