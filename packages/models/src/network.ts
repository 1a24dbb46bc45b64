import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { z } from 'zod';
import type { CommonOptions } from './options.js';
import type { PreprocessingInput } from './preprocessing/spec.js';

/**
 * How scores follow from the last layer's outputs z: `softmax` (they sum to 1) or a `sigmoid`
 * for each class by itself, as in the published networks.
 */
export type Head = 'softmax' | 'sigmoid';

/** What `buildNetwork` returns. */
export interface Network {
  name: string;
  /** The options with their defaults filled in: with `name`, all that building it again needs. */
  options: CommonOptions & Record<string, unknown>;
  /** [n, rows, cols, channels] -> scores [n, classes]. */
  model: LayersModel;
  /** The same layers up to the linear outputs: [n, rows, cols, channels] -> [n, classes]. */
  logits: LayersModel;
  head: Head;
  /** Name of the layer whose output [n, h, w, channels] activation maps are drawn from. */
  mapLayer: string;
  /** Layers whose output has the axes of one tile, for all tiles of the mosaic together. */
  tileLayers: readonly string[];
  parameters: number;
  /** Frees the weights. */
  dispose(): void;
}

/** One kind of network, in the list of network.ts's registry. */
export interface NetworkDefinition<Options extends CommonOptions = CommonOptions> {
  name: string;
  options: z.ZodType<Options, unknown>;
  head: Head;
  mapLayer: string;
  tileLayers?: readonly string[];
  /** Trainable and other weights together, from the options alone: nothing is built. */
  parameters(options: Options): number;
  /** The layers up to `logits`; `seed` decides every initial weight. */
  build(options: Options): LayersModel;
  /** The preprocessing it was designed with, for images of a size. */
  preprocessing(imageShape: [number, number]): PreprocessingInput;
}
