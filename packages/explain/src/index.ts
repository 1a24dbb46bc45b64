export {
  type IntegratedGradients,
  integratedGradients,
  type IntegratedGradientsOptions,
} from './attribution/integrated-gradients.js';
export {
  meanOcclusion,
  type MeanOcclusion,
  type MeanOcclusionOptions,
} from './attribution/mean-occlusion.js';
export {
  type Cover,
  type Occlusion,
  occlusion,
  type OcclusionOptions,
} from './attribution/occlusion.js';
export { type Codes, codesOf, type CodesAndOutputs } from './codes/codes.js';
export { embedding, type EmbeddingOptions } from './codes/embedding.js';
export { ExplainError, type ExplainErrorDetails } from './errors.js';
export { pullBack } from './image/pull-back.js';
export { resizeBilinear, resizeTiles } from './image/resize.js';
export { type TileMeans, tileMeans } from './image/tiles.js';
export {
  activationMap,
  type ActivationMap,
  type MapMethod,
  type MapOptions,
} from './maps/activation-map.js';
export {
  type Discrimination,
  discrimination,
  type DiscriminationOptions,
  PixelMoments,
} from './physics/discrimination.js';
export {
  type Curve,
  type CurveOptions,
  type DeletionInsertion,
  deletionInsertion,
} from './sanity/curves.js';
export { type Cascade, type CascadeStep, randomisedWeights } from './sanity/randomised.js';
export {
  compareTiles,
  type RankedTile,
  rankTiles,
  type TileAgreement,
  type TileEnergy,
} from './statistics/compare-tiles.js';
export { rankCorrelation, ranks } from './statistics/rank.js';
export {
  activationView,
  type ActivationView,
  filterView,
  type FilterView,
} from './views/filters.js';
export { type MaximalInput, maximise, type MaximiseOptions } from './views/maximise.js';
