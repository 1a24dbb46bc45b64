/** Structures to X-ray spectra: Hartree-Fock of small molecules, EXAFS path sums, descriptors. */
export {
  basisNames,
  findBasis,
  molecularBasis,
  type BasisSet,
  type MolecularBasis,
  type Shell,
} from './basis/basis.js';
export { parseBasis } from './basis/parseBasis.js';
export {
  BOHR_ANGSTROM,
  BOLTZMANN_HARTREE_PER_K,
  DIPOLE_AU_DEBYE,
  HARTREE_EV,
  K_SQUARED_EV,
} from './constants.js';
export { ScfNotConverged, XrayError, type XrayErrorCode, type XrayErrorDetails } from './errors.js';
export { atomicNumber, elementSymbol } from './molecule/elements.js';
export {
  CLOSEST_BOHR,
  describeGeometry,
  makeMolecule,
  nuclearRepulsion,
  type Molecule,
  type MoleculeOptions,
} from './molecule/molecule.js';
export {
  HartreeFock,
  type HartreeFockOptions,
  type HartreeFockResult,
  type RunOptions,
} from './scf/hartreeFock.js';
export { broaden, linearGrid, type BroadenOptions } from './spectra/broaden.js';
export { hartreeFockStability, type HartreeFockStability } from './scf/stability.js';
export { cisSinglets, type ConfigurationInteraction } from './spectra/cis.js';
export { absorptionLines, coreOrbital, emissionLines, photoelectronLines } from './spectra/core.js';
export type { Lines } from './spectra/lines.js';
export {
  sampleWaterGeometries,
  waterCovariance,
  waterForceField,
  waterFromNormals,
  waterWavenumbers,
  type SamplingOptions,
} from './water/forceField.js';
export {
  waterAtomicNumbers,
  waterEquilibrium,
  waterPositions,
  type WaterGeometry,
} from './water/geometry.js';
export {
  createWaterSimulator,
  simulateWater,
  type WaterOptions,
  type WaterSimulator,
  type WaterSpectra,
} from './water/simulate.js';
export { parseNumberCsv, type NumberTable } from './data/csv.js';
export { parseXyzFrames, type XyzFrame } from './data/xyz.js';
export {
  coulombMatrix,
  coulombVector,
  type CoulombMatrixOptions,
} from './descriptors/coulombMatrix.js';
export {
  describeStructures,
  parseCoordinates,
  parseNeighbours,
  type Absorber,
  type DescribedStructures,
  type DescriptorSpec,
} from './descriptors/describe.js';
export {
  allDistances,
  internalCoordinates,
  neighbourDistances,
  type InternalCoordinate,
} from './descriptors/internal.js';
export {
  cutoff,
  symmetryFunctions,
  type AngularFunction,
  type RadialFunction,
  type SymmetryFunction,
} from './descriptors/symmetryFunctions.js';
export { einsteinSigma2, ScatteringPath, sumPaths, type PathParameters } from './exafs/chi.js';
export {
  amplitudeReduction,
  parseChi,
  parseColumns,
  type ChiOfK,
  type Columns,
} from './exafs/columns.js';
export { parseFeffPath, type FeffPath, type PathLeg } from './exafs/feffPath.js';
export {
  fitShell,
  shellParameters,
  type ShellFit,
  type ShellFitOptions,
  type ShellParameter,
} from './exafs/fit.js';
export { FourierTransform, hanningWindow, type TransformOptions } from './exafs/fourier.js';
export { CubicSpline } from './exafs/spline.js';
export {
  cutRegion,
  makeTargets,
  peakMoments,
  regionsOfInterest,
  resampleSpectrum,
  type PeakMoments,
  type Region,
  type Targets,
  type TargetSpec,
} from './targets/targets.js';
export { symmetricEigen } from './linalg/symmetricEigen.js';
