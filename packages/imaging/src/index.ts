/** Spin-wave spectra and instrument resolution to pixels. */
export { correlation, inTile, measurementCorrelation, mirrorK } from './compare.js';
export { ImagingError, type ImagingErrorCode, type ImagingErrorFields } from './errors.js';
export { applyExperiment } from './experiment/apply.js';
export { applyStep, type ExperimentContext } from './experiment/models.js';
export {
  drawExperiment,
  experimentPriorSchema,
  type DrawnNumber,
  type ExperimentPrior,
} from './experiment/priors.js';
export {
  experimentModels,
  experimentSchema,
  experimentStepSchema,
  type ExperimentStep,
  type ExperimentStepInput,
  type ExperimentValue,
} from './experiment/schema.js';
export { imageFrame, momentumOf, type ImageFrame } from './geometry/frame.js';
export type { PixelCentres } from './geometry/pixelCentres.js';
export {
  createImager,
  spectrometersOf,
  type Imager,
  type ImagerInput,
  type ImageTimings,
  type SimulateOptions,
} from './imager.js';
export { imageMask } from './imageMask.js';
export { imagerFromJob, type ImagerJob, type ImagerWithModel } from './job.js';
export {
  type NormalisationKind,
  normalisationKinds,
  otherNormalisation,
  pureBackground,
} from './outliers/intensities.js';
export { wrongMask, type WrongMaskKind, wrongMaskKinds } from './outliers/masks.js';
export { shuffledTiles, stitchedBlocks } from './outliers/rearranged.js';
export { keepUnstable } from './outliers/unstable.js';
export { Random } from './random/xoshiro.js';
export { covarianceAt } from './resolution/covarianceTable.js';
export type { ResolutionModel, ResolutionRequest } from './resolution/model.js';
export { resolutionModels, type ResolutionName } from './resolution/models/index.js';
export { imageLayout, type AxisBins, type ImageLayout, type Tile } from './spec/layout.js';
export { parseImageSpec } from './spec/parse.js';
export { imageSpecSchema, type ImageSpec, type ImageSpecInput } from './spec/schema.js';
export { imageWavevectors } from './spectra/wavevectors.js';
