import { z } from 'zod';
import { type ClassGaussians, gaussiansSchema, squaredDistances } from '../gaussians.js';
import { dot } from './basis.js';
import { FeatureReader, type Mosaic } from './features.js';

/** The scores an image gets, in the order in which they are reported. */
export const partNames = ['pattern', 'remainder', 'intensities', 'detectors'] as const;
export type PartName = (typeof partNames)[number];

export const partMeanings: Readonly<Record<PartName, string>> = {
  pattern:
    'distance of the tiles from the training images within the space that these span, ln T^2',
  remainder: 'what of the tiles the training images cannot make up, ln Q',
  intensities: 'distance of the absolute scale and of its evenness, ln T^2',
  detectors: 'part of the pixels without a detector that hold a value, above 2 %',
};

/** Strays up to this part are what rounding of a mask gives. */
export const strayTolerance = 0.02;

/** Where a score lies for usual images: its middle, and how far the 98 % point is from it. */
interface Scale {
  middle: number;
  spread: number;
}

/** What is fitted; data, no code. */
export interface Subspace {
  imageShape: [number, number];
  tile: [number, number];
  /** Base64 of [rows * cols] bits, first pixel in the lowest bit; 1: no detector. Null: not known. */
  mask: string | null;
  width: number;
  /** Base64 of float32 [width] and [directions, width]. */
  mean: string;
  directions: string;
  /** One Gaussian each, over the coordinates in the space and over the two intensities. */
  pattern: ClassGaussians;
  intensities: ClassGaussians;
  /** Of each part, in the order of `partNames`. */
  scales: Scale[];
}

const size = z.int().min(1).max(100_000);
const base64 = z.string().regex(/^[A-Za-z0-9+/]*={0,2}$/);
export const subspaceSchema: z.ZodType<Subspace> = z
  .strictObject({
    imageShape: z.tuple([size, size]),
    tile: z.tuple([size, size]),
    mask: base64.nullable(),
    width: size,
    mean: base64,
    directions: base64,
    pattern: gaussiansSchema,
    intensities: gaussiansSchema,
    scales: z
      .array(z.strictObject({ middle: z.number(), spread: z.number().positive() }))
      .length(partNames.length),
  })
  .refine(({ imageShape, tile, mask, width, mean, directions, pattern, intensities }) => {
    const bytes = (text: string) => Buffer.from(text, 'base64').length;
    const [a, b] = imageShape;
    return (
      a % tile[0] === 0 &&
      b % tile[1] === 0 &&
      (mask === null || bytes(mask) === Math.ceil((a * b) / 8)) &&
      width === new FeatureReader({ imageShape, tile }).width &&
      bytes(mean) === 4 * width &&
      bytes(directions) === 4 * width * pattern.means[0]!.length &&
      pattern.means.length === 1 &&
      intensities.means.length === 1 &&
      intensities.means[0]!.length === 2
    );
  }, 'image, tiles, directions and Gaussians do not belong together');

/** Raw scores of one image, in the order of `partNames`; larger is more outside. */
export type PartScores = [number, number, number, number];

/** What is needed for scores, read out of the stored form. */
export interface Directions {
  mean: ArrayLike<number>;
  directions: readonly ArrayLike<number>[];
  pattern: ClassGaussians;
  intensities: ClassGaussians;
}

/** Coordinates of a pattern in the space, and the squared length of what is not in it. */
export function project(
  pattern: Float64Array,
  { mean, directions }: Pick<Directions, 'mean' | 'directions'>,
): { coordinates: Float64Array; remainder: number } {
  const centred = pattern.map((x, i) => x - mean[i]!);
  const coordinates = Float64Array.from(directions, (d) => dot(centred, d));
  return {
    coordinates,
    remainder: Math.max(0, dot(centred, centred) - dot(coordinates, coordinates)),
  };
}

const ln = (x: number): number => Math.log(Math.max(x, 1e-30));

/** The raw scores of one image. */
export function partScores(
  reader: FeatureReader,
  fitted: Directions,
  image: ArrayLike<number>,
): PartScores {
  const { pattern, intensities } = reader.read(image);
  const { coordinates, remainder } = project(pattern, fitted);
  return [
    ln(squaredDistances(fitted.pattern, coordinates)[0]!),
    ln(remainder),
    ln(squaredDistances(fitted.intensities, intensities)[0]!),
    Math.max(0, reader.strays(image) - strayTolerance),
  ];
}

/** Each part in units of its own spread, and the largest of them: the unlikeness of the image. */
export function unlikeness(
  scores: PartScores,
  scales: readonly Scale[],
): { standardised: number[]; worst: PartName; value: number } {
  const standardised = scores.map((s, i) => (s - scales[i]!.middle) / scales[i]!.spread);
  const value = Math.max(...standardised);
  return { standardised, value, worst: partNames[standardised.indexOf(value)]! };
}

export function packFloats(values: ArrayLike<number>): string {
  const floats = Float32Array.from(values);
  return Buffer.from(floats.buffer).toString('base64');
}

export function unpackFloats(text: string): Float32Array {
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'));
  return new Float32Array(bytes.buffer);
}

export function packMask(mask: Uint8Array): string {
  const bits = new Uint8Array(Math.ceil(mask.length / 8));
  mask.forEach((m, i) => (bits[i >> 3]! |= m ? 1 << (i & 7) : 0));
  return Buffer.from(bits).toString('base64');
}

/** The mosaic of a stored model. */
export function mosaicOf({ imageShape, tile, mask }: Subspace): Mosaic {
  if (mask === null) return { imageShape, tile };
  const bits = Buffer.from(mask, 'base64');
  const length = imageShape[0] * imageShape[1];
  return {
    imageShape,
    tile,
    mask: Uint8Array.from({ length }, (_, i) => (bits[i >> 3]! >> (i & 7)) & 1),
  };
}
