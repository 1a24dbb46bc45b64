import type { ResolutionModel } from '../model.js';
import { covariance } from './covariance.js';
import { monteCarlo } from './monteCarlo.js';
import { none } from './none.js';
import { table } from './table.js';

/** Every resolution model by name. */
export const resolutionModels = { monteCarlo, covariance, table, none } as const satisfies Record<
  string,
  ResolutionModel
>;

/** A way to take the resolution into account, by its name in `resolution` of an image. */
export type ResolutionName = keyof typeof resolutionModels;
