/** What can go wrong with files of this package; the `code` of every error it throws. */
export type ShardsErrorCode =
  /** Not a NumPy file, or one of a kind that is not read here. */
  | 'NPY_FORMAT'
  /** A shard is missing, truncated or altered: its bytes are not those the manifest names. */
  | 'SHARD_CORRUPT'
  /** No manifest in the folder: the data set was not finished, or is somewhere else. */
  | 'MANIFEST_MISSING'
  /** A manifest that does not parse, breaks its schema, or does not match its own hash. */
  | 'MANIFEST_INVALID'
  /** Columns or rows handed to a writer that do not fit the data set's schema. */
  | 'ROW_INVALID'
  /** External data, or their description, that cannot be brought in. */
  | 'IMPORT_INVALID'
  /** A row, split, batch size or resume state that the data set does not have. */
  | 'READ_INVALID'
  /** The folder is in use by another run. */
  | 'LOCKED'
  /** The operating system refused: disk full, folder read-only, no permission. */
  | 'DISK_FULL'
  | 'NOT_WRITABLE'
  | 'IO';

/** The parts of a message; `what` is a whole sentence without its full stop. */
export interface ShardsErrorParts {
  readonly code: ShardsErrorCode;
  readonly what: string;
  readonly where?: string;
  readonly got?: string;
  readonly expected?: string;
  readonly next?: string;
}

/** An error of this package: what, where, got, expected, next step, joined in one line. */
export class ShardsError extends Error {
  readonly code: ShardsErrorCode;
  readonly what: string;
  readonly where?: string;
  readonly got?: string;
  readonly expected?: string;
  readonly next?: string;

  constructor(parts: ShardsErrorParts, options?: { cause?: unknown }) {
    super(joinParts(parts), options);
    this.name = 'ShardsError';
    this.code = parts.code;
    this.what = parts.what;
    this.where = parts.where;
    this.got = parts.got;
    this.expected = parts.expected;
    this.next = parts.next;
  }
}

/** A shard whose bytes are not those the manifest names. Its data are never returned. */
export class ShardCorrupt extends ShardsError {
  /** File name of the shard within the data set's folder. */
  readonly shard: string;

  constructor(shard: string, parts: Omit<ShardsErrorParts, 'code'>, options?: { cause?: unknown }) {
    super({ ...parts, code: 'SHARD_CORRUPT' }, options);
    this.name = 'ShardCorrupt';
    this.shard = shard;
  }
}

/** The folder of a data set is held by another live run. */
export class DatasetLocked extends ShardsError {
  /** Process id and host of the run that holds the folder. */
  readonly pid: number;
  readonly host: string;

  constructor(owner: { pid: number; host: string }, parts: Omit<ShardsErrorParts, 'code'>) {
    super({ ...parts, code: 'LOCKED' });
    this.name = 'DatasetLocked';
    this.pid = owner.pid;
    this.host = owner.host;
  }
}

function joinParts(parts: ShardsErrorParts): string {
  const pieces = [parts.what];
  if (parts.where !== undefined) pieces.push(`where: ${parts.where}`);
  if (parts.got !== undefined) pieces.push(`got: ${parts.got}`);
  if (parts.expected !== undefined) pieces.push(`expected: ${parts.expected}`);
  if (parts.next !== undefined) pieces.push(`next: ${parts.next}`);
  return pieces.join('; ');
}
