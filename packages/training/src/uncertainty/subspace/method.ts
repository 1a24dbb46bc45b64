import type { UncertaintyMethod } from '../method.js';
import { FeatureReader } from './features.js';
import {
  type Directions,
  mosaicOf,
  partMeanings,
  type PartName,
  partNames,
  partScores,
  type Subspace,
  unlikeness,
  unpackFloats,
} from './model.js';

/** How unlike the training images one image is, by itself. */
export interface Unlikeness {
  /** The largest of the four scores, each in units of its spread; larger is more outside. */
  readonly value: number;
  /** The score that is the largest. */
  readonly because: PartName;
  /** The four, in the order of `partNames`. */
  readonly parts: readonly number[];
}

/**
 * The scores of an image [rows x cols] that a fitted space gives, without any network. Images may be
 * given with the values that they have where the training images have no detector.
 */
export function subspaceScorer(subspace: Subspace): (image: ArrayLike<number>) => Unlikeness {
  const reader = new FeatureReader(mosaicOf(subspace));
  const { width, scales, pattern, intensities } = subspace;
  const all = unpackFloats(subspace.directions);
  const fitted: Directions = {
    mean: unpackFloats(subspace.mean),
    directions: pattern.means[0]!.map((_, k) => all.subarray(k * width, (k + 1) * width)),
    ...{ pattern, intensities },
  };
  return (image) => {
    const raw = partScores(reader, fitted, image);
    const { standardised, value, worst } = unlikeness(raw, scales);
    return { value, because: worst, parts: standardised };
  };
}

/**
 * Classes by `classifier`; likeness by what the image itself is, and not what a network makes of it:
 * minus the largest of four scores, each in units of its spread. Images may be given with the values
 * that they have where the training images have no detector: these are counted, then taken away.
 */
export function subspaceMethod(
  subspace: Subspace,
  classifier: UncertaintyMethod,
): UncertaintyMethod {
  const mosaic = mosaicOf(subspace);
  const score = subspaceScorer(subspace);
  const pixels = mosaic.imageShape[0] * mosaic.imageShape[1];
  const { classes, head, imageShape } = classifier;
  return {
    ...{ name: 'subspace', classes, head, imageShape },
    scoreMeaning: `minus the largest of ${partNames.length} scores of the image itself, each over its spread: ${partNames.map((name) => `${name} (${partMeanings[name]})`).join(', ')}`,
    async predict(images, count, batchSize) {
      const seen = images.slice();
      if (mosaic.mask) {
        for (let i = 0; i < seen.length; i++) if (mosaic.mask[i % pixels]) seen[i] = 0;
      }
      const { probabilities, logits } = await classifier.predict(seen, count, batchSize);
      const inDistribution = new Float64Array(count);
      const parts = partNames.map((name) => ({
        ...{ name, meaning: partMeanings[name], scores: new Float64Array(count) },
      }));
      for (let i = 0; i < count; i++) {
        const { value, parts: own } = score(images.subarray(i * pixels, (i + 1) * pixels));
        inDistribution[i] = -value;
        own.forEach((s, k) => (parts[k]!.scores[i] = -s));
      }
      return { probabilities, inDistribution, parts, ...(logits ? { logits } : {}) };
    },
  };
}
