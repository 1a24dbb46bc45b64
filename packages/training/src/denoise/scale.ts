import type { Preprocessing } from '@spectraloom/models';
import { TrainingError } from '../errors.js';

/** Smallest and largest of an image. */
export function rangeOf(image: Float32Array): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const x of image) {
    if (x < low) low = x;
    if (x > high) high = x;
  }
  return [low, high];
}

/**
 * A denoiser's preprocessing without its last step. Throws `DENOISER` for one that cannot be taken
 * back: it must clip, scale, fold or average, then end with min-max.
 */
export function withoutMinMax(preprocessing: Preprocessing): Preprocessing {
  const { steps } = preprocessing;
  const before = steps.slice(0, -1);
  const fits =
    steps.at(-1)?.step === 'min-max' &&
    before.every(({ step }) => ['clip', 'scale', 'fold', 'downsample'].includes(step));
  if (fits) return { ...preprocessing, steps: before };
  throw new TrainingError({
    code: 'DENOISER',
    what: "the denoiser's preprocessing cannot be taken back",
    where: 'preprocessing of the denoiser',
    got: steps.map(({ step }) => step).join(', '),
    expected: 'clip, scale, fold and downsample, then min-max at the end',
  });
}

/**
 * For each pixel of a raw image the pixel of the prepared one that it goes into: itself, or that of
 * its quarter (`fold`) or block (`downsample`). What a denoiser draws is brought back by it.
 */
export function sourcePixels({ imageShape, steps }: Preprocessing): Int32Array {
  const [rows, cols] = imageShape;
  let width = cols;
  let places = Int32Array.from({ length: rows * cols }, (_, i) => i);
  for (const s of steps) {
    if (s.step !== 'fold' && s.step !== 'downsample') continue;
    const [at, columns] = s.step === 'fold' ? folded(s, width) : averaged(s, width);
    places = places.map((p) => at(Math.floor(p / columns.from), p % columns.from));
    width = columns.width;
  }
  return places;
}

type Place = (row: number, col: number) => number;
interface Widths {
  /** Columns before and after the step. */
  from: number;
  width: number;
}
interface Blocks {
  rows: number;
  cols: number;
}

function folded({ rows, cols }: Blocks, from: number): [Place, Widths] {
  const width = from / 2;
  const quarter = (x: number, size: number) => {
    const within = x % size;
    return Math.floor(x / size) * (size / 2) + Math.min(within, size - 1 - within);
  };
  return [(r, c) => quarter(r, rows) * width + quarter(c, cols), { from, width }];
}

function averaged({ rows, cols }: Blocks, from: number): [Place, Widths] {
  const width = from / cols;
  return [(r, c) => Math.floor(r / rows) * width + Math.floor(c / cols), { from, width }];
}
