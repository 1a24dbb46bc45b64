import * as tf from '@tensorflow/tfjs-core';
import { NetworkError } from './errors.js';
import type { Network } from './network.js';

/** One weight of a network: `layer/kind`, such as `conv1/kernel`. */
export interface Weight {
  name: string;
  shape: number[];
  trainable: boolean;
  /** The variable itself; owned by the network. */
  variable: tf.Variable;
}

/** All weights in the order of the layers; names do not depend on what was built before. */
export function weightsOf(network: Network): Weight[] {
  const trainable = new Set(network.model.trainableWeights.map((w) => w.id));
  return network.model.layers.flatMap((layer) =>
    layer.weights.map((weight) => ({
      name: `${layer.name}/${weight.originalName.split('/').at(-1)}`,
      shape: weight.shape.map(Number),
      trainable: trainable.has(weight.id),
      variable: (weight as unknown as { val: tf.Variable }).val,
    })),
  );
}

/**
 * Copies of the values, in the order of `weightsOf`. Asynchronous, since a GPU cannot be read
 * any other way.
 */
export async function readWeights(network: Network): Promise<Float32Array[]> {
  const read = async ({ variable }: Weight) => Float32Array.from(await variable.data());
  return Promise.all(weightsOf(network).map(read));
}

/**
 * Overwrites the values, in the order of `weightsOf`. Throws `WEIGHTS` if number or sizes differ;
 * the network is then as it was.
 */
export function writeWeights(network: Network, values: readonly Float32Array[]): void {
  const weights = weightsOf(network);
  const fits =
    values.length === weights.length &&
    weights.every(({ variable }, i) => variable.size === values[i]!.length);
  if (!fits) {
    throw new NetworkError({
      code: 'WEIGHTS',
      what: 'these weights are not those of the network',
      where: network.name,
      got: values.map((v) => v.length).join(', '),
      expected: weights.map(({ variable }) => variable.size).join(', '),
    });
  }
  weights.forEach(({ variable, shape }, i) => {
    const tensor = tf.tensor(values[i]!, shape, 'float32');
    variable.assign(tensor);
    tensor.dispose();
  });
}

/**
 * Overwrites the weights of `to` that have the name and the shape of one of `from`, such as those of
 * a trunk that both share, but for the layers named in `except`. Gives their names.
 */
export async function copyWeights(
  from: Network,
  to: Network,
  { except = [] }: { except?: readonly string[] } = {},
): Promise<string[]> {
  const [theirs, values] = [weightsOf(from), await readWeights(from)];
  const [own, kept] = [weightsOf(to), await readWeights(to)];
  const copied: string[] = [];
  const mixed = own.map(({ name, shape }, i) => {
    const at = theirs.findIndex((w) => w.name === name && String(w.shape) === String(shape));
    if (at < 0 || except.includes(name.split('/')[0]!)) return kept[i]!;
    copied.push(name);
    return values[at]!;
  });
  writeWeights(to, mixed);
  return copied;
}
