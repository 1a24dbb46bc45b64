/** What a run tells about itself while it runs. The command line draws these, `--json` prints them. */
export type PipelineEvent =
  | {
      readonly type: 'run-start';
      readonly pipeline: string;
      readonly preset: string;
      readonly stages: readonly string[];
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
    }
  | { readonly type: 'note'; readonly stage: string; readonly message: string }
  | {
      readonly type: 'stage-end';
      readonly stage: string;
      readonly key: string;
      readonly seconds: number;
      readonly summary: string;
    }
  | { readonly type: 'run-end'; readonly seconds: number; readonly report?: string };

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
): (done: number, detail?: string) => void {
  const since = performance.now();
  return (done, detail) => {
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
    });
  };
}
