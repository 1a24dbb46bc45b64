import type { Augmentation } from '../batches/prepare.js';
import type { Random } from '../random.js';
import { rotateTiles } from './rotate.js';
import { type AugmentationStep, parseAugmentation } from './spec.js';

/** An image under way: pixels, exactly 0 where there is no detector, and how it is tiled. */
export interface Canvas {
  image: Float32Array;
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
      cols: spec.imageShape[1],
      tile: spec.tile,
      grid,
      energiesMeV: spec.energiesMeV ?? [],
      factor: new Float64Array(grid[0] * grid[1]).fill(1),
      summand: new Float64Array(grid[0] * grid[1]),
    };
    for (const step of spec.steps) apply(step, canvas, random);
    settle(canvas);
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
  const { image, cols, tile, grid, factor, summand } = canvas;
  if (factor.every((f) => f === 1) && summand.every((s) => s === 0)) return;
  const [height, width] = tile;
  for (let y = 0, i = 0; y < grid[0] * height; y++) {
    const row = Math.floor(y / height) * grid[1];
    for (let t = row; t < row + cols / width; t++) {
      const [f, s] = [factor[t]!, summand[t]!];
      for (const end = i + width; i < end; i++) {
        const x = image[i]!;
        if (x !== 0) image[i] = x * f + s;
      }
    }
  }
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
    const at = random.below(image.length);
    const intensity = random.logUniform(...step.intensity);
    if (image[at] !== 0) image[at] = intensity;
  }
}

/** Adds noise, and applies what `settle` would in the same pass. */
function noise(
  step: Extract<AugmentationStep, { step: 'noise' }>,
  canvas: Canvas,
  random: Random,
): void {
  const { image, tile, grid, factor, summand } = canvas;
  const constant = random.logUniform(...step.constant);
  const counting = random.logUniform(...step.counting);
  const variances = Array.from(
    { length: grid[0] },
    () => (constant * Math.exp(step.spread * random.normal())) ** 2,
  );
  const [height, width] = tile;
  const deviates = new Float32Array(Math.max(4096, width));
  let next = deviates.length;
  for (let y = 0, i = 0; y < grid[0] * height; y++) {
    const row = Math.floor(y / height);
    const own = variances[row]!;
    for (let c = 0; c < grid[1]; c++) {
      const f = factor[row * grid[1] + c]!;
      const s = summand[row * grid[1] + c]!;
      // Within a tile no deviates are fetched: there are enough for its row of pixels.
      if (next + width > deviates.length) {
        random.normals(deviates);
        next = 0;
      }
      for (const end = i + width; i < end; i++) {
        const x = image[i]!;
        if (x === 0) continue;
        const mean = x * f + s;
        // max(mean, 0) without a branch.
        const counts = 0.5 * (mean + Math.abs(mean));
        image[i] = mean + Math.sqrt(own + counting * counts) * deviates[next++]!;
      }
    }
  }
  factor.fill(1);
  summand.fill(0);
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
  { image, cols }: Canvas,
  first: number,
  [height, width]: readonly [number, number],
): void {
  for (let y = 0; y < height; y++) image.fill(0, first + y * cols, first + y * cols + width);
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
  const { image } = canvas;
  eachTile(canvas, (first) => {
    for (const y of order) {
      const row = first + y * cols;
      const source = first + (y - by.rows) * cols;
      const inside = y - by.rows >= 0 && y - by.rows < height;
      if (inside) image.copyWithin(row + to, source + from, source + from + kept);
      if (!inside) image.fill(0, row, row + width);
      else if (by.cols > 0) image.fill(0, row, row + to);
      else image.fill(0, row + kept, row + width);
    }
  });
}

function mirrorTiles(canvas: Canvas, rows: boolean, cols: boolean): void {
  if (!rows && !cols) return;
  const [height, width] = canvas.tile;
  const { image } = canvas;
  eachTile(canvas, (first) => {
    const at = (y: number) => first + y * canvas.cols;
    for (let y = 0; rows && y < height >> 1; y++) {
      const lower = image.slice(at(height - 1 - y), at(height - 1 - y) + width);
      image.copyWithin(at(height - 1 - y), at(y), at(y) + width);
      image.set(lower, at(y));
    }
    for (let y = 0; cols && y < height; y++) image.subarray(at(y), at(y) + width).reverse();
  });
}
