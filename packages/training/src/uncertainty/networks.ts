import type { Network, Preprocessing } from '@spectraloom/models';
import { prepareBatch, prepareImages } from '../batches/prepare.js';
import type { BatchSource } from '../batches/source.js';
import { TrainingError } from '../errors.js';
import { forwardFeatures, forwardLogits } from '../fit/step.js';
import { probabilitiesOf } from '../loss/classification.js';
import { type ClassGaussians, fitGaussians, logDensities } from './gaussians.js';
import type { PassOptions, UncertaintyMethod } from './method.js';

/** A network with the preprocessing it was trained with. */
export interface TrainedNetwork {
  network: Network;
  preprocessing: Preprocessing;
}

function common(name: string, scoreMeaning: string, { network, preprocessing }: TrainedNetwork) {
  const { classes } = network.options;
  return { name, scoreMeaning, classes, head: network.head, imageShape: preprocessing.imageShape };
}

/** The network's own probabilities; likeness is the highest of them. The yardstick of the others. */
export function softmaxMethod(trained: TrainedNetwork): UncertaintyMethod {
  const { network } = trained;
  const classes = network.options.classes.length;
  return {
    ...common('softmax', 'highest probability, max_c p_c', trained),
    async predict(images, count, batchSize = 32) {
      const inputs = prepareImages(trained.preprocessing, images, count);
      const logits = await forwardLogits(network, inputs, count, batchSize);
      const probabilities = probabilitiesOf(network.head, logits, classes);
      return { probabilities, inDistribution: highest(probabilities, classes), logits };
    },
  };
}

/** DUQ: likeness is the score of the nearest centroid, as its logarithm. */
export function duqMethod(trained: TrainedNetwork): UncertaintyMethod {
  const { network } = trained;
  const classes = network.options.classes.length;
  if (network.head !== 'rbf') {
    throw new TrainingError({
      code: 'UNCERTAINTY',
      what: 'DUQ needs a network with scores by distance',
      where: 'duqMethod',
      got: network.name,
      expected: 'duq',
    });
  }
  return {
    ...common('duq', 'logarithm of the highest score, max_c ln K_c', trained),
    async predict(images, count, batchSize = 32) {
      const inputs = prepareImages(trained.preprocessing, images, count);
      const logits = await forwardLogits(network, inputs, count, batchSize);
      const probabilities = probabilitiesOf(network.head, logits, classes);
      return { probabilities, inDistribution: highest(logits, classes), logits };
    },
  };
}

/**
 * DDU: likeness is the logarithm of the features' density under one Gaussian a class. `ddu-bounded`
 * names that of a network of its own, whose linear maps have bounded singular values.
 */
export function dduMethod(
  trained: TrainedNetwork,
  gaussians: ClassGaussians,
  name: 'ddu' | 'ddu-bounded' = 'ddu',
): UncertaintyMethod {
  const { network } = trained;
  const classes = network.options.classes.length;
  const width = Number(network.features.outputShape[1]);
  if (gaussians.means.length !== classes || gaussians.means[0]!.length !== width) {
    throw new TrainingError({
      code: 'UNCERTAINTY',
      what: 'the Gaussians are of another network',
      where: 'dduMethod',
      got: `${gaussians.means.length} classes of ${gaussians.means[0]?.length} features`,
      expected: `${classes} classes of ${width} features`,
    });
  }
  return {
    ...common(name, 'logarithm of the density of the features, ln p(f)', trained),
    async predict(images, count, batchSize = 32) {
      const inputs = prepareImages(trained.preprocessing, images, count);
      const logits = await forwardLogits(network, inputs, count, batchSize);
      const probabilities = probabilitiesOf(network.head, logits, classes);
      const features = await forwardFeatures(network, inputs, count, batchSize);
      return { probabilities, inDistribution: logDensities(gaussians, features), logits };
    },
  };
}

/** Fits the Gaussians of DDU on the features of training images, in one pass. */
export async function fitDdu(
  { network, preprocessing }: TrainedNetwork,
  train: BatchSource,
  { batchSize = 32, augmentation, seed = 0, signal }: PassOptions = {},
): Promise<ClassGaussians> {
  const parts: Float32Array[] = [];
  const labels: number[] = [];
  for await (const batch of train.batches({ batchSize, seed, epoch: 0, shuffle: false })) {
    signal?.throwIfAborted();
    const inputs = prepareBatch(batch, {
      ...{ preprocessing, seed, epoch: 0 },
      ...(augmentation ? { augmentation } : {}),
    });
    parts.push(await forwardFeatures(network, inputs, batch.labels.length, batchSize));
    labels.push(...Array.from(batch.labels));
  }
  const width = Number(network.features.outputShape[1]);
  const features = new Float32Array(labels.length * width);
  let at = 0;
  for (const part of parts) {
    features.set(part, at);
    at += part.length;
  }
  return fitGaussians(features, labels, network.options.classes.length);
}

/**
 * Deep ensemble (Lakshminarayanan et al., NeurIPS 2017): the mean of the members' probabilities;
 * likeness is minus the entropy of that mean.
 */
export function ensembleMethod(members: readonly TrainedNetwork[]): UncertaintyMethod {
  const [first] = members;
  const nature = ({ preprocessing, network }: TrainedNetwork) =>
    JSON.stringify([preprocessing.imageShape, network.options.classes]);
  if (!first || !members.every((m) => nature(m) === nature(first))) {
    throw new TrainingError({
      code: 'UNCERTAINTY',
      what: 'the members of an ensemble must take the same images and have the same classes',
      where: 'ensembleMethod',
      got: `${members.length} members`,
    });
  }
  const classes = first.network.options.classes.length;
  return {
    ...common('ensemble', 'minus the entropy of the mean, sum_c p_c ln p_c', first),
    async predict(images, count, batchSize = 32) {
      const mean = new Float64Array(count * classes);
      const prepared = new Map<string, Float32Array>();
      for (const { network, preprocessing } of members) {
        const key = JSON.stringify(preprocessing);
        const inputs = prepared.get(key) ?? prepareImages(preprocessing, images, count);
        prepared.set(key, inputs);
        const logits = await forwardLogits(network, inputs, count, batchSize);
        const p = probabilitiesOf(network.head, logits, classes);
        p.forEach((x, i) => (mean[i]! += x / members.length));
      }
      const inDistribution = Float64Array.from({ length: count }, (_, i) => {
        let sum = 0;
        for (let c = 0; c < classes; c++) {
          const p = mean[i * classes + c]!;
          if (p > 0) sum += p * Math.log(p);
        }
        return sum;
      });
      return { probabilities: mean, inDistribution };
    },
  };
}

function highest(values: ArrayLike<number>, classes: number): Float64Array {
  return Float64Array.from({ length: values.length / classes }, (_, i) => {
    let best = -Infinity;
    for (let c = 0; c < classes; c++) best = Math.max(best, values[i * classes + c]!);
    return best;
  });
}
