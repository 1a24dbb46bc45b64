import type { BasisSet } from '../basis/basis.js';
import { HartreeFock, type HartreeFockResult } from '../scf/hartreeFock.js';
import { hartreeFockStability, type HartreeFockStability } from '../scf/stability.js';
import { absorptionLines, emissionLines, photoelectronLines } from '../spectra/core.js';
import type { Lines } from '../spectra/lines.js';
import {
  waterAtomicNumbers,
  waterEquilibrium,
  waterPositions,
  type WaterGeometry,
} from './geometry.js';

/** Basis, energy shifts, and when the field has settled. */
export interface WaterOptions {
  /** Default `6-31G`. */
  basis?: string | BasisSet;
  /** Added to every emission energy, eV: one constant for relaxation. Default 0. */
  emissionShiftEv?: number;
  /** Added to every absorption energy, eV. Default 0. */
  absorptionShiftEv?: number;
  /** See HartreeFockOptions. */
  tolerance?: number;
  maxIterations?: number;
}

/** The oxygen core spectra of one water molecule. */
export interface WaterSpectra {
  readonly totalHa: number;
  /** `[orbitals]`. */
  readonly orbitalEnergiesHa: Float64Array;
  /** `[3]`, e a0; y along the bisector, towards the hydrogens. */
  readonly dipoleAu: Float64Array;
  /** 2a1, 1b2, 3a1, 1b1 in order of energy; omega^3 |<1s|r|i>|^2, atomic units. */
  readonly emission: Lines;
  /** Core CIS; oscillator strengths. */
  readonly absorption: Lines;
  /** O 1s; strength 1. */
  readonly photoelectron: Lines;
  readonly iterations: number;
}

/** Computes water again and again in one basis. */
export interface WaterSimulator {
  readonly basisName: string;
  /**
   * @throws XrayError `GEOMETRY_INVALID`, `ATOMS_TOO_CLOSE`; ScfNotConverged
   */
  simulate(geometry: WaterGeometry): WaterSpectra;
}

/**
 * A simulator of water's O K emission, O 1s absorption and photoelectron lines. Every geometry starts
 * from the orbitals of the equilibrium, so that a result depends on its geometry alone.
 * @throws XrayError `BASIS_MISSING`
 */
export function createWaterSimulator(options: WaterOptions = {}): WaterSimulator {
  const { solver, run } = prepared(options);
  return {
    basisName: solver.basis.name,
    simulate: (geometry) => spectraOf(run(geometry), options),
  };
}

/**
 * One geometry, and whether its field is a minimum; for many make one simulator with
 * `createWaterSimulator`, which does not ask.
 */
export function simulateWater(
  geometry: WaterGeometry,
  options: WaterOptions = {},
): WaterSpectra & { readonly stability: HartreeFockStability } {
  const result = prepared(options).run(geometry);
  return { ...spectraOf(result, options), stability: hartreeFockStability(result) };
}

function prepared(options: WaterOptions) {
  const solver = new HartreeFock(waterAtomicNumbers, options);
  const { start } = solver.run(waterPositions(waterEquilibrium));
  return {
    solver,
    run: (geometry: WaterGeometry) => solver.run(waterPositions(geometry), { start }),
  };
}

function spectraOf(
  result: HartreeFockResult,
  { emissionShiftEv = 0, absorptionShiftEv = 0 }: WaterOptions,
): WaterSpectra {
  return {
    totalHa: result.totalHa,
    orbitalEnergiesHa: result.orbitalEnergiesHa,
    dipoleAu: result.dipoleAu,
    emission: emissionLines(result, 0, 1, emissionShiftEv),
    absorption: absorptionLines(result, 0, absorptionShiftEv),
    photoelectron: photoelectronLines(result, 1),
    iterations: result.iterations,
  };
}
