export { selectBackend } from './backend/select.js';
export {
  type Backend,
  type BackendName,
  backendNames,
  type PassedOver,
  type SelectBackendOptions,
} from './backend/types.js';
export { BackendUnavailable, ComputeError, type ComputeErrorDetails } from './errors.js';
