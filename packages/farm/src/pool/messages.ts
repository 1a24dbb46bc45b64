import type { ParameterValues, PlanRow, Verdict } from '@spectraloom/sampling';
import type { DatasetLayout, ShardEntry } from '@spectraloom/shards';

/** Given to every worker when it starts. */
export interface WorkerData {
  readonly job: unknown;
  readonly taskModule: string | undefined;
  /** `[shards]`: rows simulated so far, by shard. */
  readonly progress: Int32Array;
}

/** Says what the task makes. */
export interface DescribeRequest {
  readonly kind: 'describe';
}

/** Makes one shard, or keeps the one that is there. */
export interface ShardRequest {
  readonly kind: 'shard';
  readonly folder: string;
  readonly layout: DatasetLayout;
  readonly index: number;
  readonly key: string;
  readonly rows: readonly PlanRow[];
  /** What the journal says of a finished file, to be compared with it. */
  readonly known?: Pick<ShardEntry, 'bytes' | 'sha256' | 'tail'>;
}

/** Judges draws of a plan. */
export interface AcceptRequest {
  readonly kind: 'accept';
  readonly label: string;
  readonly draws: readonly ParameterValues[];
}

export type WorkerRequest = DescribeRequest | ShardRequest | AcceptRequest;

export interface TaskDescription {
  readonly shape: readonly number[];
  readonly axes?: readonly string[];
  readonly provenance: Readonly<Record<string, string>>;
  readonly canAccept: boolean;
}

export interface ShardResult {
  readonly entry: ShardEntry;
  /** The file was there already, with the right hash. */
  readonly kept: boolean;
  /** What the task says its rows cost. */
  readonly costs?: Readonly<Record<string, number>>;
}

/** An error in a form that survives the way between threads. */
export interface WorkerFailure {
  readonly code?: string;
  readonly what: string;
  readonly where?: string;
  readonly got?: string;
  readonly expected?: string;
  readonly next?: string;
  readonly stack?: string;
  /** Row to blame, with its model and parameters. */
  readonly row?: string;
}

export type WorkerAnswer =
  | { readonly ok: true; readonly description: TaskDescription }
  | { readonly ok: true; readonly shard: ShardResult }
  | { readonly ok: true; readonly verdicts: readonly Verdict[] }
  | { readonly ok: false; readonly failure: WorkerFailure };

/** An error as a failure; fields that all errors of this project share are carried over. */
export function toFailure(error: unknown, row?: PlanRow): WorkerFailure {
  const e = (error ?? {}) as Partial<Record<keyof WorkerFailure | 'message', unknown>>;
  const text = (key: keyof WorkerFailure) =>
    typeof e[key] === 'string' ? { [key]: e[key] as string } : {};
  return {
    ...text('code'),
    what: typeof e.what === 'string' ? e.what : String(e.message ?? error),
    ...text('where'),
    ...text('got'),
    ...text('expected'),
    ...text('next'),
    ...text('stack'),
    ...(row && { row: `row ${row.row} (${row.label}, ${JSON.stringify(row.parameters)})` }),
  };
}

/** A failure in one line. */
export function failureText(failure: WorkerFailure): string {
  const { row, what, where, got, expected } = failure;
  return [
    row,
    what,
    where && `where: ${where}`,
    got && `got: ${got}`,
    expected && `expected: ${expected}`,
  ]
    .filter((part) => part !== undefined)
    .join('; ');
}
