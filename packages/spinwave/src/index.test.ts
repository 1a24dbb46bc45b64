import { expect, it } from 'vitest';
import * as spinwave from './index.js';

/** What other packages may use. A change here is a change of the contract between packages. */
const exported = [
  'BOHR_MAGNETON_MEV_PER_T',
  'BOLTZMANN_MEV_PER_K',
  'ClassicalHamiltonian',
  'DIPOLE_SCALE_MEV_A3',
  'ModelError',
  'SpinWaveError',
  'TORQUE_TOLERANCE',
  'UnstableGroundState',
  'boseLoss',
  'boseOccupation',
  'cartesianToFractional',
  'cartesianToRlu',
  'checkModel',
  'checkStability',
  'classicalEnergy',
  'directionsOf',
  'findSpaceGroup',
  'fisherInformation',
  'formFactor',
  'formFactorIons',
  'formatReport',
  'formatXyz',
  'fractionalToCartesian',
  'gaussianKernel',
  'intensityGradient',
  'intensityMap',
  'lorentzianKernel',
  'luttingerTisza',
  'makeLattice',
  'modelFileJsonSchema',
  'parseSpinModel',
  'parseXyz',
  'plotModel',
  'powderMap',
  'prepare',
  'relax',
  'rluToCartesian',
  'spaceGroupOperations',
  'spectrum',
  'spectrumDerivatives',
  'sphereDirections',
  'withDirections',
  'zeroPoint',
];

it('exports exactly this', () => {
  expect(Object.keys(spinwave).sort()).toEqual(exported);
});
