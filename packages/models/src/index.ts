export {
  buildNetwork,
  defaultPreprocessing,
  networkHead,
  networkKind,
  type NetworkName,
  networkNames,
  type NetworkOptions,
  parameterCount,
} from './build.js';
export { decodeLatents } from './ins/decode.js';
export { NetworkError, type NetworkErrorDetails } from './errors.js';
export { seedFor } from './layers/seeds.js';
export { type Head, type Network, type NetworkKind } from './network.js';
export { preprocessBatch, preprocessImage } from './preprocessing/apply.js';
export {
  parsePreprocessing,
  preprocessedShape,
  type Preprocessing,
  type PreprocessingInput,
  preprocessingSchema,
  type PreprocessingStep,
} from './preprocessing/spec.js';
export { copyWeights, readWeights, type Weight, weightsOf, writeWeights } from './weights.js';
