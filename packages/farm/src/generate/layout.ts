import { createHash } from 'node:crypto';
import { canonicalJson, type Plan } from '@spectraloom/sampling';
import { type DatasetLayout, parameterColumns } from '@spectraloom/shards';
import type { TaskDescription } from '../pool/messages.js';

/** sha256 of a job's canonical JSON. */
export function jobHash(job: unknown): string {
  return createHash('sha256').update(canonicalJson(job)).digest('hex');
}

/**
 * The layout of the data set that a plan and a task make. Its provenance names the job by `identity`
 * and holds what the task says of itself, and what the caller adds.
 */
export function layoutOf(
  plan: Plan,
  task: TaskDescription,
  rowsPerShard: number,
  identity: string,
  provenance: Readonly<Record<string, string>>,
): DatasetLayout {
  return {
    planId: plan.planId,
    rows: plan.rowCount,
    rowsPerShard,
    imageShape: task.shape,
    ...(task.axes && { imageAxes: task.axes }),
    labels: plan.models.map((model) => model.label),
    parameters: parameterColumns(plan.models),
    provenance: { ...task.provenance, ...provenance, job: identity },
  };
}
