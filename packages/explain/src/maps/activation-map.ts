import type { Network, Preprocessing } from '@spectraloom/models';
import { preprocessImage } from '@spectraloom/models';
import * as tf from '@tensorflow/tfjs-core';
import { pullBack, repeatTile, resize } from '../image/pull-back.js';
import { type TileMeans, tileMeans } from '../image/tiles.js';
import { splitAt } from './tail.js';
import { explainedScores, targetOf } from './target.js';

/**
 * `shares`: A_k(p) times the gradient at p, summed over channels k. Where the network is linear
 * after the layer (a global average and one dense layer) this is the class-activation map (Zhou et
 * al., CVPR 2016); where it is only proportional (no biases, ReLU, pooling) it is still complete:
 * the shares of all pixels add up to the score minus the bias. Of a layer inside a residual block
 * they add up to what the block's branch gives, since the rest goes around it.
 * `grad-cam`: the gradients are averaged over the pixels first (Selvaraju et al., ICCV 2017).
 */
export type MapMethod = 'shares' | 'grad-cam';

export interface MapOptions {
  network: Network;
  preprocessing: Preprocessing;
  /** One raw image [rows * cols]. */
  image: Float32Array;
  /** Class by name or index. */
  target: string | number;
  method?: MapMethod;
  /** Layer whose output is looked at; the network's own `mapLayer` if not given. */
  layer?: string;
  /** Size of a tile of the image in pixels; 40 x 40 if not given. */
  tile?: [number, number];
}

export interface ActivationMap {
  method: MapMethod;
  layer: string;
  target: { index: number; name: string };
  /** The number that is explained, see `explainedScores`. */
  score: number;
  /** [rows, cols] of the layer's output. */
  shape: [number, number];
  /** [rows, cols] of the layer: positive speaks for the class, negative against it. */
  values: Float32Array;
  imageShape: [number, number];
  /** Signed map at the size of the image, bilinear. */
  signed: Float32Array;
  /** What speaks for the class: max(signed, 0). */
  rectified: Float32Array;
  tiles: { signed: TileMeans; rectified: TileMeans; strongest: { row: number; col: number } };
  /** Nothing in the layer speaks for the class: the map shows nothing. */
  empty: boolean;
  warnings: string[];
}

/**
 * Where in the image a network sees evidence for a class. Of a softmax network the explained score
 * is z_c minus the mean of the other classes' z, since adding the same number to every z changes
 * nothing; of a network with a sigmoid a class it is z_c itself.
 *
 * The map is brought back to the image through the preprocessing: resized where it averaged,
 * mirrored open where it folded, tile by tile where the layer is a mosaic. A layer that sees all
 * tiles together has one map for all of them; it says where in a tile, not in which.
 * Throws `LAYER`, `TARGET`, `TILE`.
 */
export async function activationMap(options: MapOptions): Promise<ActivationMap> {
  const { network, preprocessing, image, method = 'shares', tile = [40, 40] } = options;
  const layer = options.layer ?? network.mapLayer;
  const target = targetOf(network, options.target);
  const { trunk, tail } = splitAt(network, layer);
  const input = preprocessImage(preprocessing, image);
  const [map, value] = tf.tidy(() => {
    const x = tf.tensor(input, [1, ...network.options.inputShape]);
    const features = trunk.predict(x) as tf.Tensor4D;
    const scoreOf = (a: tf.Tensor) =>
      tf.sum(explainedScores(network, tail(a, x), target.index)) as tf.Scalar;
    const { value, grad } = tf.valueAndGrad(scoreOf)(features);
    const weights = method === 'grad-cam' ? tf.mean(grad, [1, 2], true) : grad;
    return [tf.sum(tf.mul(features, weights), -1) as tf.Tensor3D, value] as const;
  });
  const shape = [map.shape[1], map.shape[2]] as [number, number];
  const values = Float32Array.from(await map.data());
  const score = (await value.data())[0]!;
  tf.dispose([map, value]);
  const { imageShape } = preprocessing;
  const signed = toImage(network, preprocessing, layer, { values, shape });
  const rectified = signed.map((v) => Math.max(v, 0));
  const strength = tileMeans(rectified, imageShape, tile);
  const strongest = strength.means.indexOf(Math.max(...strength.means));
  const warnings = warningsFor(values, layer, target.name);
  return {
    ...{ method, layer, target, score, shape, values, imageShape, signed, rectified, warnings },
    tiles: {
      signed: tileMeans(signed, imageShape, tile),
      rectified: strength,
      strongest: {
        row: Math.floor(strongest / strength.grid[1]),
        col: strongest % strength.grid[1],
      },
    },
    empty: warnings.length > 0,
  };
}

/** A map at the size of a layer's output, brought to the size of the image. */
function toImage(
  network: Network,
  preprocessing: Preprocessing,
  layer: string,
  map: { values: Float32Array; shape: [number, number] },
): Float32Array {
  const [rows, cols] = network.options.inputShape;
  const grid = network.options['grid'] as [number, number] | undefined;
  const mosaic = grid && layer === network.mapLayer ? grid : undefined;
  if (!grid || !network.tileLayers.includes(layer)) {
    return pullBack(preprocessing, resize(map.values, map.shape, [rows, cols], mosaic), grid);
  }
  const tile: [number, number] = [rows / grid[0], cols / grid[1]];
  const one = resize(map.values, map.shape, tile);
  return pullBack(preprocessing, repeatTile(one, tile, grid), grid);
}

function warningsFor(values: Float32Array, layer: string, name: string): string[] {
  const highest = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const lowest = values.reduce((a, b) => Math.min(a, b), Infinity);
  if (highest > 0) return [];
  return lowest < 0
    ? [`the map is empty: everything in layer ${layer} speaks against ${name}`]
    : [`the map is empty: layer ${layer} gives no output that bears on ${name}`];
}
