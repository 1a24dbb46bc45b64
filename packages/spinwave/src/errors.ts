/** The fields every error of this package carries; the command line prints them one a line. */
export interface ErrorDetail {
  /** What went wrong. */
  readonly what: string;
  /** Where: a file with line and column, a path in it, a q-point. */
  readonly where?: string;
  readonly got?: string;
  readonly expected?: string;
  /** What to do next. */
  readonly next?: string;
}

/** Base of the errors of this package: a `code`, the fields, and a message that joins them. */
export class SpinWaveError extends Error {
  readonly code: string;
  readonly what: string;
  readonly where?: string;
  readonly got?: string;
  readonly expected?: string;
  readonly next?: string;

  constructor(code: string, fields: ErrorDetail) {
    super(joinFields(fields));
    this.name = new.target.name;
    this.code = code;
    this.what = fields.what;
    this.where = fields.where;
    this.got = fields.got;
    this.expected = fields.expected;
    this.next = fields.next;
  }
}

/** A problem found in a model file, with its place. */
export interface ModelProblem extends ErrorDetail {
  /** E.g. 'SITE_OVERLAP'; stable, for programs. */
  readonly code: string;
  readonly severity: 'error' | 'warning';
  /** Keys from the root of the file, e.g. 'interactions[2].exchange'. */
  readonly path: string;
  /** From 1; undefined when the text has no such place (a missing key: the place of its parent). */
  readonly line?: number;
  readonly column?: number;
}

/** A model file that cannot be used: every problem found in it, the first one in the message. */
export class ModelError extends SpinWaveError {
  readonly problems: readonly ModelProblem[];

  constructor(problems: readonly ModelProblem[]) {
    const errors = problems.filter((p) => p.severity === 'error');
    const first = errors[0] ?? problems[0];
    const more = errors.slice(1);
    super('INVALID_MODEL', {
      what: first?.what ?? 'the model file is invalid',
      where: first?.where,
      got: first?.got,
      expected: first?.expected,
      next:
        more.length === 0
          ? first?.next
          : [
              ...(first?.next ? [first.next] : []),
              `${more.length} more: ${more.map((p) => `${p.where ?? p.path}: ${p.what}`).join(' | ')}`,
            ].join('; '),
    });
    this.problems = problems;
  }
}

function joinFields(f: ErrorDetail): string {
  const parts = [f.where ? `${f.what} (at ${f.where})` : f.what];
  if (f.got !== undefined) parts.push(`got ${f.got}`);
  if (f.expected !== undefined) parts.push(`expected ${f.expected}`);
  if (f.next !== undefined) parts.push(`next: ${f.next}`);
  return parts.join('; ');
}
