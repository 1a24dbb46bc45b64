/** Codes of every error this package throws. */
export type InstrumentErrorCode =
  | 'INSTRUMENT_FILE'
  | 'UNKNOWN_INSTRUMENT'
  | 'UNKNOWN_CHOPPER_PACKAGE'
  | 'BAD_SETTINGS'
  | 'NO_TRANSMISSION'
  | 'ENERGY_ABOVE_EI'
  | 'KINEMATICALLY_CLOSED'
  | 'BAD_ORIENTATION'
  | 'BAD_COVARIANCE'
  | 'BAD_TABLE'
  | 'TABLE_RANGE'
  | 'BAD_MASK';

/** Fields of an error; the command line prints them one a line. */
export interface InstrumentErrorFields {
  readonly what: string;
  readonly where?: string;
  readonly got?: string;
  readonly expected?: string;
  readonly next?: string;
}

/** An error with structured fields; `message` joins them in one line. */
export class InstrumentError extends Error {
  readonly code: InstrumentErrorCode;
  readonly what: string;
  readonly where?: string;
  readonly got?: string;
  readonly expected?: string;
  readonly next?: string;

  constructor(code: InstrumentErrorCode, fields: InstrumentErrorFields) {
    const parts = [fields.what];
    if (fields.where) parts.push(`where: ${fields.where}`);
    if (fields.got) parts.push(`got: ${fields.got}`);
    if (fields.expected) parts.push(`expected: ${fields.expected}`);
    if (fields.next) parts.push(`next: ${fields.next}`);
    super(parts.join('; '));
    this.name = 'InstrumentError';
    this.code = code;
    this.what = fields.what;
    this.where = fields.where;
    this.got = fields.got;
    this.expected = fields.expected;
    this.next = fields.next;
  }
}
