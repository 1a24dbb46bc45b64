export { howToGet } from './backend/advice.js';
export { type DeviceMemory, deviceMemory } from './backend/device-memory.js';
export { selectBackend } from './backend/select.js';
export {
  type Backend,
  type BackendName,
  backendNames,
  type PassedOver,
  type SelectBackendOptions,
} from './backend/types.js';
export {
  BackendUnavailable,
  ComputeError,
  type ComputeErrorDetails,
  DeviceLost,
  OutOfMemory,
} from './errors.js';
export { softmaxCrossEntropy } from './losses/softmax-cross-entropy.js';
export { type KnownGap, knownGaps } from './suite/gaps.js';
export { runDeviceSuite, type SuiteOptions, type SuiteResult } from './suite/run.js';
