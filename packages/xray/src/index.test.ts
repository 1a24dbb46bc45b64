import { expect, it } from 'vitest';
import * as xray from './index.js';

/** What other packages may use. A change here is a change of the contract between packages. */
const exported = [
  'BOHR_ANGSTROM',
  'BOLTZMANN_HARTREE_PER_K',
  'CLOSEST_BOHR',
  'DIPOLE_AU_DEBYE',
  'HARTREE_EV',
  'HartreeFock',
  'K_SQUARED_EV',
  'ScfNotConverged',
  'XrayError',
  'absorptionLines',
  'atomicNumber',
  'basisNames',
  'broaden',
  'cisSinglets',
  'coreOrbital',
  'createWaterSimulator',
  'describeGeometry',
  'elementSymbol',
  'emissionLines',
  'findBasis',
  'linearGrid',
  'makeMolecule',
  'molecularBasis',
  'nuclearRepulsion',
  'parseBasis',
  'photoelectronLines',
  'sampleWaterGeometries',
  'simulateWater',
  'waterAtomicNumbers',
  'waterCovariance',
  'waterEquilibrium',
  'waterForceField',
  'waterFromNormals',
  'waterPositions',
  'waterWavenumbers',
];

it('exports exactly this', () => {
  expect(Object.keys(xray).sort()).toEqual(exported);
});
