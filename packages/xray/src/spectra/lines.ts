/** A stick spectrum. */
export interface Lines {
  /** `[lines]`, eV. */
  readonly energiesEv: Float64Array;
  /** `[lines]`; the unit is said where the lines are made. */
  readonly strengths: Float64Array;
}
