export { instrumentNames, instrumentText, namedInstrument } from './catalogue/catalogue.js';
export {
  chopperArea,
  chopperHalfBase,
  chopperTransmission,
  chopperVariance,
  fermiChopper,
  type FermiChopper,
} from './chopper/fermi.js';
export { energyPerWavevectorSquared, fwhmPerSigma, speedPerWavevector } from './constants.js';
export { detectorPixels, insideTwoThetaRanges, type DetectorPixels } from './coverage/detectors.js';
export { coverageMask, type TileBins } from './coverage/mask.js';
export { readMaskFile, type MaskArray } from './coverage/maskFile.js';
export {
  covarianceInRlu,
  orientCrystal,
  reciprocalMatrix,
  type CrystalOrientation,
  type LatticeParameters,
  type OrientedCrystal,
} from './crystal.js';
export { InstrumentError, type InstrumentErrorCode, type InstrumentErrorFields } from './errors.js';
export {
  directionOf,
  energyOf,
  finalWavevector,
  forwardScattering,
  momentumTransfer,
  unitVector,
  wavevectorOf,
  type ScatteringDirection,
  type Vector3,
} from './kinematics.js';
export { pulseCumulative, pulseDensity, pulseFwhmPerTau } from './moderator/pulse.js';
export {
  energyWidths,
  resolutionCovariance,
  type Contribution,
  type ResolutionCovariance,
} from './resolution/covariance.js';
export {
  deviateGroups,
  deviateMatrix,
  deviateNames,
  deviateVariances,
  timeBinWidth,
  type ScatteringPoint,
} from './resolution/deviates.js';
export { drawVariables, monteCarloDeviations, sampledVariables } from './resolution/monteCarlo.js';
export {
  halfMaximumEllipse,
  resolutionReport,
  type ResolutionEllipse,
  type ResolutionReport,
} from './resolution/report.js';
export {
  interpolateTable,
  parseResolutionTable,
  type ResolutionTable,
} from './resolution/table.js';
export { chopperQuantile, normalQuantile, pulseQuantile } from './sampling/inverse.js';
export { latticeDimensions, latticePoint, latticeShifts } from './sampling/lattice.js';
export { guideGain } from './spectrometer/guide.js';
export { parseInstrument } from './spectrometer/parse.js';
export {
  instrumentSchema,
  type ChopperPackage,
  type Instrument,
  type TubeBank,
} from './spectrometer/schema.js';
export {
  spectrometer,
  type InstrumentSettings,
  type Sample,
  type Spectrometer,
} from './spectrometer/spectrometer.js';
