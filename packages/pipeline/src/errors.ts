/** Fields every Spectraloom error carries; the command line prints them one a line. */
export interface ErrorFields {
  readonly what: string;
  readonly where?: string;
  readonly got?: string;
  readonly expected?: string;
  readonly next?: string;
}

export type PipelineErrorCode =
  | 'PIPELINE_NOT_FOUND'
  | 'PIPELINE_INVALID'
  | 'PRESET_NOT_FOUND'
  | 'STAGE_UNKNOWN'
  | 'STAGE_NOT_READY'
  | 'STAGE_DAMAGED'
  | 'ABLATION_DATASET_UNKNOWN'
  | 'DATA_INVALID'
  | 'MEASURED_INVALID'
  | 'CARD_NOT_FOUND'
  | 'FETCH_FAILED'
  | 'FETCH_MISMATCH'
  | 'STATUS_UNKNOWN'
  | 'INTERRUPTED';

/** What went wrong in a pipeline, where, what was found, what was expected, what to do next. */
export class PipelineError extends Error implements ErrorFields {
  override readonly name = 'PipelineError';
  readonly what: string;
  readonly where?: string;
  readonly got?: string;
  readonly expected?: string;
  readonly next?: string;

  constructor(
    readonly code: PipelineErrorCode,
    fields: ErrorFields,
    options?: ErrorOptions,
  ) {
    const parts = [
      fields.what,
      fields.where && `where: ${fields.where}`,
      fields.got && `got: ${fields.got}`,
      fields.expected && `expected: ${fields.expected}`,
      fields.next && `next: ${fields.next}`,
    ];
    super(parts.filter(Boolean).join('; '), options);
    this.what = fields.what;
    if (fields.where !== undefined) this.where = fields.where;
    if (fields.got !== undefined) this.got = fields.got;
    if (fields.expected !== undefined) this.expected = fields.expected;
    if (fields.next !== undefined) this.next = fields.next;
  }
}
