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
export { type Batch, type BatchRequest, type BatchSource } from './batches/source.js';
export {
  type Checkpoint,
  type CheckpointContent,
  loadCheckpoint,
  saveCheckpoint,
} from './checkpoint/checkpoint.js';
export { checkpointFormat, type CheckpointHeader } from './checkpoint/header.js';
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
  type ClassificationMetrics,
  classificationMetrics,
  type ClassMetrics,
  type ReliabilityBin,
} from './metrics/classification.js';
export { Random } from './random.js';
