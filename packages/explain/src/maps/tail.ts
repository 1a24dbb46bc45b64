import type { Network } from '@spectraloom/models';
import * as tf from '@tensorflow/tfjs-core';
import { type LayersModel, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { ExplainError } from '../errors.js';

/** A network cut in two at the output of a layer. */
export interface Split {
  /** [n, rows, cols, channels] -> output of the layer. */
  trunk: LayersModel;
  /**
   * Output of the layer -> linear outputs [n, classes]. `input`: the images, for a layer that others go
   * around, such as one inside a residual block; what they carry stays as it is for these images.
   * Throws `LAYER` where it is needed and not given.
   */
  tail(features: tf.Tensor, input?: tf.Tensor): tf.Tensor2D;
}

/**
 * Cuts a network at a layer that has an image for its output. Throws `LAYER` with the names that
 * there are when it has none of this name, or one without rows and columns.
 */
export function splitAt(network: Network, layerName: string): Split {
  const { logits } = network;
  const layer = logits.layers.find((l) => l.name === layerName);
  const output = layer?.output as SymbolicTensor | undefined;
  if (!output || output.shape.length !== 4) {
    const images = logits.layers.filter((l) => (l.output as SymbolicTensor).shape.length === 4);
    throw new ExplainError({
      code: 'LAYER',
      what: layer ? 'this layer has no image for its output' : 'there is no layer of this name',
      where: network.name,
      got: layerName,
      expected: images.map((l) => l.name).join(', '),
    });
  }
  const goal = logits.outputs[0]!;
  return {
    trunk: model({ inputs: logits.inputs, outputs: output }),
    tail(features, input) {
      const known = new Map<SymbolicTensor, tf.Tensor>();
      if (input) known.set(logits.inputs[0]!, input);
      // Last: the input itself may be the layer.
      known.set(output, features);
      return value(goal, known) as tf.Tensor2D;
    },
  };
}

/** Value of a symbolic tensor, from those known, by applying the layers in between. */
function value(symbol: SymbolicTensor, known: Map<SymbolicTensor, tf.Tensor>): tf.Tensor {
  const have = known.get(symbol);
  if (have) return have;
  if (symbol.inputs.length === 0) {
    throw new ExplainError({
      code: 'LAYER',
      what: 'the classes do not follow from this layer alone',
      where: symbol.name,
    });
  }
  const inputs = symbol.inputs.map((input) => value(input, known));
  const layer = symbol.sourceLayer;
  const result = layer.apply(inputs.length === 1 ? inputs[0]! : inputs) as tf.Tensor;
  known.set(symbol, result);
  return result;
}
