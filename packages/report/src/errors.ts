/** What can go wrong in this package; the `code` of every error it throws. */
export type ReportErrorCode =
  /** What a report is to be made of does not fit together: a length, a class name, a number. */
  | 'REPORT_DATA_INVALID'
  /** An image, a layout or an option of a picture is not usable. */
  | 'PICTURE_INVALID'
  /** The page would be larger than a page may be. */
  | 'REPORT_TOO_LARGE'
  /** The rasteriser or its font is not installed as it should be. */
  | 'RASTERISER_MISSING';

/** The parts of a message; `what` is a whole sentence without its full stop. */
export interface ReportErrorParts {
  readonly code: ReportErrorCode;
  readonly what: string;
  readonly where?: string;
  readonly got?: string;
  readonly expected?: string;
  readonly next?: string;
}

/** An error of this package: what, where, got, expected, next step, joined in one line. */
export class ReportError extends Error {
  readonly code: ReportErrorCode;
  readonly what: string;
  readonly where?: string;
  readonly got?: string;
  readonly expected?: string;
  readonly next?: string;

  constructor(parts: ReportErrorParts, options?: { cause?: unknown }) {
    const named = (['where', 'got', 'expected', 'next'] as const)
      .filter((key) => parts[key] !== undefined)
      .map((key) => `${key}: ${parts[key]}`);
    super([parts.what, ...named].join('; '), options);
    this.name = 'ReportError';
    this.code = parts.code;
    this.what = parts.what;
    this.where = parts.where;
    this.got = parts.got;
    this.expected = parts.expected;
    this.next = parts.next;
  }
}
