import type * as tf from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';

interface Open {
  build(shape: tf.Tensor['shape']): void;
  call(inputs: tf.Tensor, options: object): tf.Tensor;
  weights: Variable[];
  [name: string]: unknown;
}
interface Variable {
  val: tf.Tensor;
}

/**
 * A layer of tfjs-layers as a function of its input and its weights: the tensors take the place
 * of the layer's variables, so that gradients of any order reach them. `names` are the layer's own
 * (`kernel`, `bias`, `gamma`); what is not named keeps its initial value.
 */
export function applied(
  layer: layers.Layer,
  names: string[],
  x: tf.Tensor,
  values: tf.Tensor[],
  options: object = {},
): tf.Tensor {
  const open = layer as unknown as Open;
  open.build(x.shape);
  const others = new Set(open.weights);
  for (const [i, name] of names.entries()) {
    const variable = open[name] as Variable;
    variable.val.dispose();
    variable.val = values[i]!;
    others.delete(variable);
  }
  const y = open.call(x, options);
  for (const variable of others) variable.val.dispose();
  return y;
}
