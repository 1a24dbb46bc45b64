export {
  createImager,
  type Imager,
  type ImagerInput,
  type ImageTimings,
  type SimulateOptions,
} from './imager.js';
export { parseImageSpec } from './spec/parse.js';
export { imageSpecSchema, type ImageSpec, type ImageSpecInput } from './spec/schema.js';
export { imageLayout, type AxisBins, type ImageLayout, type Tile } from './spec/layout.js';
export { ImagingError, type ImagingErrorCode, type ImagingErrorFields } from './errors.js';
