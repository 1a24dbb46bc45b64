export { type Matrix, type MatrixLike, toMatrix, toRows } from './data/matrix.js';
export {
  defaultSplit,
  type Samples,
  type SamplesLike,
  splitSamples,
  type TrainingSamples,
} from './data/samples.js';
export { coveredVariance } from './data/coveredVariance.js';
export type { SpectrumScaling } from './data/scaling.js';
export { type ActivationName, activationNames } from './mlp/activation.js';
export type { EpochLoss, FitControl, TrainingInput } from './mlp/train.js';
export {
  Interpreter,
  type InterpreterParts,
  type MethodName,
  methodNames,
  type Score,
} from './methods/interpreter.js';
export { fitInterpreter, type MethodOptions } from './methods/fit.js';
export { searchEmulator, type SearchOptions, type Trial } from './methods/searchEmulator.js';
export {
  basisIntervals,
  type Ensemble,
  ensembleOf,
  fitEnsemble,
  type Interval,
  type ReadBack,
  readBack,
} from './readback/ensemble.js';
export type { InverseOptions } from './readback/inverse.js';
export { type Sensitivity, sensitivity } from './landscape/sensitivity.js';
export { axisOver, type Slice, slice, type SliceAxis } from './landscape/slices.js';
export { isosurface, type Isosurface } from './landscape/isosurface.js';
export { loadInterpreter, type SavedInterpreter, saveInterpreter } from './save.js';
