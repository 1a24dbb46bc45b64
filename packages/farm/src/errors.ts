/** What can go wrong in this package; the `code` of every error it throws. */
export type FarmErrorCode =
  /** The compiled worker is not there: the package was not built. */
  | 'WORKER_MISSING'
  /** The task module could not be loaded, or refused its job. */
  | 'TASK_INVALID'
  /** Some shards could not be made, however often they were tried. */
  | 'SHARDS_FAILED'
  /** The folder holds another data set. */
  | 'OTHER_DATASET'
  /** Stopped by its signal; finished shards are kept. */
  | 'INTERRUPTED'
  /** From the system: a worker could not write. */
  | 'DISK_FULL'
  | 'NOT_WRITABLE'
  | 'IO'
  /** sbatch, squeue, scancel or scontrol is not on this machine's PATH. */
  | 'SLURM_MISSING'
  /** Slurm's controller does not answer, for longer than a restart takes. */
  | 'SLURM_UNREACHABLE'
  /** A Slurm profile does not parse or breaks its schema. */
  | 'SLURM_PROFILE_INVALID'
  /** The partition does not exist, or takes no jobs. */
  | 'SLURM_PARTITION_INVALID'
  /** The account or quality of service is not valid for this user. */
  | 'SLURM_ACCOUNT_INVALID'
  /** sbatch refused for another reason: time limit, memory, a limit on submitted jobs. */
  | 'SLURM_REFUSED'
  /** Submitted, but Slurm gives a reason for which the jobs will never start. */
  | 'SLURM_NEVER_STARTS'
  /** A path that Slurm cannot be told (backslash, line break). */
  | 'SLURM_PATH'
  /** The nodes do not see the folder, or what they write there is not seen here. */
  | 'SLURM_FOLDER';

/** The parts of a message; `what` is a whole sentence without its full stop. */
export interface FarmErrorParts {
  readonly code: FarmErrorCode;
  readonly what: string;
  readonly where?: string;
  readonly got?: string;
  readonly expected?: string;
  readonly next?: string;
}

/** An error of this package: what, where, got, expected, next step, joined in one line. */
export class FarmError extends Error {
  readonly code: FarmErrorCode;
  readonly what: string;
  readonly where?: string;
  readonly got?: string;
  readonly expected?: string;
  readonly next?: string;

  constructor(parts: FarmErrorParts, options?: { cause?: unknown }) {
    const named = (['where', 'got', 'expected', 'next'] as const)
      .filter((key) => parts[key] !== undefined)
      .map((key) => `${key}: ${parts[key]}`);
    super([parts.what, ...named].join('; '), options);
    this.name = 'FarmError';
    this.code = parts.code;
    this.what = parts.what;
    this.where = parts.where;
    this.got = parts.got;
    this.expected = parts.expected;
    this.next = parts.next;
  }
}

/** A shard that was given up. */
export interface FailedShard {
  readonly name: string;
  readonly firstRow: number;
  readonly rows: number;
  readonly attempts: number;
  /** Of the last attempt; names the row where one is to blame. */
  readonly reason: string;
}

/** Shards that were given up; all others are finished and kept. */
export class ShardsFailed extends FarmError {
  readonly shards: readonly FailedShard[];

  constructor(
    folder: string,
    shards: readonly FailedShard[],
    finished: number,
    next = 'mend the cause and run again: the finished shards are kept',
  ) {
    const rows = ({ firstRow, rows: n }: FailedShard) => `rows ${firstRow} to ${firstRow + n - 1}`;
    const shown = shards.slice(0, 5).map((s) => `${s.name} (${rows(s)}): ${s.reason}`);
    const more = shards.length > 5 ? [`and ${shards.length - 5} more`] : [];
    super({
      code: 'SHARDS_FAILED',
      what: `${shards.length} of ${shards.length + finished} shards could not be made`,
      where: folder,
      got: [...shown, ...more].join('; '),
      next,
    });
    this.name = 'ShardsFailed';
    this.shards = shards;
  }
}
