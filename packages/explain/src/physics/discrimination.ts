import { ExplainError } from '../errors.js';
import { tileMeans } from '../image/tiles.js';

/**
 * Running mean and variance of each pixel of two classes of images, one image at a time (Welford's
 * update): what the two models say, with no network between.
 */
export class PixelMoments {
  readonly counts: [number, number] = [0, 0];
  readonly #mean: [Float64Array, Float64Array];
  readonly #square: [Float64Array, Float64Array];

  constructor(readonly pixels: number) {
    this.#mean = [new Float64Array(pixels), new Float64Array(pixels)];
    this.#square = [new Float64Array(pixels), new Float64Array(pixels)];
  }

  /** Throws `MOMENTS` for an image of another size and a label that is neither 0 nor 1. */
  add(label: 0 | 1, image: ArrayLike<number>): void {
    if (image.length !== this.pixels || (label !== 0 && label !== 1)) {
      throw new ExplainError({
        code: 'MOMENTS',
        what: 'the image does not belong to these moments',
        where: 'PixelMoments',
        got: `${image.length} pixels, label ${String(label)}`,
        expected: `${this.pixels} pixels, label 0 or 1`,
      });
    }
    const n = ++this.counts[label];
    const mean = this.#mean[label];
    const square = this.#square[label];
    for (let i = 0; i < this.pixels; i++) {
      const x = image[i]!;
      const d = x - mean[i]!;
      mean[i]! += d / n;
      square[i]! += d * (x - mean[i]!);
    }
  }

  mean(label: 0 | 1): Float64Array {
    return this.#mean[label].slice();
  }

  /** With n - 1. */
  variance(label: 0 | 1): Float64Array {
    const n = Math.max(1, this.counts[label] - 1);
    return this.#square[label].map((s) => s / n);
  }
}

export interface DiscriminationOptions {
  moments: PixelMoments;
  imageShape: [number, number];
  tile: [number, number];
  /** 1 = no detector: left out of every mean. */
  mask: Uint8Array;
  /**
   * Variance of the measurement's own noise at a mean intensity, in the square of the image's
   * units: intensity / countsPerUnit for counting.
   */
  noiseVariance: (intensity: number) => number;
}

export interface Discrimination {
  /** [rows * cols]; 0 where there is no detector; infinite where means differ and nothing spreads. */
  pixels: Float32Array;
  /** Mean over the pixels of each tile that have a detector; NaN where none has. */
  tiles: Float64Array;
  grid: [number, number];
}

/**
 * How well each pixel by itself tells two models apart over their draws,
 * (mu1 - mu2)^2 / (var1 + var2 + noise variance): Fisher's criterion (Ann. Eugenics 7, 179, 1936),
 * with the noise of counting at the mean of the two intensities. Draws of both models fill mu and
 * var; what two pixels say together it does not see. Throws `MOMENTS` with fewer than two images a
 * class, `TILE`.
 */
export function discrimination(options: DiscriminationOptions): Discrimination {
  const { moments, imageShape, tile, mask, noiseVariance } = options;
  if (Math.min(...moments.counts) < 2) {
    throw new ExplainError({
      code: 'MOMENTS',
      what: 'two images of each class are the least a variance can come from',
      where: 'discrimination',
      got: moments.counts.join(' and '),
      expected: 'at least 2 and 2',
    });
  }
  if (mask.length !== moments.pixels) {
    throw new ExplainError({
      code: 'MOMENTS',
      what: 'the mask has another size than the images',
      where: 'discrimination',
      got: `${mask.length} pixels`,
      expected: String(moments.pixels),
    });
  }
  const [m0, m1] = [moments.mean(0), moments.mean(1)];
  const [v0, v1] = [moments.variance(0), moments.variance(1)];
  const pixels = new Float32Array(moments.pixels);
  const seen = new Float32Array(moments.pixels);
  for (let i = 0; i < pixels.length; i++) {
    if (mask[i] === 1) continue;
    seen[i] = 1;
    const noise = noiseVariance((m0[i]! + m1[i]!) / 2);
    const spread = v0[i]! + v1[i]! + noise;
    // Nothing spreads: the same everywhere, or never mistaken.
    pixels[i] = m0[i] === m1[i] ? 0 : (m0[i]! - m1[i]!) ** 2 / spread;
  }
  const sums = tileMeans(pixels, imageShape, tile);
  const shares = tileMeans(seen, imageShape, tile);
  return {
    pixels,
    grid: sums.grid,
    tiles: sums.means.map((v, t) => (shares.means[t]! > 0 ? v / shares.means[t]! : NaN)),
  };
}
