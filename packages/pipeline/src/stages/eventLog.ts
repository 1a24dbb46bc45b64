import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Emit, PipelineEvent } from './events.js';

/** Name of the log in the folder of a pipeline and preset: one JSON object a line, never rewritten. */
export const eventLogName = 'events.jsonl';

/** An event as the log keeps it. */
export type LoggedEvent = PipelineEvent & {
  /** ISO 8601. */
  readonly at: string;
  /** Of the process that ran the stage: one log may hold several at once. */
  readonly pid: number;
  readonly host: string;
};

/**
 * Appends a run's events to the log of its folder. Of progress only so much that a day's run stays
 * below a thousand lines a stage: at most one a second, later one in every half percent of the
 * time so far. A log that cannot be written never stops a run.
 */
export function eventLogger(runFolder: string, now: () => number = Date.now): Emit {
  const path = join(runFolder, eventLogName);
  const host = hostname();
  let began = now();
  let last = -Infinity;
  let made = false;
  return (event) => {
    const at = now();
    if (event.type === 'stage-start') [began, last] = [at, -Infinity];
    if (event.type === 'progress') {
      const whole = event.done >= event.total;
      if (!whole && at - last < Math.max(1000, (at - began) / 200)) return;
      last = at;
    }
    const line = { at: new Date(at).toISOString(), pid: process.pid, host, ...event };
    try {
      if (!made) mkdirSync(runFolder, { recursive: true });
      made = true;
      // One write to a file opened for appending: lines of two processes do not mix.
      appendFileSync(path, `${JSON.stringify(line)}\n`);
    } catch {
      // A full or read-only disk is told by the stage that works there.
    }
  };
}

/** The events of a run folder, in order; none where there is no log. Torn lines are passed over. */
export function readEventLog(runFolder: string): LoggedEvent[] {
  let text: string;
  try {
    text = readFileSync(join(runFolder, eventLogName), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return text.split('\n').flatMap((line) => {
    try {
      const event = JSON.parse(line) as Partial<LoggedEvent>;
      return typeof event.type === 'string' && typeof event.at === 'string'
        ? [event as LoggedEvent]
        : [];
    } catch {
      return [];
    }
  });
}

/** One point of a stage's course. */
export interface ThroughputPoint {
  /** Since the stage began; time between two runs of it is left out. */
  readonly seconds: number;
  readonly done: number;
  readonly ratePerSecond?: number;
  readonly megabytesPerSecond?: number;
  readonly memoryBytes?: number;
}

/** The course of the stage that has this key, over all runs that worked on it: for a plot. */
export function throughput(
  events: readonly LoggedEvent[],
  stage: string,
  key: string,
): ThroughputPoint[] {
  const points: ThroughputPoint[] = [];
  let open: { pid: number; host: string; before: number; since: number } | undefined;
  for (const event of events) {
    const at = Date.parse(event.at);
    if (event.type === 'stage-start' && event.stage === stage) {
      const before = points.at(-1)?.seconds ?? 0;
      const { pid, host } = event;
      open = event.key === key ? { pid, host, before, since: at } : undefined;
    }
    if (!open || event.type !== 'progress' || event.stage !== stage) continue;
    if (event.pid !== open.pid || event.host !== open.host) continue;
    points.push({
      seconds: open.before + (at - open.since) / 1000,
      done: event.done,
      ...(event.ratePerSecond !== undefined && { ratePerSecond: event.ratePerSecond }),
      ...(event.megabytesPerSecond !== undefined && {
        megabytesPerSecond: event.megabytesPerSecond,
      }),
      ...(event.memoryBytes !== undefined && { memoryBytes: event.memoryBytes }),
    });
  }
  return points;
}
