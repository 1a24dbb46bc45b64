/** What can go wrong with a cluster; the `code` of every error of this folder. */
export type SlurmErrorCode =
  /** sbatch, squeue, scancel or scontrol is not on this machine's PATH. */
  | 'SLURM_MISSING'
  /** The controller does not answer, for longer than a restart takes. */
  | 'SLURM_UNREACHABLE'
  /** The profile file does not parse or breaks its schema. */
  | 'SLURM_PROFILE_INVALID'
  /** The partition does not exist, or the account may not use it. */
  | 'SLURM_PARTITION_INVALID'
  /** The account or quality of service is not valid for this user. */
  | 'SLURM_ACCOUNT_INVALID'
  /** sbatch refused for another reason: time limit, memory, a limit on submitted jobs. */
  | 'SLURM_REFUSED'
  /** Submitted, but the controller says why it will never start. */
  | 'SLURM_NEVER_STARTS'
  /** A path that Slurm cannot be told (backslash, line break). */
  | 'SLURM_PATH'
  /** The folder cannot be written, or the nodes do not see what this machine writes there. */
  | 'SLURM_FOLDER'
  /** The jobs ended and shards are missing. */
  | 'SLURM_INCOMPLETE';

/** The parts of a message; `what` is a whole sentence without its full stop. */
export interface SlurmErrorParts {
  readonly code: SlurmErrorCode;
  readonly what: string;
  readonly where?: string;
  readonly got?: string;
  readonly expected?: string;
  readonly next?: string;
}

/** An error of the Slurm engine: what, where, got, expected, next step, joined in one line. */
export class SlurmError extends Error {
  readonly code: SlurmErrorCode;
  readonly what: string;
  readonly where?: string;
  readonly got?: string;
  readonly expected?: string;
  readonly next?: string;

  constructor(parts: SlurmErrorParts, options?: { cause?: unknown }) {
    const named = (['where', 'got', 'expected', 'next'] as const)
      .filter((key) => parts[key] !== undefined)
      .map((key) => `${key}: ${parts[key]}`);
    super([parts.what, ...named].join('; '), options);
    this.name = 'SlurmError';
    this.code = parts.code;
    this.what = parts.what;
    this.where = parts.where;
    this.got = parts.got;
    this.expected = parts.expected;
    this.next = parts.next;
  }
}
