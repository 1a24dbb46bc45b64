/** Linear spin-wave theory: spin models to modes, S(Q, E), stability and derivatives. */
export type * from './model/types.js';
export { UnstableGroundState } from './theory/errors.js';
export type { SpinWaveModes } from './theory/modes.js';
export { prepare, type PreparedModel, type PrepareOptions } from './theory/prepare.js';
export {
  checkStability,
  classicalEnergy,
  TORQUE_TOLERANCE,
  type Stability,
  type StabilityOptions,
} from './theory/stability.js';
