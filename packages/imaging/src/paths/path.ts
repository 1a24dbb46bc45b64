import type { SpinWaveModes } from '@spectraloom/spinwave';
import type { ConvolutionBlock } from '../convolution/blocks.js';

/** A grid of wavevectors and what to do with the modes on it. */
export interface GridPass {
  /** [nQ, 3], r.l.u. of the chemical lattice. */
  readonly q: Float64Array;
  /** Adds the modes of all twins to the accumulators of the blocks. */
  convolve(modes: SpinWaveModes, blocks: readonly ConvolutionBlock[]): void;
}

/** Makes a pass for an offset of the grid (fractions of a step) and a density over the default. */
export type ImagePath = (offset: readonly [number, number], finer: number) => GridPass;
