import { layers, type LayersModel, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { NetworkError } from './errors.js';
import { cnnDense, cnnGap } from './ins/published.js';
import { cnnGapSmall } from './ins/small.js';
import type { Network, NetworkDefinition } from './network.js';
import type { CommonOptions } from './options.js';
import { parsePreprocessing, type Preprocessing } from './preprocessing/spec.js';

const definitions = new Map<string, NetworkDefinition>(
  [cnnDense, cnnGap, cnnGapSmall as unknown as NetworkDefinition].map((d) => [d.name, d]),
);

export type NetworkName = 'cnn-dense' | 'cnn-gap' | 'cnn-gap-small';

/** Names that `buildNetwork` knows. */
export const networkNames: readonly NetworkName[] = ['cnn-dense', 'cnn-gap', 'cnn-gap-small'];

export interface NetworkOptions {
  /** [rows, cols, channels] of a preprocessed image, see `preprocessedShape`. */
  inputShape: [number, number, number];
  /** The names of the classes in the order of their labels, or how many there are. */
  classes: readonly string[] | number;
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
  const scores = layers
    .activation({ name: 'scores', activation: definition.head })
    .apply(logits.outputs[0]!) as SymbolicTensor;
  const whole: LayersModel = model({ inputs: logits.inputs, outputs: scores, name });
  return {
    name,
    options: checked as Network['options'],
    model: whole,
    logits,
    head: definition.head,
    mapLayer: definition.mapLayer,
    tileLayers: definition.tileLayers ?? [],
    parameters: whole.countParams(),
    dispose: () => whole.dispose(),
  };
}

/** Weights a network of these options has, without building it. Throws as `buildNetwork` does. */
export function parameterCount(name: string, options: NetworkOptions): number {
  const definition = definitionOf(name);
  return definition.parameters(checkedOptions(definition, options));
}

/** The preprocessing that a network was designed with, for images [rows, cols]. */
export function defaultPreprocessing(name: string, imageShape: [number, number]): Preprocessing {
  return parsePreprocessing(definitionOf(name).preprocessing(imageShape));
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
  const { classes } = options;
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
