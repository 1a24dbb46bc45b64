import type * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { z } from 'zod';
import type { CommonOptions } from './options.js';
import type { PreprocessingInput } from './preprocessing/spec.js';

/**
 * How scores follow from the last layer's outputs z: `softmax` (they sum to 1), a `sigmoid` for
 * each class by itself, as in the published networks, or `rbf`: z is the logarithm of a score
 * between 0 and 1 that falls with the distance to the class's centroid, as in DUQ.
 */
export type Head = 'softmax' | 'sigmoid' | 'rbf';

/** What a network is for: classes of an image, or a clean image from a noisy one. */
export type NetworkKind = 'classifier' | 'autoencoder';

/** What `buildNetwork` returns. */
export interface Network {
  name: string;
  kind: NetworkKind;
  /** The options with their defaults filled in: with `name`, all that building it again needs. */
  options: CommonOptions & Record<string, unknown>;
  /** [n, rows, cols, channels] -> scores [n, classes]; of an autoencoder: the clean images. */
  model: LayersModel;
  /** The same layers up to the outputs z: [n, rows, cols, channels] -> [n, classes]. */
  logits: LayersModel;
  /** The same layers up to the features that densities are fitted on: -> [n, d]. */
  features: LayersModel;
  head: Head;
  /** Name of the layer whose output [n, h, w, channels] activation maps are drawn from. */
  mapLayer: string;
  /** Layers whose output has the axes of one tile, for all tiles of the mosaic together. */
  tileLayers: readonly string[];
  parameters: number;
  /**
   * Moves weights that follow the images and not a gradient (the centroids of DUQ); training calls
   * it after each step, with the features [n, d] of the batch and its labels [n, classes].
   */
  follow?(features: tf.Tensor, oneHot: tf.Tensor2D): void;
  /** Frees the weights. */
  dispose(): void;
}

/** One kind of network, in the list of network.ts's registry. */
export interface NetworkDefinition<Options extends CommonOptions = CommonOptions> {
  name: string;
  /** `classifier` if not given. */
  kind?: NetworkKind;
  options: z.ZodType<Options, unknown>;
  head: Head;
  mapLayer: string | ((options: Options) => string);
  featureLayer: string;
  tileLayers?: readonly string[];
  /** Trainable and other weights together, from the options alone: nothing is built. */
  parameters(options: Options): number;
  /** The layers up to `logits`; `seed` decides every initial weight. */
  build(options: Options): LayersModel;
  /** Moves what follows the images, see `Network.follow`; features [n, d]. */
  follow?(logits: LayersModel, features: tf.Tensor, oneHot: tf.Tensor2D): void;
  /** The preprocessing it was designed with, for images of a size. */
  preprocessing(imageShape: [number, number], options: Record<string, unknown>): PreprocessingInput;
}
