import type { ParameterValues, PlanRow, Verdict } from '@spectraloom/sampling';

/** What a worker does with rows. One is made in every worker thread, from the same job. */
export interface FarmTask {
  /** Shape of the images, e.g. `[240, 400]`. */
  readonly shape: readonly number[];
  /** Names of the image's axes, for the shards' metadata. */
  readonly axes?: readonly string[];
  /** What decides the rows' values besides the job: versions of the physics packages. */
  readonly provenance?: Readonly<Record<string, string>>;
  /**
   * The image of a row: a function of the row and the job alone, not of the rows before it.
   * @returns `[...shape]`, row-major, finite; may be overwritten by the next call
   */
  simulate(row: PlanRow): Float32Array | Promise<Float32Array>;
  /** What the rows so far have cost, for the progress reports: sums that only grow, by name. */
  costs?(): Readonly<Record<string, number>>;
  /** Whether a draw may be simulated; for `planInParallel`. */
  accept?(label: string, parameters: ParameterValues): Verdict | Promise<Verdict>;
}

/** A module that a worker loads by URL, and whose `createTask` it calls once. */
export interface TaskModule {
  createTask(job: unknown): FarmTask | Promise<FarmTask>;
}

/** What the workers of one pool are given. */
export interface TaskSource {
  /** Plain JSON; what it means is between the caller and the task module. */
  readonly job: unknown;
  /** URL (or absolute path) of the task module; default: inelastic neutron spectra (`InsJob`). */
  readonly taskModule?: string;
}
