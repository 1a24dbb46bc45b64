export { augmentationFrom } from './augmentation/apply.js';
export {
  augmentationSchema,
  type AugmentationInput,
  type AugmentationSpec,
  type AugmentationStep,
  parseAugmentation,
} from './augmentation/spec.js';
export { memorySource, loadIntoMemory } from './batches/memory.js';
export { type Augmentation } from './batches/prepare.js';
export {
  conformalPValue,
  conformalQuantile,
  conformalSet,
  type ConformalSets,
  fitConformal,
} from './calibration/conformal.js';
export { fitTemperature } from './calibration/temperature.js';
export { type Batch, type BatchRequest, type BatchSource } from './batches/source.js';
export {
  type Checkpoint,
  type CheckpointContent,
  loadCheckpoint,
  saveCheckpoint,
} from './checkpoint/checkpoint.js';
export { checkpointFormat, type CheckpointHeader } from './checkpoint/header.js';
export {
  type DenoiserEpoch,
  type DenoiserOptions,
  type DenoiserResult,
  fitDenoiser,
} from './denoise/fit-denoiser.js';
export { cleanImages, type Cleaned, denoiserMethod } from './denoise/method.js';
export {
  type DenoiserSettings,
  type DenoiserSettingsInput,
  denoiserSettingsSchema,
  parseDenoiserSettings,
} from './denoise/options.js';
export { TrainingError, type TrainingErrorDetails } from './errors.js';
export {
  type EvaluateOptions,
  evaluate,
  type Evaluation,
  type Prediction,
  predict,
} from './evaluate.js';
export { bestCheckpointName, lastCheckpointName } from './fit/checkpoints.js';
export { type BestSoFar } from './fit/early-stopping.js';
export {
  type BatchProgress,
  type EpochRecord,
  fitClassifier,
  type FitOptions,
  type FitResult,
} from './fit/fit.js';
export {
  type FitSettings,
  type FitSettingsInput,
  fitSettingsSchema,
  parseFitSettings,
} from './fit/options.js';
export {
  type CalibrationError,
  calibrationError,
  type CalibrationErrorOptions,
} from './metrics/calibration-error.js';
export {
  type ClassificationMetrics,
  classificationMetrics,
  type ClassMetrics,
  type ReliabilityBin,
} from './metrics/classification.js';
export { auprc, auroc, rejectionCurve, type RejectionPoint } from './metrics/ranking.js';
export { Random } from './random.js';
export {
  type LoadedMethod,
  type LoadedUncertainty,
  loadUncertainty,
  saveUncertainty,
  type StoredMethod,
  type StoredNetwork,
  uncertaintyName,
} from './uncertainty/file.js';
export {
  type ClassGaussians,
  fitGaussians,
  logDensities,
  squaredDistances,
} from './uncertainty/gaussians.js';
export { type LengthScaleTrial, searchLengthScale } from './uncertainty/length-scale.js';
export {
  type PassOptions,
  predictSource,
  type SourceOutput,
  type UncertaintyMethod,
  type UncertaintyOutput,
} from './uncertainty/method.js';
export {
  dduMethod,
  duqMethod,
  ensembleMethod,
  fitDdu,
  softmaxMethod,
  type TrainedNetwork,
} from './uncertainty/networks.js';
export { type FitSubspaceOptions, fitSubspace } from './uncertainty/subspace/fit.js';
export { subspaceMethod, subspaceScorer, type Unlikeness } from './uncertainty/subspace/method.js';
export { type Subspace, subspaceSchema } from './uncertainty/subspace/model.js';
export {
  calibrate,
  calibratedProbabilities,
  type CalibrateOptions,
  type Calibration,
  outsideVerdict,
  type PartVerdict,
  type Verdict,
  verdicts,
} from './uncertainty/verdict.js';
