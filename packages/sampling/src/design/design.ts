import type { PhiloxKey } from '../random/philox.js';
import { latinHypercube } from './latin-hypercube.js';
import { randomDesign } from './random.js';
import { sobol } from './sobol.js';

/** How points of the unit cube are laid out. */
export type DesignKind = 'random' | 'sobol' | 'latin-hypercube';

/** The designs there are, as `design` of a plan names them. */
export const designKinds: readonly DesignKind[] = ['random', 'sobol', 'latin-hypercube'];

/**
 * A sequence of points of the open unit cube, each to be had alone.
 * @param index 0 .. 2^32 - 1
 * @param out `[dimensions]`
 */
export type Design = (index: number, out: Float64Array) => void;

/**
 * A seeded design.
 * @param blockSize points of one Latin hypercube; the other designs do not need it
 */
export function createDesign(
  kind: DesignKind,
  key: PhiloxKey,
  dimensions: number,
  blockSize: number,
): Design {
  switch (kind) {
    case 'random':
      return randomDesign(key, dimensions);
    case 'sobol':
      return sobol(key, dimensions);
    case 'latin-hypercube':
      return latinHypercube(key, dimensions, blockSize);
  }
}
