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
export {
  findSpaceGroup,
  spaceGroupOperations,
  type SpaceGroupSetting,
} from './crystal/spaceGroup.js';
export { formatXyz, parseXyz, type SymmetryOperation } from './crystal/symmetryOperation.js';
export { ModelError, SpinWaveError, type ErrorDetail, type ModelProblem } from './errors.js';
export {
  ClassicalHamiltonian,
  directionsOf,
  withDirections,
} from './groundstate/classicalHamiltonian.js';
export {
  luttingerTisza,
  type LuttingerTisza,
  type LuttingerTiszaOptions,
} from './groundstate/luttingerTisza.js';
export { relax, type GroundState, type RelaxOptions } from './groundstate/relax.js';
export {
  checkModel,
  type CheckOptions,
  type ModelReport,
  type RuleReport,
  type ShellReport,
  type SiteReport,
} from './model/check.js';
export { formatReport } from './model/formatReport.js';
export { parseSpinModel } from './model/parse.js';
export { modelFileJsonSchema } from './model/schema.js';
export type * from './model/types.js';
export { plotModel, type PlotOptions } from './plot/plotModel.js';
export { boseLoss, boseOccupation } from './theory/intensities/bose.js';
export {
  spectrumDerivatives,
  type DerivativeOptions,
  type SpectrumDerivatives,
} from './theory/derivatives/derivatives.js';
export { UnstableGroundState } from './theory/errors.js';
export type { Conventions } from './theory/hamiltonian/expansion.js';
export {
  fisherInformation,
  intensityGradient,
  type FisherOptions,
  type IntensityGradient,
} from './theory/derivatives/fisher.js';
export {
  intensityMap,
  powderMap,
  sphereDirections,
  type PowderOptions,
} from './theory/intensities/intensityMap.js';
export {
  gaussianKernel,
  lorentzianKernel,
  type EnergyKernel,
} from './theory/intensities/kernels.js';
export type { SpinWaveModes } from './theory/modes.js';
export { prepare, type PreparedModel, type PrepareOptions } from './theory/prepare.js';
export type { ProbeOptions } from './theory/intensities/probe.js';
export { spectrum, type Spectrum, type SpectrumOptions } from './theory/intensities/spectrum.js';
export {
  checkStability,
  classicalEnergy,
  TORQUE_TOLERANCE,
  type Stability,
  type StabilityOptions,
} from './theory/stability.js';
export {
  BOHR_MAGNETON_MEV_PER_T,
  BOLTZMANN_MEV_PER_K,
  DIPOLE_SCALE_MEV_A3,
} from './theory/units.js';
export {
  zeroPoint,
  type ZeroPoint,
  type ZeroPointOptions,
} from './theory/intensities/zeroPoint.js';
