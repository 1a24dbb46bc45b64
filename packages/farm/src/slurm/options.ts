import type { SlurmEvent } from './follow.js';
import type { SlurmProfileInput } from './profile.js';

/** How jobs are submitted, and how they are followed. */
export interface SlurmOptions {
  /** How jobs are to be submitted; `parseSlurmProfile` reads one from a file. */
  readonly profile?: SlurmProfileInput;
  /** Environment of Slurm's programs; default this process's. */
  readonly env?: Readonly<NodeJS.ProcessEnv>;
  /** Milliseconds between looks at the queue and the folder; default 5000. */
  readonly pollMs?: number;
  /** How long files of ended jobs may take to appear here (NFS caches); default 30,000 ms. */
  readonly graceMs?: number;
  /** How long the controller may not answer; default 10 minutes. */
  readonly unreachableMs?: number;
  /**
   * Submit the missing indices of an array that ended without them (default). `false`: that is an
   * error which lists them, so that jobs which fail for a reason are not submitted over and over.
   */
  readonly resume?: boolean;
  /** What an abort does with the jobs: cancel them (default), or leave them to go on. */
  readonly onAbort?: 'cancel' | 'leave';
  readonly onEvent?: (event: SlurmEvent) => void;
}

/** A submission that nobody follows: its merge job writes the manifest. */
export interface SlurmSubmission {
  readonly arrayJob: string;
  readonly mergeJob: string;
  readonly tasks: number;
  readonly shards: number;
}
