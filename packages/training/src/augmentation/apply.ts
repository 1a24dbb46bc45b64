import type { Augmentation } from '../batches/prepare.js';
import type { Random } from '../random.js';
import { rotateTiles } from './rotate.js';
import { type AugmentationStep, parseAugmentation } from './spec.js';

/** An image under way: pixels, which of them have a detector, and how it is tiled. */
export interface Canvas {
  image: Float32Array;
  live: Uint8Array;
  cols: number;
  tile: readonly [number, number];
  grid: readonly [number, number];
  energiesMeV: readonly number[];
  /** Factor and summand of each tile that are still to be applied, by `settle`. */
  factor: Float64Array;
  summand: Float64Array;
}

/** Makes the function that `fitClassifier` takes from a declaration. Throws `AUGMENTATION`. */
export function augmentationFrom(input: unknown): Augmentation {
  const spec = parseAugmentation(input);
  const grid = [spec.imageShape[0] / spec.tile[0], spec.imageShape[1] / spec.tile[1]] as const;
  return (image, random) => {
    const canvas: Canvas = {
      image,
      live: nonZero(image),
      cols: spec.imageShape[1],
      tile: spec.tile,
      grid,
      energiesMeV: spec.energiesMeV ?? [],
      factor: new Float64Array(grid[0] * grid[1]).fill(1),
      summand: new Float64Array(grid[0] * grid[1]),
    };
    for (const step of spec.steps) apply(step, canvas, random);
    settle(canvas);
    for (let i = 0; i < image.length; i++) if (canvas.live[i] === 0) image[i] = 0;
  };
}

function apply(step: AugmentationStep, canvas: Canvas, random: Random): void {
  const { factor, summand, grid } = canvas;
  const multiply = (gainOf: (tile: number) => number) => {
    for (let tile = 0; tile < factor.length; tile++) {
      const gain = gainOf(tile);
      factor[tile]! *= gain;
      summand[tile]! *= gain;
    }
  };
  switch (step.step) {
    case 'gain': {
      const gain = random.logUniform(...step.factor);
      return multiply(() => gain);
    }
    case 'damping': {
      const above = random.logUniform(...step.aboveMeV);
      const exponent = Math.log(random.logUniform(...step.factor));
      return multiply((tile) => {
        const x = (canvas.energiesMeV[tile]! - above) / step.widthMeV;
        return Math.exp(exponent / (1 + Math.exp(-4 * x)));
      });
    }
    case 'relative-gain': {
      const perRow = step.per === 'row';
      const count = perRow ? grid[0] : factor.length;
      const gains = Array.from({ length: count }, () => Math.exp(step.spread * random.normal()));
      return multiply((tile) => gains[perRow ? Math.floor(tile / grid[1]) : tile]!);
    }
    case 'background': {
      const level = random.logUniform(...step.level);
      for (let tile = 0; tile < summand.length; tile++) summand[tile]! += level * random.normal();
      return;
    }
    case 'noise':
      settle(canvas);
      return noise(step, canvas, random);
    case 'spikes':
      settle(canvas);
      return spikes(step, canvas, random);
    case 'shift': {
      settle(canvas);
      const range = 2 * step.pixels + 1;
      return moveTiles(canvas, {
        rows: random.below(range) - step.pixels,
        cols: random.below(range) - step.pixels,
      });
    }
    case 'rotate':
      settle(canvas);
      return rotateTiles(canvas, random.uniform(-step.degrees, step.degrees));
    case 'mirror':
      settle(canvas);
      return mirrorTiles(canvas, random.uniform() < step.rows, random.uniform() < step.cols);
    case 'drop-tiles':
      return eachTile(canvas, (first) => {
        if (random.uniform() < step.part) clear(canvas, first, canvas.tile);
      });
    case 'dead-areas':
      return eachTile(canvas, (first) => {
        for (let a = 0; a < step.count; a++) deadArea(canvas, first, step.size, random);
      });
  }
}

/** Applies the factors and summands that have come together, in one pass. */
function settle(canvas: Canvas): void {
  const { image, cols, tile, factor, summand } = canvas;
  if (factor.every((f) => f === 1) && summand.every((s) => s === 0)) return;
  eachTile(canvas, (first, number) => {
    const f = factor[number]!;
    const s = summand[number]!;
    for (let y = 0; y < tile[0]; y++) {
      const row = first + y * cols;
      for (let i = row; i < row + tile[1]; i++) image[i] = image[i]! * f + s;
    }
  });
  factor.fill(1);
  summand.fill(0);
}

