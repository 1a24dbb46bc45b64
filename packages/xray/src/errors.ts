/** Stable codes of this package's errors. */
export type XrayErrorCode =
  | 'BASIS_MISSING'
  | 'BASIS_INVALID'
  | 'ELEMENT_UNKNOWN'
  | 'MOLECULE_INVALID'
  | 'MOLECULE_TOO_LARGE'
  | 'ATOMS_TOO_CLOSE'
  | 'ODD_ELECTRONS'
  | 'SCF_NOT_CONVERGED'
  | 'GEOMETRY_INVALID'
  | 'GRID_INVALID'
  | 'GRID_MISMATCH'
  | 'OPTION_INVALID'
  | 'PATH_TABLE_INVALID'
  | 'PATH_TABLE_CUT_SHORT'
  | 'K_OUT_OF_RANGE'
  | 'FIT_FAILED'
  | 'FILE_INVALID';

/** The fields of an error of this package; the message joins them in one line. */
export interface XrayErrorDetails {
  code: XrayErrorCode;
  /** What went wrong. */
  what: string;
  /** The molecule, file, line or option it happened in. */
  where?: string;
  got?: string;
  expected?: string;
  /** What the reader can do about it. */
  next?: string;
  cause?: unknown;
}

/** Every error this package throws on purpose. `code` is stable, the wording is not. */
export class XrayError extends Error {
  readonly code: XrayErrorCode;
  readonly what: string;
  readonly where?: string;
  readonly got?: string;
  readonly expected?: string;
  readonly next?: string;

  constructor(details: XrayErrorDetails) {
    const { code, what, where, got, expected, next, cause } = details;
    const parts = [where ? `${where}: ${what}` : what];
    if (got !== undefined) parts.push(`got: ${got}`);
    if (expected !== undefined) parts.push(`expected: ${expected}`);
    if (next !== undefined) parts.push(`next: ${next}`);
    super(parts.join('; '), cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.code = code;
    this.what = what;
    if (where !== undefined) this.where = where;
    if (got !== undefined) this.got = got;
    if (expected !== undefined) this.expected = expected;
    if (next !== undefined) this.next = next;
  }
}

/**
 * The self-consistent field did not settle. Code `SCF_NOT_CONVERGED`; `where` names the geometry.
 * Callers that work through many structures reject the row and count it.
 */
export class ScfNotConverged extends XrayError {
  constructor(details: Omit<XrayErrorDetails, 'code'>) {
    super({ code: 'SCF_NOT_CONVERGED', ...details });
  }
}
