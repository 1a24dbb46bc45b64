import type { StageCourse } from '@spectraloom/report';
import { readEventLog, throughput } from '../../stages/eventLog.js';
import type { StageRecord } from '../../stages/stage.js';

/** Fewer points make no curve: the stage took seconds. */
const fewest = 4;

/** How the stage of a record went, from the event log of its run folder; empty without enough of it. */
export function stageCourses(
  runFolder: string,
  { stage, key }: Pick<StageRecord, 'stage' | 'key'>,
  unit: string,
): StageCourse[] {
  const points = throughput(readEventLog(runFolder), stage, key).map((point) => ({
    seconds: point.seconds,
    done: point.done,
    ...(point.memoryBytes === undefined ? {} : { memoryBytes: point.memoryBytes }),
  }));
  return points.length < fewest ? [] : [{ stage, unit, points }];
}
