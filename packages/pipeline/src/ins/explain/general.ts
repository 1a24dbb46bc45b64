import { meanOcclusion, type MeanOcclusion, PixelMoments } from '@spectraloom/explain';
import type { Network, Preprocessing } from '@spectraloom/models';
import { type Augmentation, type BatchSource, Random } from '@spectraloom/training';

/** Seed of the noise that is put on images here: another one than the training's or the test's. */
const noiseSeed = 4;

/**
 * What a run over all images of a data set gathers for the explanations: mean and spread of each class,
 * as simulated and as the network sees them in training, and the mean image.
 */
export class Gathered {
  readonly clean: PixelMoments;
  /** With the training's noise, background and damping; without an augmentation the same as `clean`. */
  readonly noisy: PixelMoments | undefined;
  readonly #sum: Float64Array;
  #count = 0;

  constructor(
    pixels: number,
    private readonly classes: number,
    private readonly augmentation: Augmentation | undefined,
  ) {
    this.clean = new PixelMoments(pixels);
    this.noisy = augmentation && new PixelMoments(pixels);
    this.#sum = new Float64Array(pixels);
  }

  add(label: number, image: Float32Array, row: number): void {
    this.#count++;
    for (let i = 0; i < image.length; i++) this.#sum[i]! += image[i]!;
    // A discrimination is of two classes.
    if (this.classes !== 2) return;
    this.clean.add(label as 0 | 1, image);
    if (this.noisy) this.noisy.add(label as 0 | 1, noisy(image, this.augmentation, row));
  }

  /** Mean of all images as simulated. */
  mean(): Float32Array {
    return Float32Array.from(this.#sum, (s) => s / Math.max(1, this.#count));
  }
}

function noisy(image: Float32Array, augmentation: Augmentation | undefined, row: number) {
  const copy = image.slice();
  augmentation?.(copy, new Random(noiseSeed, 1, row));
  return copy;
}

export interface InGeneralOptions {
  readonly network: Network;
  readonly preprocessing: Preprocessing;
  /** Images that neither trained nor chose the network. */
  readonly source: BatchSource;
  readonly augmentation: Augmentation | undefined;
  /** The first so many of them. */
  readonly images: number;
  readonly tile: [number, number];
  readonly signal: AbortSignal;
  readonly onImage: (done: number, total: number) => void;
}

/** Which tiles the network goes by in simulated images, with the training's noise, in general. */
export async function inGeneral(options: InGeneralOptions): Promise<MeanOcclusion | undefined> {
  const { network, preprocessing, source, augmentation, tile, signal, onImage } = options;
  const images: Float32Array[] = [];
  const targets: number[] = [];
  const total = Math.min(options.images, source.length);
  for await (const batch of source.batches({ batchSize: 32, seed: 0, epoch: 0, shuffle: false })) {
    const pixels = batch.images.length / batch.labels.length;
    for (let i = 0; i < batch.labels.length && images.length < total; i++) {
      const raw = batch.images.subarray(i * pixels, (i + 1) * pixels);
      images.push(noisy(raw, augmentation, batch.rows[i]!));
      targets.push(batch.labels[i]!);
    }
    if (images.length >= total) break;
  }
  if (images.length === 0) return undefined;
  return meanOcclusion({
    ...{ network, preprocessing, images, targets, tile, cover: 'input-mean' },
    onImage: (done) => {
      signal.throwIfAborted();
      onImage(done, total);
    },
  });
}
