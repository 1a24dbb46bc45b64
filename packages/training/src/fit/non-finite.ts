import type { Network } from '@spectraloom/models';
import { type LayersModel, model } from '@tensorflow/tfjs-layers';
import * as tf from '@tensorflow/tfjs-core';
import { TrainingError } from '../errors.js';
import type { PreparedBatch } from './step.js';

/**
 * The error for a loss that is not a number: names the rows, and the first layer whose output or
 * weights are not finite, found by running the layers one after the other.
 */
export async function nonFiniteLoss(
  network: Network,
  batch: PreparedBatch & { rows: ArrayLike<number> },
  place: { epoch: number; step: number; loss: number },
): Promise<TrainingError> {
  const rows = Array.from(batch.rows);
  const shown = rows.length > 40 ? `${rows.slice(0, 40).join(', ')}, ...` : rows.join(', ');
  return new TrainingError({
    code: 'LOSS_NOT_FINITE',
    what: `the loss is ${place.loss} in epoch ${place.epoch}, step ${place.step}`,
    where: await firstCulprit(network, batch),
    got: `rows ${shown}`,
    expected: 'a finite loss',
    next: 'look at these rows; else lower the learning rate or set clipNorm',
  });
}

async function firstCulprit(network: Network, batch: PreparedBatch): Promise<string> {
  const shape = [batch.labels.length, ...network.options.inputShape];
  const x = tf.tensor(batch.inputs, shape);
  try {
    for (const layer of network.logits.layers) {
      for (const weight of layer.weights) {
        if (!(await allFinite(() => weight.read()))) return `weight ${weight.originalName}`;
      }
      if (layer.inboundNodes[0]?.inboundLayers.length === 0) continue;
      const upTo: LayersModel = model({ inputs: network.logits.inputs, outputs: layer.output });
      if (!(await allFinite(() => upTo.apply(x) as tf.Tensor))) {
        return `output of layer ${layer.name}`;
      }
    }
    return 'the loss itself';
  } finally {
    x.dispose();
  }
}

async function allFinite(compute: () => tf.Tensor): Promise<boolean> {
  const verdict = tf.tidy(() => tf.all(tf.isFinite(compute())));
  const [finite] = await verdict.data();
  verdict.dispose();
  return finite === 1;
}
