/** The fields of an error of this package; the message joins them in one line. */
export interface ComputeErrorDetails {
  code: string;
  /** What went wrong. */
  what: string;
  /** The backend, kernel or layer it happened in. */
  where?: string;
  got?: string;
  expected?: string;
  /** What the reader can do about it. */
  next?: string;
  cause?: unknown;
}

/** Every error this package throws on purpose. `code` is stable, the wording is not. */
export class ComputeError extends Error {
  readonly code: string;
  readonly what: string;
  readonly where?: string;
  readonly got?: string;
  readonly expected?: string;
  readonly next?: string;

  constructor(details: ComputeErrorDetails) {
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

/** A required backend cannot be had on this machine. Code `BACKEND_UNAVAILABLE`. */
export class BackendUnavailable extends ComputeError {
  constructor(details: Omit<ComputeErrorDetails, 'code'>) {
    super({ code: 'BACKEND_UNAVAILABLE', ...details });
  }
}

/**
 * The device stopped working: a driver that reset it, a machine that slept, too much memory.
 * Every tensor on it is gone; `selectBackend` makes a new one. Code `DEVICE_LOST`.
 */
export class DeviceLost extends ComputeError {
  constructor(details: Omit<ComputeErrorDetails, 'code'>) {
    super({ code: 'DEVICE_LOST', ...details });
  }
}

/** A tensor does not fit into the device's memory or its limits. Code `OUT_OF_MEMORY`. */
export class OutOfMemory extends ComputeError {
  /** The largest single tensor the device takes, where that was what failed. */
  readonly tensorLimitBytes?: number;

  constructor(details: Omit<ComputeErrorDetails, 'code'> & { tensorLimitBytes?: number }) {
    super({ code: 'OUT_OF_MEMORY', ...details });
    if (details.tensorLimitBytes !== undefined) this.tensorLimitBytes = details.tensorLimitBytes;
  }
}
