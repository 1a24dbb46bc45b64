import { NetworkError } from '../errors.js';
import { type Preprocessing, type PreprocessingStep, preprocessedShape } from './spec.js';

interface Plane {
  rows: number;
  cols: number;
  image: Float32Array;
  mask?: Float32Array;
}

/**
 * Applies the steps of `spec` to one image [rows, cols] and returns [rows', cols', channels],
 * channels last; the image given is left as it is. Plain loops, no tensors: the same numbers on
 * every backend. Throws `IMAGE_SIZE` for an image of another size, `IMAGE_NOT_FINITE` for one with
 * NaN or infinite pixels (a clip or a min-max would hide them).
 */
export function preprocessImage(spec: Preprocessing, image: ArrayLike<number>): Float32Array {
  const [rows, cols] = spec.imageShape;
  if (image.length !== rows * cols) {
    throw new NetworkError({
      code: 'IMAGE_SIZE',
      what: 'the image has another size than the network was made for',
      where: 'preprocessImage',
      got: `${image.length} pixels`,
      expected: `${rows} x ${cols} = ${rows * cols}`,
    });
  }
  let plane: Plane = { rows, cols, image: new Float32Array(image) };
  const bad = firstNonFinite(plane.image);
  if (bad >= 0) {
    throw new NetworkError({
      code: 'IMAGE_NOT_FINITE',
      what: 'the image has pixels that are no numbers',
      where: `row ${Math.floor(bad / cols)}, column ${bad % cols}`,
      got: String(image[bad]),
      expected: 'finite intensities, 0 where there is no detector',
    });
  }
  for (const step of spec.steps) plane = apply(step, plane);
  return interleave(plane);
}

/**
 * Preprocesses `count` images that lie one behind the other, [count, rows * cols], into
 * [count, rows', cols', channels].
 */
export function preprocessBatch(
  spec: Preprocessing,
  images: Float32Array,
  count: number,
): Float32Array {
  const pixels = spec.imageShape[0] * spec.imageShape[1];
  const size = preprocessedShape(spec).reduce((product, n) => product * n, 1);
  const out = new Float32Array(count * size);
  for (let i = 0; i < count; i++) {
    out.set(preprocessImage(spec, images.subarray(i * pixels, (i + 1) * pixels)), i * size);
  }
  return out;
}

/** The bits of the numbers, sign first: what a comparison would branch on, arithmetic can do. */
const bitsOf = (image: Float32Array) =>
  new Int32Array(image.buffer, image.byteOffset, image.length);

/** All bits of the exponent are set in NaN and infinities alone. */
const exponent = 0x7f800000;

function firstNonFinite(image: Float32Array): number {
  const bits = bitsOf(image);
  for (let i = 0; i < bits.length; i++) if ((bits[i]! & exponent) === exponent) return i;
  return -1;
}

function apply(step: PreprocessingStep, plane: Plane): Plane {
  const { image } = plane;
  switch (step.step) {
    case 'scale':
      for (let i = 0; i < image.length; i++) image[i]! *= step.factor;
      return plane;
    case 'clip':
      clip(image, step.min, step.max);
      return plane;
    case 'sqrt':
      for (let i = 0; i < image.length; i++) image[i] = Math.sqrt(Math.max(image[i]!, 0));
      return plane;
    case 'log':
      for (let i = 0; i < image.length; i++)
        image[i] = Math.log1p(Math.max(image[i]!, 0) / step.unit);
      return plane;
    case 'min-max':
      minMax(image);
      return plane;
    case 'unit-rms': {
      const rms = rootMeanSquare(image);
      if (rms > 0) for (let i = 0; i < image.length; i++) image[i]! /= rms;
      return plane;
    }
    case 'tile-rms':
      tileRms(plane, step.rows, step.cols, step.floor);
      return plane;
    case 'downsample':
      return downsample(plane, step.rows, step.cols);
    case 'fold':
      return fold(plane, step.rows, step.cols, step.zeros === 'missing');
    case 'mask-channel':
      return { ...plane, mask: image.map((x) => (x === 0 ? 1 : 0)) };
  }
}

/**
 * Noise about 0 would mislead every branch on x < 0, so a lower bound of 0 is done on the bits: where
 * the sign is set, all of them are cleared. (So -0 becomes 0.)
 */
