import { type Network, type Preprocessing, preprocessImage } from '@spectraloom/models';
import * as tf from '@tensorflow/tfjs-core';
import { ExplainError } from '../errors.js';
import { splitAt } from '../maps/tail.js';

export interface FilterView {
  layer: string;
  /** [rows, cols, channelsIn, filters] of the kernel. */
  shape: [number, number, number, number];
  /** One a filter: [rows, cols], the mean over the input channels. */
  means: Float32Array[];
  /** One a filter: [channelsIn], root mean square over rows and cols: what it listens to. */
  channelStrength: Float32Array[];
}

/**
 * What a convolution's filters are. A filter with many input channels has no picture of its own:
 * its mean over them and its strength in each are given. Throws `LAYER` for a layer without a kernel.
 */
export async function filterView(network: Network, layer: string): Promise<FilterView> {
  const kernel = network.logits.layers.find((l) => l.name === layer)?.getWeights()[0];
  if (!kernel || kernel.rank !== 4) {
    const names = network.logits.layers.filter((l) => l.getWeights()[0]?.rank === 4);
    throw new ExplainError({
      code: 'LAYER',
      what: 'this layer has no filters',
      where: network.name,
      got: layer,
      expected: names.map((l) => l.name).join(', '),
    });
  }
  const shape = kernel.shape as [number, number, number, number];
  const [rows, cols, channels, filters] = shape;
  const values = await kernel.data();
  const means = Array.from({ length: filters }, () => new Float32Array(rows * cols));
  const strength = Array.from({ length: filters }, () => new Float32Array(channels));
  for (let p = 0; p < rows * cols; p++) {
    for (let c = 0; c < channels; c++) {
      for (let f = 0; f < filters; f++) {
        const w = values[(p * channels + c) * filters + f]!;
        means[f]![p]! += w / channels;
        strength[f]![c]! += (w * w) / (rows * cols);
      }
    }
  }
  return { layer, shape, means, channelStrength: strength.map((s) => s.map(Math.sqrt)) };
}

export interface ActivationView {
  layer: string;
  /** [rows, cols] of the layer's output. */
  shape: [number, number];
  /** One a channel: [rows, cols]. */
  maps: Float32Array[];
  /** Channels that are 0 everywhere for this image. */
  silent: number[];
}

/** What a layer makes of an image, channel by channel. Throws `LAYER`. */
export async function activationView(
  network: Network,
  preprocessing: Preprocessing,
  image: Float32Array,
  layer: string,
): Promise<ActivationView> {
  const { trunk } = splitAt(network, layer);
  const input = preprocessImage(preprocessing, image);
  const output = tf.tidy(
    () => trunk.predict(tf.tensor(input, [1, ...network.options.inputShape])) as tf.Tensor4D,
  );
  const [, rows, cols, channels] = output.shape;
  const values = await output.data();
  output.dispose();
  const maps = Array.from({ length: channels }, (_, c) =>
    Float32Array.from({ length: rows * cols }, (_, p) => values[p * channels + c]!),
  );
  const silent = [...maps.keys()].filter((c) => maps[c]!.every((v) => v === 0));
  return { layer, shape: [rows, cols], maps, silent };
}
