import * as tf from '@tensorflow/tfjs-core';
import { prepareImages } from '../batches/prepare.js';
import type { UncertaintyMethod } from '../uncertainty/method.js';
import type { TrainedNetwork } from '../uncertainty/networks.js';
import { rangeOf, sourcePixels, withoutMinMax } from './scale.js';

export interface Cleaned {
  /** [count, rows * cols] in the unit of the raw images; exactly 0 where they are. */
  images: Float32Array;
  /** [count] mean over prepared pixels of (prepared image - reconstruction)^2, both between 0 and 1. */
  errors: Float64Array;
}

/**
 * The images a denoiser makes of raw ones [count, rows * cols]; a folded or averaged one is unfolded
 * and repeated. Throws `DENOISER` for a preprocessing that cannot be taken back: it must clip, scale,
 * fold or average, then end with min-max.
 */
export async function cleanImages(
  { network, preprocessing }: TrainedNetwork,
  images: Float32Array,
  count: number,
  batchSize = 32,
): Promise<Cleaned> {
  const before = withoutMinMax(preprocessing);
  const clipped = prepareImages(before, images, count);
  const inputs = prepareImages(preprocessing, images, count);
  const [raw, pixels] = [images.length / count, inputs.length / count];
  const from = sourcePixels(before);
  const factor = before.steps.reduce((f, s) => (s.step === 'scale' ? f * s.factor : f), 1);
  const cleaned: Cleaned = {
    images: new Float32Array(images.length),
    errors: new Float64Array(count),
  };
  for (let first = 0; first < count; first += batchSize) {
    const end = Math.min(count, first + batchSize);
    const shape: [number, number, number, number] = [end - first, ...network.options.inputShape];
    const made = tf.tidy(() => {
      const x = tf.tensor4d(inputs.subarray(first * pixels, end * pixels), shape);
      return network.model.apply(x, { training: false }) as tf.Tensor;
    });
    const values = (await made.data()) as Float32Array;
    made.dispose();
    for (let i = first; i < end; i++) {
      const [low, high] = rangeOf(clipped.subarray(i * pixels, (i + 1) * pixels));
      const drawn = values.subarray((i - first) * pixels, (i + 1 - first) * pixels);
      cleaned.errors[i] =
        drawn.reduce((s, y, p) => s + (inputs[i * pixels + p]! - y) ** 2, 0) / pixels;
      for (let p = 0; p < raw; p++) {
        const at = i * raw + p;
        if (images[at] !== 0) cleaned.images[at] = (low + drawn[from[p]!]! * (high - low)) / factor;
      }
    }
  }
  return cleaned;
}

/**
 * Classification of cleaned images; likeness is minus the reconstruction error, which is large for
 * what the denoiser has not learned to draw.
 */
export function denoiserMethod(
  denoiser: TrainedNetwork,
  classifier: UncertaintyMethod,
): UncertaintyMethod {
  const { classes, head, imageShape } = classifier;
  return {
    name: 'denoiser',
    scoreMeaning: 'minus the reconstruction error, mean over the pixels of (x - x*)^2',
    ...{ classes, head, imageShape },
    async predict(images, count, batchSize = 32) {
      const cleaned = await cleanImages(denoiser, images, count, batchSize);
      const { probabilities, logits } = await classifier.predict(cleaned.images, count, batchSize);
      const inDistribution = cleaned.errors.map((e) => -e);
      return { probabilities, inDistribution, ...(logits ? { logits } : {}) };
    },
  };
}