function clip(image: Float32Array, min: number, max: number): void {
  if (min === 0) {
    const bits = bitsOf(image);
    // Bits of positive numbers are in the order of the numbers.
    const top = bitsOf(Float32Array.of(max))[0]!;
    for (let i = 0; i < bits.length; i++) {
      const positive = bits[i]! & ~(bits[i]! >> 31);
      bits[i] = positive > top ? top : positive;
    }
    return;
  }
  for (let i = 0; i < image.length; i++) {
    const x = image[i]!;
    image[i] = x > max ? max : x < min ? min : x;
  }
}

function minMax(image: Float32Array): void {
  let low = Infinity;
  let high = -Infinity;
  for (const x of image) {
    if (x < low) low = x;
    if (x > high) high = x;
  }
  const range = high - low;
  for (let i = 0; i < image.length; i++) image[i] = range > 0 ? (image[i]! - low) / range : 0;
}

function rootMeanSquare(image: Float32Array): number {
  let sum = 0;
  for (const x of image) sum += x * x;
  return Math.sqrt(sum / image.length);
}

/** Calls `visit` with the flat indices of each block of rows x cols pixels. */
function eachBlock(
  plane: Plane,
  rows: number,
  cols: number,
  visit: (first: number, block: number) => void,
): void {
  let block = 0;
  for (let r = 0; r < plane.rows; r += rows) {
    for (let c = 0; c < plane.cols; c += cols) visit(r * plane.cols + c, block++);
  }
}

function tileRms(plane: Plane, rows: number, cols: number, floor: number): void {
  const { image } = plane;
  const base = floor * rootMeanSquare(image);
  eachBlock(plane, rows, cols, (first) => {
    let sum = 0;
    for (let r = 0; r < rows; r++) {
      for (let i = first + r * plane.cols, end = i + cols; i < end; i++)
        sum += image[i]! * image[i]!;
    }
    const scale = Math.sqrt(sum / (rows * cols)) + base;
    if (scale === 0) return;
    for (let r = 0; r < rows; r++) {
      for (let i = first + r * plane.cols, end = i + cols; i < end; i++) image[i]! /= scale;
    }
  });
}

function downsample(plane: Plane, rows: number, cols: number): Plane {
  const mean = (values: Float32Array) => {
    const out = new Float32Array(values.length / (rows * cols));
    eachBlock(plane, rows, cols, (first, block) => {
      let sum = 0;
      for (let r = 0; r < rows; r++) {
        for (let i = first + r * plane.cols, end = i + cols; i < end; i++) sum += values[i]!;
      }
      out[block] = sum / (rows * cols);
    });
    return out;
  };
  return {
    rows: plane.rows / rows,
    cols: plane.cols / cols,
    image: mean(plane.image),
    ...(plane.mask ? { mask: mean(plane.mask) } : {}),
  };
}

/** By how much the sum of four pixels is divided, by how many of them are not 0. */
const shares = [1, 1, 2, 3, 4];

/** 1 for bits of a number that is not 0, 0 for those of 0 and -0. */
const nonZero = (bits: number) => (0 - (bits & 0x7fffffff)) >>> 31;

function fold(plane: Plane, rows: number, cols: number, skipZeros: boolean): Plane {
  const [outRows, outCols] = [plane.rows / 2, plane.cols / 2];
  const [height, width] = [rows / 2, cols / 2];
  const quarter = (values: Float32Array, skip: boolean) => {
    const out = new Float32Array(outRows * outCols);
    const bits = bitsOf(values);
    for (let r = 0, at = 0; r < outRows; r++) {
      const tileRow = Math.floor(r / height) * rows;
      const upper = (tileRow + (r % height)) * plane.cols;
      const lower = (tileRow + rows - 1 - (r % height)) * plane.cols;
      for (let tile = 0; tile < plane.cols; tile += cols) {
        let [left, right] = [tile, tile + cols - 1];
        for (const end = at + width; at < end; at++, left++, right--) {
          const [a, b] = [upper + left, upper + right];
          const [c, d] = [lower + left, lower + right];
          const used = skip
            ? nonZero(bits[a]!) + nonZero(bits[b]!) + nonZero(bits[c]!) + nonZero(bits[d]!)
            : 4;
          out[at] = (values[a]! + values[b]! + values[c]! + values[d]!) / shares[used]!;
        }
      }
    }
    return out;
  };
  return {
    rows: outRows,
    cols: outCols,
    image: quarter(plane.image, skipZeros),
    ...(plane.mask ? { mask: quarter(plane.mask, false) } : {}),
  };
}

function interleave({ image, mask }: Plane): Float32Array {
  if (!mask) return image;
  const out = new Float32Array(image.length * 2);
  for (let i = 0; i < image.length; i++) {
    out[2 * i] = image[i]!;
    out[2 * i + 1] = mask[i]!;
  }
  return out;
}
