import type * as tf from '@tensorflow/tfjs-core';
import { layers, type LayersModel, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { NetworkError } from './errors.js';
import { compact } from './ins/compact.js';
import { duq } from './ins/duq.js';
import { mlp } from './ins/mlp.js';
import { cnnDense, cnnGap } from './ins/published.js';
import { cnnGapSmall } from './ins/small.js';
import { vaeDenoiser } from './ins/vae.js';
import { Exponential } from './layers/pointwise.js';
import type { Head, Network, NetworkDefinition, NetworkKind } from './network.js';
import type { CommonOptions } from './options.js';
import { parsePreprocessing, type Preprocessing } from './preprocessing/spec.js';

const definitions = new Map<string, NetworkDefinition>(
  [cnnDense, cnnGap, cnnGapSmall, compact, mlp, duq, vaeDenoiser].map((d) => [
    d.name,
    d as unknown as NetworkDefinition,
  ]),
);

export type NetworkName =
  'cnn-dense' | 'cnn-gap' | 'cnn-gap-small' | 'compact' | 'mlp' | 'duq' | 'vae-denoiser';

/** Names that `buildNetwork` knows. */
export const networkNames = [...definitions.keys()] as readonly NetworkName[];

/** What the network of a name is for. Throws `UNKNOWN_NETWORK`. */
export function networkKind(name: string): NetworkKind {
  return definitionOf(name).kind ?? 'classifier';
}

/** How the scores of a network follow from its outputs. Throws `UNKNOWN_NETWORK`. */
export function networkHead(name: string): Head {
  return definitionOf(name).head;
}

export interface NetworkOptions {
  /** [rows, cols, channels] of a preprocessed image, see `preprocessedShape`. */
  inputShape: [number, number, number];
  /** The names of the classes in the order of their labels, or how many there are; a classifier's. */
  classes?: readonly string[] | number;
  /** Seed of the initial weights; 0 if not given. */
  seed?: number;
  /** Options of the one network. */
  [option: string]: unknown;
}

/**
 * Builds a network with fresh weights on the active backend; equal options give equal weights, bit
 * for bit. Throws `UNKNOWN_NETWORK`, and `NETWORK_OPTIONS` with every problem of the options.
 */
export function buildNetwork(name: string, options: NetworkOptions): Network {
  const definition = definitionOf(name);
  const checked = checkedOptions(definition, options);
  const logits = definition.build(checked);
  const { head, mapLayer } = definition;
  const last =
    head === 'rbf'
      ? new Exponential({ name: 'scores' })
      : layers.activation({ name: 'scores', activation: head });
  const scores = last.apply(logits.outputs[0]!) as SymbolicTensor;
  const whole: LayersModel = model({ inputs: logits.inputs, outputs: scores, name });
  const features: LayersModel = model({
    inputs: logits.inputs,
    outputs: logits.getLayer(definition.featureLayer).output as SymbolicTensor,
  });
  return {
    name,
    kind: definition.kind ?? 'classifier',
    options: checked as Network['options'],
    model: whole,
    logits,
    features,
    head,
    mapLayer: typeof mapLayer === 'string' ? mapLayer : mapLayer(checked),
    tileLayers: definition.tileLayers ?? [],
    parameters: whole.countParams(),
    ...(definition.follow
      ? {
          follow: (f: tf.Tensor, oneHot: tf.Tensor2D) => definition.follow!(logits, f, oneHot),
        }
      : {}),
    dispose: () => whole.dispose(),
  };
}

/** Weights a network of these options has, without building it. Throws as `buildNetwork` does. */
export function parameterCount(name: string, options: NetworkOptions): number {
  const definition = definitionOf(name);
  return definition.parameters(checkedOptions(definition, options));
}

/**
 * The preprocessing that a network was designed with, for images [rows, cols]; `options` are those
 * of the network, some of which decide it.
 */
export function defaultPreprocessing(
  name: string,
  imageShape: [number, number],
  options: Record<string, unknown> = {},
): Preprocessing {
  return parsePreprocessing(definitionOf(name).preprocessing(imageShape, options));
}

function definitionOf(name: string): NetworkDefinition {
  const definition = definitions.get(name);
  if (definition) return definition;
  throw new NetworkError({
    code: 'UNKNOWN_NETWORK',
    what: 'there is no network of this name',
    where: 'buildNetwork',
    got: name,
    expected: networkNames.join(', '),
  });
}

function checkedOptions(definition: NetworkDefinition, options: NetworkOptions): CommonOptions {
  const { classes = [] } = options;
  const names =
    typeof classes === 'number' && Number.isInteger(classes) && classes >= 2 && classes <= 1024
      ? Array.from({ length: classes }, (_, i) => `class ${i}`)
      : classes;
  const result = definition.options.safeParse({ ...options, classes: names });
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) =>
    path.length > 0 ? `${path.join('.')}: ${message}` : message,
  );
  throw new NetworkError({
    code: 'NETWORK_OPTIONS',
    what: 'the options do not fit the network',
    where: definition.name,
    got: problems.join('; '),
  });
}
