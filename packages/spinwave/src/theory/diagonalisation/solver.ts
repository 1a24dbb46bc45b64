import type { WaveTable } from './waves.js';

/**
 * What every way of solving the quadratic form offers. A solver owns its workspaces; it is made once
 * per model, given parameters, and then called per q without allocation.
 */
export interface ModeSolver {
  readonly nSites: number;
  /** [n, 3], magnetic cells: what a WaveTable for this solver is made of. */
  readonly displacements: Float64Array;
  /** 'general' or the reductions used, for reports and benchmarks. */
  readonly path: string;
  /** p has nParameters + 1 entries, the last is 1. */
  setParameters(p: Float64Array): void;
  /** Size of the matrix elements (meV) for the parameters set: tolerances are relative to it. */
  readonly scaleMeV: number;
  /**
   * Energies (descending) and amplitudes A_ja = <0| S_ja |mode> at wavevector `index` of the table.
   * energies [nSites] from `atEnergy`; amplitudes [nSites, nSites, 3, 2] from `atAmplitude`;
   * without the array, energies only. Returns 0, or the lowest (negative) eigenvalue of H(q) when
   * the state is unstable there.
   */
  solve(
    waves: WaveTable,
    index: number,
    energies: Float64Array,
    atEnergy: number,
    amplitudes?: Float64Array,
    atAmplitude?: number,
  ): number;
  /** Whether H(q) is positive definite beyond doubt (Cholesky alone); cheap. */
  isPositive(waves: WaveTable, index: number): boolean;
  /** Lowest eigenvalue of H(q), meV. */
  lowestEigenvalue(waves: WaveTable, index: number): number;
  /**
   * Where H(-q) = conj H(q) in the solver's frames: their e2, [nSites, 3]; amplitudes at -q are
   * those at q conjugated and reflected, A -> conj(A) - 2 e2 (e2.conj(A)). Else undefined.
   */
  readonly mirrorAxes: Float64Array | undefined;
}

/**
 * Eigenvalues of H(q) down to -NEGATIVE_TOLERANCE * scale count as zero (Goldstone modes within
 * rounding of the input); lower ones mean an unstable state.
 */
export const NEGATIVE_TOLERANCE = 1e-8;

/**
 * A pivot of Cholesky not above PIVOT_TOLERANCE * scale counts as a zero mode. Then H(q) is shifted
 * by REGULARISATION * scale (plus the amount by which rounding made it negative): the energy of a
 * Goldstone mode is then about 1e-6 of the scale instead of 0, its (divergent) intensity finite.
 */
export const PIVOT_TOLERANCE = 1e-13;
export const REGULARISATION = 1e-12;
