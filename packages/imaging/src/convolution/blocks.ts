import type { BlockAccumulator } from './accumulator.js';

/** One Ei of the image, as the convolution sees it. */
export interface ConvolutionBlock {
  readonly eiMeV: number;
  /** Modes outside this range reach no slice. */
  readonly energyRangeMeV: readonly [number, number];
  /** Modes closer than this are taken together, with their spread added to the variance. */
  readonly mergeMeV: number;
  /** Largest extent of a cell in h and k; a single grid step may be larger. */
  readonly largestCell: readonly [number, number];
  readonly accumulator: BlockAccumulator;
}

/** Intensities below this (per magnetic cell) are left out; 1e-6 of a typical mode. */
export const negligible = 1e-6;

/** How many grid steps a cell of a block may span along a step of the grid, [dh, dk]. */
export function cellStride(
  [h, k]: readonly [number, number],
  { largestCell: [cellH, cellK] }: ConvolutionBlock,
): number {
  const steps = Math.min(cellH / Math.abs(h || 1e-12), cellK / Math.abs(k || 1e-12));
  return Math.max(1, Math.floor(steps));
}
