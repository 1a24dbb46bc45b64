/** What, where, got, expected, next step: the fields every error of the project carries. */
export interface ErrorDetail {
  readonly what: string;
  readonly where?: string;
  readonly got?: string;
  readonly expected?: string;
  readonly next?: string;
}

function oneLine(d: ErrorDetail): string {
  const parts = [d.where === undefined ? d.what : `${d.what} (${d.where})`];
  if (d.got !== undefined) parts.push(`got ${d.got}`);
  if (d.expected !== undefined) parts.push(`expected ${d.expected}`);
  if (d.next !== undefined) parts.push(`next: ${d.next}`);
  return parts.join('; ');
}

/** Base of the errors of spin-wave theory. */
export class SpinWaveError extends Error {
  readonly code: string;
  readonly what: string;
  readonly where?: string;
  readonly got?: string;
  readonly expected?: string;
  readonly next?: string;

  constructor(code: string, detail: ErrorDetail) {
    super(oneLine(detail));
    this.name = 'SpinWaveError';
    this.code = code;
    this.what = detail.what;
    if (detail.where !== undefined) this.where = detail.where;
    if (detail.got !== undefined) this.got = detail.got;
    if (detail.expected !== undefined) this.expected = detail.expected;
    if (detail.next !== undefined) this.next = detail.next;
  }
}

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
