/** How an image is tiled, and which of its pixels have no detector. */
export interface Mosaic {
  /** [rows, cols] of the image. */
  imageShape: readonly [number, number];
  /** [rows, cols] of a tile; divides the image. */
  tile: readonly [number, number];
  /** [rows * cols], 1: no detector; nothing is known of detectors without it. */
  mask?: Uint8Array | undefined;
}

/** At most so many cells along each side of a folded tile. */
const cellsASide = 5;

/** What the scores are made of, for one image. */
export interface ImageFeatures {
  /** [tiles * cells]: signed square roots of means, after division by their root mean square. */
  pattern: Float64Array;
  /** ln of the root mean square of the cells' means; ln of their mean modulus over it. */
  intensities: [number, number];
}

/** Computes the features of images of one mosaic. Plain loops: the same numbers everywhere. */
export class FeatureReader {
  readonly #cellOf: Int32Array;
  readonly #pixels: number;
  readonly #mosaic: Mosaic;
  readonly width: number;

  constructor(mosaic: Mosaic) {
    const {
      imageShape: [rows, cols],
      tile: [height, width],
      mask,
    } = mosaic;
    this.#mosaic = mosaic;
    this.#pixels = rows * cols;
    const [down, across] = [cellsOf(height), cellsOf(width)];
    const grid = cols / width;
    this.width = (rows / height) * grid * down * across;
    // Each pixel's cell, mirror images together; -1 without a detector.
    this.#cellOf = Int32Array.from({ length: this.#pixels }, (_, p) => {
      if (mask?.[p]) return -1;
      const [r, c] = [Math.floor(p / cols), p % cols];
      const tile = Math.floor(r / height) * grid + Math.floor(c / width);
      return (tile * down + cell(r % height, height)) * across + cell(c % width, width);
    });
  }

  read(image: ArrayLike<number>): ImageFeatures {
    const sum = new Float64Array(this.width);
    const count = new Float64Array(this.width);
    for (let p = 0; p < this.#pixels; p++) {
      const at = this.#cellOf[p]!;
      const x = image[p]!;
      if (at < 0 || x === 0) continue;
      sum[at]! += x;
      count[at]! += 1;
    }
    let [squares, moduli] = [0, 0];
    for (let i = 0; i < sum.length; i++) {
      if (count[i]! > 0) sum[i]! /= count[i]!;
      squares += sum[i]! ** 2;
      moduli += Math.abs(sum[i]!);
    }
    const rms = Math.max(Math.sqrt(squares / this.width), 1e-30);
    const mean = Math.max(moduli / this.width, 1e-30);
    return {
      pattern: sum.map((x) => Math.sign(x) * Math.sqrt(Math.abs(x) / rms)),
      intensities: [Math.log(rms), Math.log(mean / rms)],
    };
  }

  /**
   * Part of the pixels without a detector that hold a value. The pattern may lie a pixel off in
   * either direction: the smallest of nine offsets counts.
   */
  strays(image: ArrayLike<number>): number {
    return strays(this.#mosaic, image);
  }
}

const cellsOf = (length: number): number => Math.min(cellsASide, Math.ceil(length / 2));

/** Cell of a pixel of a tile's side, counted from the nearer edge. */
function cell(at: number, length: number): number {
  const half = Math.ceil(length / 2);
  return Math.floor((Math.min(at, length - 1 - at) * cellsOf(length)) / half);
}

function strays({ imageShape, tile, mask }: Mosaic, image: ArrayLike<number>): number {
  if (!mask) return 0;
  const [, cols] = imageShape;
  const [height, width] = tile;
  const values = new Float64Array(9);
  const pixels = new Float64Array(9);
  for (let p = 0; p < mask.length; p++) {
    if (mask[p] === 0) continue;
    const [y, x] = [Math.floor(p / cols) % height, (p % cols) % width];
    for (let o = 0; o < 9; o++) {
      const [dy, dx] = [Math.floor(o / 3) - 1, (o % 3) - 1];
      if (y + dy < 0 || y + dy >= height || x + dx < 0 || x + dx >= width) continue;
      pixels[o]! += 1;
      if (image[p + dy * cols + dx] !== 0) values[o]! += 1;
    }
  }
  let least = 1;
  for (let o = 0; o < 9; o++) least = Math.min(least, pixels[o]! > 0 ? values[o]! / pixels[o]! : 0);
  return least;
}
