/** What a run tells about itself while it runs. The command line draws these, `--json` prints them. */
export type PipelineEvent =
  | {
      readonly type: 'run-start';
      readonly pipeline: string;
      readonly preset: string;
      readonly stages: readonly string[];
      readonly pid?: number;
      readonly host?: string;
    }
  | {
      readonly type: 'stage-start';
      readonly stage: string;
      readonly title: string;
      readonly key: string;
    }
  | { readonly type: 'stage-kept'; readonly stage: string; readonly key: string }
  | {
      readonly type: 'progress';
      readonly stage: string;
      readonly done: number;
      readonly total: number;
      readonly unit: string;
      readonly ratePerSecond?: number;
      readonly secondsLeft?: number;
      readonly detail?: string;
      /** Finished shards, since the stage began. */
      readonly megabytesPerSecond?: number;
      /** Resident memory of the process with its workers; on a cluster, of all running tasks. */
      readonly memoryBytes?: number;
      /** Draws of the plan rejected so far, and drawn. */
      readonly rejected?: number;
      readonly drawn?: number;
    }
  /** A point of the curves of a training; `validation` by the name of the metric. */
  | {
      readonly type: 'epoch';
      readonly stage: string;
      readonly network: string;
      /** Counted from 1. */
      readonly epoch: number;
      readonly epochs: number;
      readonly trainLoss: number;
      readonly trainAccuracy?: number;
      readonly validation: Readonly<Record<string, number>>;
      readonly best: boolean;
      readonly seconds: number;
    }
  /** A stage works on this folder of shards: `spectraloom status` reads it too. */
  | {
      readonly type: 'dataset';
      readonly stage: string;
      readonly folder: string;
      readonly engine: 'local' | 'slurm';
    }
  /** Jobs of a cluster: submitted, found again, or a change in the queue. */
  | { readonly type: 'jobs'; readonly stage: string; readonly message: string }
  /** What would be submitted (`--dry-run`). */
  | {
      readonly type: 'dry-run';
      readonly stage: string;
      readonly shards: number;
      readonly shardsMissing: number;
      readonly tasks: number;
      readonly arrayScript: string;
      readonly mergeScript: string;
      readonly commands: readonly string[];
    }
  /** The run ends with this stage unfinished on purpose. */
  | { readonly type: 'run-paused'; readonly stage: string; readonly message: string }
  | { readonly type: 'note'; readonly stage: string; readonly message: string }
  | {
      readonly type: 'stage-end';
      readonly stage: string;
      readonly key: string;
      readonly seconds: number;
      readonly summary: string;
    }
  /** In the log alone: the command line prints the error itself. */
  | { readonly type: 'run-failed'; readonly code: string; readonly message: string }
  | { readonly type: 'run-end'; readonly seconds: number; readonly report?: string };

/** What a stage may add to its progress. */
export type ProgressFacts = Pick<
  Extract<PipelineEvent, { type: 'progress' }>,
  'megabytesPerSecond' | 'memoryBytes' | 'rejected' | 'drawn' | 'ratePerSecond' | 'secondsLeft'
>;

/** 1 shard, 15 shards. */
export const counted = (n: number, thing: string): string => `${n} ${thing}${n === 1 ? '' : 's'}`;

export type Emit = (event: PipelineEvent) => void;

/**
 * Turns counts into progress events with a rate and the time left. The rate is of this call's own
 * work: what an earlier run had already finished (`startAt`) is not counted as speed.
 */
export function progressMeter(
  emit: Emit,
  stage: string,
  total: number,
  unit: string,
  startAt = 0,
): (done: number, detail?: string, more?: ProgressFacts) => void {
  const since = performance.now();
  return (done, detail, more) => {
    const elapsed = (performance.now() - since) / 1000;
    const made = done - startAt;
    const rate = made > 0 && elapsed > 0 ? made / elapsed : undefined;
    emit({
      type: 'progress',
      stage,
      done,
      total,
      unit,
      ...(rate === undefined ? {} : { ratePerSecond: rate, secondsLeft: (total - done) / rate }),
      ...(detail === undefined ? {} : { detail }),
      ...more,
    });
  };
}
