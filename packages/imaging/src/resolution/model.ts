import type { ResolutionTable, Spectrometer } from '@spectraloom/instrument';
import type { BlockSettings } from '../convolution/accumulator.js';
import type { ImageFrame } from '../geometry/frame.js';

/** What a resolution model gets to work out one Ei of an image. */
export interface ResolutionRequest {
  readonly machine: Spectrometer;
  readonly frame: ImageFrame;
  /** Where peaks may lie: pixels and slices with a margin. */
  readonly ranges: {
    readonly h: readonly [number, number];
    readonly k: readonly [number, number];
    readonly energyMeV: readonly [number, number];
  };
  /** The outermost pixel centres: what a table given from outside has to cover. */
  readonly centres: {
    readonly h: readonly [number, number];
    readonly k: readonly [number, number];
    readonly energyMeV: readonly [number, number];
  };
  /** Samples and seed, for models that draw. */
  readonly samples: number;
  readonly seed: number;
  /** Covariance table of this Ei, for models that read one. */
  readonly table: ResolutionTable | undefined;
}

/** What the convolution uses of it. */
export type BlockResolution = Pick<BlockSettings, 'table' | 'shapes'>;

/** One file in models/ is one resolution model; `models/index.ts` lists them. */
export interface ResolutionModel {
  readonly name: string;
  readonly description: string;
  prepare(request: ResolutionRequest): BlockResolution;
}