function spikes(
  step: Extract<AugmentationStep, { step: 'spikes' }>,
  { image }: Canvas,
  random: Random,
): void {
  const count = Math.round(step.part * image.length);
  for (let n = 0; n < count; n++) {
    image[random.below(image.length)] = random.logUniform(...step.intensity);
  }
}

function nonZero(image: Float32Array): Uint8Array {
  const live = new Uint8Array(image.length);
  for (let i = 0; i < image.length; i++) live[i] = image[i] === 0 ? 0 : 1;
  return live;
}

function noise(
  step: Extract<AugmentationStep, { step: 'noise' }>,
  canvas: Canvas,
  random: Random,
): void {
  const { image, grid } = canvas;
  const constant = random.logUniform(...step.constant);
  const counting = random.logUniform(...step.counting);
  const perRow = Array.from(
    { length: grid[0] },
    () => (constant * Math.exp(step.spread * random.normal())) ** 2,
  );
  const rowPixels = canvas.tile[0] * canvas.cols;
  perRow.forEach((own, row) => {
    for (let i = row * rowPixels, end = i + rowPixels; i < end; i++) {
      if (canvas.live[i] === 0) continue;
      const x = image[i]!;
      image[i] = x + Math.sqrt(own + (x > 0 ? counting * x : 0)) * random.normal();
    }
  });
}

function deadArea(canvas: Canvas, first: number, size: number, random: Random): void {
  const { tile, cols } = canvas;
  const height = Math.min(tile[0], 1 + random.below(size));
  const width = Math.min(tile[1], 1 + random.below(size));
  const top = random.below(tile[0] - height + 1);
  const left = random.below(tile[1] - width + 1);
  clear(canvas, first + top * cols + left, [height, width]);
}

/** Takes the detectors away from a rectangle of pixels. */
function clear(
  { live, cols }: Canvas,
  first: number,
  [height, width]: readonly [number, number],
): void {
  for (let y = 0; y < height; y++) live.fill(0, first + y * cols, first + y * cols + width);
}

/** Calls `visit` with the index of each tile's first pixel and its number. */
function eachTile(
  { cols, tile, grid }: Canvas,
  visit: (first: number, number: number) => void,
): void {
  for (let r = 0; r < grid[0]; r++) {
    for (let c = 0; c < grid[1]; c++) {
      visit(r * tile[0] * cols + c * tile[1], r * grid[1] + c);
    }
  }
}

/** Every tile moved; what comes in from outside has no detector. */
function moveTiles(canvas: Canvas, by: { rows: number; cols: number }): void {
  if (by.rows === 0 && by.cols === 0) return;
  const { cols, tile } = canvas;
  const [height, width] = tile;
  const kept = Math.max(0, width - Math.abs(by.cols));
  const from = Math.max(0, -by.cols);
  const to = Math.max(0, by.cols);
  // Rows are visited such that none is overwritten before it has been moved.
  const order = Array.from({ length: height }, (_, i) => (by.rows > 0 ? height - 1 - i : i));
  for (const values of [canvas.image, canvas.live]) {
    eachTile(canvas, (first) => {
      for (const y of order) {
        const row = first + y * cols;
        const source = first + (y - by.rows) * cols;
        const inside = y - by.rows >= 0 && y - by.rows < height;
        if (inside) values.copyWithin(row + to, source + from, source + from + kept);
        if (!inside) values.fill(0, row, row + width);
        else if (by.cols > 0) values.fill(0, row, row + to);
        else values.fill(0, row + kept, row + width);
      }
    });
  }
}

function mirrorTiles(canvas: Canvas, rows: boolean, cols: boolean): void {
  if (!rows && !cols) return;
  const [height, width] = canvas.tile;
  for (const values of [canvas.image, canvas.live]) {
    eachTile(canvas, (first) => {
      const at = (y: number) => first + y * canvas.cols;
      for (let y = 0; rows && y < height >> 1; y++) {
        const lower = values.slice(at(height - 1 - y), at(height - 1 - y) + width);
        values.copyWithin(at(height - 1 - y), at(y), at(y) + width);
        values.set(lower, at(y));
      }
      for (let y = 0; cols && y < height; y++) values.subarray(at(y), at(y) + width).reverse();
    });
  }
}
