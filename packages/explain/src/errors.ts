/** The fields of an error of this package; the message joins them in one line. */
export interface ExplainErrorDetails {
  code: string;
  /** What went wrong. */
  what: string;
  /** The network, layer or option it happened in. */
  where?: string;
  got?: string;
  expected?: string;
  /** What the reader can do about it. */
  next?: string;
  cause?: unknown;
}

/** Every error this package throws on purpose. `code` is stable, the wording is not. */
export class ExplainError extends Error {
  readonly code: string;
  readonly what: string;
  readonly where?: string;
  readonly got?: string;
  readonly expected?: string;
  readonly next?: string;

  constructor(details: ExplainErrorDetails) {
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
