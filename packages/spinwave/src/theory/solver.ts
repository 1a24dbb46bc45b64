/**
 * What every way of solving the quadratic form offers. A solver owns its workspaces; it is made once
 * per model, given parameters, and then called per q without allocation.
 */
export interface ModeSolver {
  readonly nSites: number;
  /** 'general' or the reductions used, for reports and benchmarks. */
  readonly path: string;
  /** p has nParameters + 1 entries, the last is 1. */
  setParameters(p: Float64Array): void;
  /** Size of the matrix elements (meV) for the parameters set: tolerances are relative to it. */
  readonly scaleMeV: number;
  /**
   * Energies (descending) and amplitudes A_ja = <0| S_ja |mode> at the q whose phases start at
   * `at` of (cos, sin). energies [nSites] from `atEnergy`; amplitudes [nSites, nSites, 3, 2] from
   * `atAmplitude`; without the array, energies only. Returns 0, or the lowest (negative)
   * eigenvalue of H(q) when the state is unstable there.
   */
  solve(
    cos: Float64Array,
    sin: Float64Array,
    at: number,
    energies: Float64Array,
    atEnergy: number,
    amplitudes?: Float64Array,
    atAmplitude?: number,
  ): number;
  /** Whether H(q) is positive definite beyond doubt (Cholesky alone); cheap. */
  isPositive(cos: Float64Array, sin: Float64Array, at: number): boolean;
  /** Lowest eigenvalue of H(q), meV. */
  lowestEigenvalue(cos: Float64Array, sin: Float64Array, at: number): number;
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
