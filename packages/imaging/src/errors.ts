/** Codes of every error this package throws. */
export type ImagingErrorCode =
  | 'IMAGE_SPEC'
  | 'FRAME'
  | 'RESOLUTION'
  | 'MASK_SHAPE'
  | 'SPECTRA'
  | 'NO_PIXELS'
  | 'NOT_FINITE'
  | 'EXPERIMENT'
  | 'OUTLIERS'
  | 'COMPARE';

/** Fields of an error; the command line prints them one a line. */
export interface ImagingErrorFields {
  readonly what: string;
  readonly where?: string;
  readonly got?: string;
  readonly expected?: string;
  readonly next?: string;
}

/** An error with structured fields; `message` joins them in one line. */
export class ImagingError extends Error {
  readonly code: ImagingErrorCode;
  readonly what: string;
  readonly where?: string;
  readonly got?: string;
  readonly expected?: string;
  readonly next?: string;

  constructor(code: ImagingErrorCode, fields: ImagingErrorFields) {
    const parts = [fields.what];
    if (fields.where) parts.push(`where: ${fields.where}`);
    if (fields.got) parts.push(`got: ${fields.got}`);
    if (fields.expected) parts.push(`expected: ${fields.expected}`);
    if (fields.next) parts.push(`next: ${fields.next}`);
    super(parts.join('; '));
    this.name = 'ImagingError';
    this.code = code;
    this.what = fields.what;
    this.where = fields.where;
    this.got = fields.got;
    this.expected = fields.expected;
    this.next = fields.next;
  }
}
