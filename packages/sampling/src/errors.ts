/** What can go wrong in this package; the `code` of every error it throws. */
export type PlanErrorCode =
  /** A plan's specification does not hold: a prior, a name, a number of rows. */
  | 'PLAN_INVALID'
  /** So few draws are accepted that the plan would not end. */
  | 'ACCEPTANCE_TOO_LOW'
  /** A plan's content does not match its planId: it was altered. */
  | 'PLAN_ALTERED'
  /** A row, split or position that does not exist. */
  | 'ROW_OUT_OF_RANGE'
  /** Drawing was cancelled. */
  | 'CANCELLED';

/** The parts of a message; `what` is a whole sentence without its full stop. */
export interface PlanErrorParts {
  readonly code: PlanErrorCode;
  readonly what: string;
  readonly where?: string;
  readonly got?: string;
  readonly expected?: string;
  readonly next?: string;
}

/** An error of this package: what, where, got, expected, next step, joined in one line. */
export class PlanError extends Error {
  readonly code: PlanErrorCode;
  readonly what: string;
  readonly where?: string;
  readonly got?: string;
  readonly expected?: string;
  readonly next?: string;

  constructor(parts: PlanErrorParts, options?: { cause?: unknown }) {
    const named = (['where', 'got', 'expected', 'next'] as const)
      .filter((key) => parts[key] !== undefined)
      .map((key) => `${key}: ${parts[key]}`);
    super([parts.what, ...named].join('; '), options);
    this.name = 'PlanError';
    this.code = parts.code;
    this.what = parts.what;
    this.where = parts.where;
    this.got = parts.got;
    this.expected = parts.expected;
    this.next = parts.next;
  }
}
