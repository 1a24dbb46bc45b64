import { SpinWaveError, type ErrorDetail } from '../errors.js';

/**
 * The spin state is not a stable minimum of the energy: H(q) has a negative eigenvalue, or a spin
 * feels a torque. No spectrum exists.
 */
export class UnstableGroundState extends SpinWaveError {
  /** r.l.u. of the chemical lattice; undefined for a torque. */
  readonly q: readonly [number, number, number] | undefined;
  /** Lowest eigenvalue of the (boson) Hamiltonian matrix at q, meV; NaN for a torque. */
  readonly eigenvalueMeV: number;
  /** Index of the site with the worst torque, else undefined. */
  readonly site: number | undefined;

  constructor(
    detail: ErrorDetail,
    fields: {
      q?: readonly [number, number, number];
      eigenvalueMeV?: number;
      site?: number;
    },
  ) {
    super('UNSTABLE_GROUND_STATE', detail);
    this.name = 'UnstableGroundState';
    this.q = fields.q;
    this.eigenvalueMeV = fields.eigenvalueMeV ?? Number.NaN;
    this.site = fields.site;
  }
}
