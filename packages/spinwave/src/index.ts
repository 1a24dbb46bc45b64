/** Linear spin-wave theory: spin models to modes, S(Q, E), stability and derivatives. */
export { formFactor, formFactorIons } from './crystal/formFactor.js';
export type { Mat3, Vec3 } from './crystal/geometry.js';
export {
  cartesianToFractional,
  cartesianToRlu,
  fractionalToCartesian,
  makeLattice,
  rluToCartesian,
} from './crystal/lattice.js';
export { ModelError, type ModelProblem } from './errors.js';
export { parseSpinModel } from './model/parse.js';
export { modelFileJsonSchema } from './model/schema.js';
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
