import type { SpinModel } from '@spectraloom/spinwave';
import type { ImageFrame } from '../geometry/frame.js';
import type { ImageSpec } from '../spec/schema.js';

/** What both paths need. */
export interface PathInput {
  readonly model: SpinModel;
  readonly frame: ImageFrame;
  readonly spec: ImageSpec;
  readonly nModes: number;
  /** Image units beyond the pixels that peaks may come from. */
  readonly margin: readonly [number, number];
  /** Largest |Q|, Å^-1. */
  readonly qMax: number;
  readonly intrinsicVariance: number;
  readonly thermalEnergyMeV: number;
}
