import type { Augmentation } from '../../batches/prepare.js';
import type { BatchSource } from '../../batches/source.js';
import { TrainingError } from '../../errors.js';
import { Random } from '../../random.js';
import { fitGaussians } from '../gaussians.js';
import { principalSubspace } from './basis.js';
import { FeatureReader, type ImageFeatures, type Mosaic } from './features.js';
import {
  type Directions,
  packFloats,
  packMask,
  partNames,
  partScores,
  project,
  strayTolerance,
  type PartScores,
  type Subspace,
} from './model.js';

export interface FitSubspaceOptions extends Omit<Mosaic, 'imageShape'> {
  train: BatchSource;
  /** Images that the space was not fitted on: they say how the parts compare with each other. */
  validation: BatchSource;
  /** What a measurement has and a simulation has not; drawn anew in each pass. */
  augmentation?: Augmentation | undefined;
  seed?: number;
  /** Directions at most; 100 if not given. Fewer with few images. */
  directions?: number;
  signal?: AbortSignal | undefined;
}

/** Images of the fit, at most. */
const mostImages = 4000;
/** Images a direction, at least. */
const imagesADirection = 8;
const passes = { train: 2, validation: 3 };

/**
 * Fits the space of the training images as an experiment would have them: the directions of the
 * largest variance of their tiles (folded onto a quarter, in cells), a Gaussian within, and the
 * scales of the four scores on the validation images. This is multivariate process control with its
 * two statistics, T^2 within the space and Q outside of it (Jackson and Mudholkar, Technometrics 21,
 * 1979). No image from outside has any part in it. Throws `CALIBRATION` with too few images.
 */
export async function fitSubspace(options: FitSubspaceOptions): Promise<Subspace> {
  const { train, validation, tile, mask, augmentation, seed = 0, signal } = options;
  const imageShape: [number, number] = [train.imageShape[0], train.imageShape[1]];
  const mosaic: Mosaic = { imageShape, tile, mask };
  const reader = new FeatureReader(mosaic);
  const rounds = augmentation ? passes.train : 1;
  const features: ImageFeatures[] = [];
  for (let pass = 0; pass < rounds; pass++) {
    for await (const image of images(train, { augmentation, seed, pass, signal })) {
      if (features.length >= ((pass + 1) * mostImages) / rounds) break;
      features.push(reader.read(image));
    }
  }
  const n = features.length;
  const count = Math.min(options.directions ?? 100, Math.floor(n / imagesADirection), reader.width);
  if (count < 1 || validation.length < 1) {
    throw new TrainingError({
      code: 'CALIBRATION',
      what: 'there are too few images to fit the space that they span',
      where: 'fitSubspace',
      got: `${train.length} training images, ${validation.length} for validation`,
      expected: `${imagesADirection} and 1, or more`,
    });
  }
  const mean = new Float64Array(reader.width);
  for (const { pattern } of features) pattern.forEach((x, j) => (mean[j]! += x / n));
  const centred = new Float32Array(n * reader.width);
  features.forEach(({ pattern }, i) =>
    pattern.forEach((x, j) => (centred[i * reader.width + j] = x - mean[j]!)),
  );
  // As they are stored, so that a model read back gives the very same scores.
  const directions = principalSubspace(centred, reader.width, count, seed).map((d) =>
    Float32Array.from(d),
  );
  const space = { mean: Float32Array.from(mean), directions };
  const one = new Int32Array(n);
  const coordinates = new Float64Array(n * count);
  features.forEach((f, i) => coordinates.set(project(f.pattern, space).coordinates, i * count));
  const ridge = { ridge: 1e-6 };
  const fitted: Directions = {
    ...space,
    pattern: fitGaussians(coordinates, one, 1, ridge),
    intensities: fitGaussians(
      features.flatMap((f) => f.intensities),
      one,
      1,
      ridge,
    ),
  };
  const scores: PartScores[] = [];
  for (let pass = 0; pass < (augmentation ? passes.validation : 1); pass++) {
    const request = { augmentation, seed: seed + 1, pass, signal };
    for await (const image of images(validation, request)) {
      scores.push(partScores(reader, fitted, image));
    }
  }
  return {
    imageShape,
    tile: [tile[0], tile[1]],
    mask: mask ? packMask(mask) : null,
    width: reader.width,
    mean: packFloats(space.mean),
    directions: packFloats(directions.flatMap((d) => [...d])),
    pattern: fitted.pattern,
    intensities: fitted.intensities,
    scales: partNames.map((name, i) =>
      name === 'detectors'
        ? { middle: 0, spread: strayTolerance }
        : scaleOf(scores.map((s) => s[i]!)),
    ),
  };
}

/** Median, and the distance from it to the 98 % point. */
function scaleOf(values: number[]): { middle: number; spread: number } {
  const sorted = Float64Array.from(values).sort();
  const at = (q: number) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!;
  return { middle: at(0.5), spread: Math.max(at(0.98) - at(0.5), 1e-6) };
}

async function* images(
  source: BatchSource,
  request: {
    augmentation: Augmentation | undefined;
    seed: number;
    pass: number;
    signal: AbortSignal | undefined;
  },
): AsyncGenerator<Float32Array> {
  const { augmentation, seed, pass, signal } = request;
  const pixels = source.imageShape[0] * source.imageShape[1];
  const order = { batchSize: 32, seed, epoch: pass, shuffle: true };
  for await (const batch of source.batches(order)) {
    signal?.throwIfAborted();
    for (let i = 0; i < batch.labels.length; i++) {
      const image = batch.images.slice(i * pixels, (i + 1) * pixels);
      augmentation?.(image, new Random(seed, pass, batch.rows[i]!));
      yield image;
    }
  }
}
