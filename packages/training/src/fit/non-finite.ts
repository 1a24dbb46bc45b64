import type { Network } from '@spectraloom/models';
import { type LayersModel, model } from '@tensorflow/tfjs-layers';
import * as tf from '@tensorflow/tfjs-core';
import { TrainingError } from '../errors.js';
import type { PreparedBatch } from './step.js';

/**
 * The error for a loss that is not a number: names the rows, and the first layer whose output or
 * weights are not finite, found by running the layers one after the other.
 */
export function nonFiniteLoss(
  network: Network,
  batch: PreparedBatch & { rows: ArrayLike<number> },
  place: { epoch: number; step: number; loss: number },
): TrainingError {
  const rows = Array.from(batch.rows);
  const shown = rows.length > 40 ? `${rows.slice(0, 40).join(', ')}, ...` : rows.join(', ');
  return new TrainingError({
    code: 'LOSS_NOT_FINITE',
    what: `the loss is ${place.loss} in epoch ${place.epoch}, step ${place.step}`,
    where: firstCulprit(network, batch),
    got: `rows ${shown}`,
    expected: 'a finite loss',
    next: 'look at these rows; else lower the learning rate or set clipNorm',
  });
}

function firstCulprit(network: Network, batch: PreparedBatch): string {
  const shape = [batch.labels.length, ...network.options.inputShape];
  return tf.tidy(() => {
    const x = tf.tensor(batch.inputs, shape);
    for (const layer of network.logits.layers) {
      const weight = layer.weights.find((w) => !allFinite(w.read()));
      if (weight) return `weight ${weight.originalName}`;
      if (layer.inboundNodes[0]?.inboundLayers.length === 0) continue;
      const upTo: LayersModel = model({ inputs: network.logits.inputs, outputs: layer.output });
      if (!allFinite(upTo.apply(x) as tf.Tensor)) return `output of layer ${layer.name}`;
    }
    return 'the loss itself';
  });
}

function allFinite(tensor: tf.Tensor): boolean {
  return tf.tidy(() => tf.all(tf.isFinite(tensor)).dataSync()[0] === 1);
}
