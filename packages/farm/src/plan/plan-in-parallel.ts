import {
  drawPlanAsync,
  type DrawOptions,
  type Plan,
  type PlanSpec,
  type Verdict,
} from '@spectraloom/sampling';
import { FarmError } from '../errors.js';
import { defaultWorkers, failed, startPool, type WorkerPool } from '../pool/pool.js';
import type { TaskSource } from '../task/port.js';

/** Of `drawPlan`, and the task whose `accept` the workers ask. */
export interface PlanInParallelOptions extends TaskSource, DrawOptions {
  /** Worker threads; default as many as cores. */
  readonly workers?: number;
  readonly signal?: AbortSignal;
}

/** Draws sent to a worker in one message. */
const chunk = 16;

/**
 * Draws a plan, the draws judged by the task's `accept` in worker threads: the plan is the one that
 * `drawPlan` makes with the same verdicts, whatever the number of workers.
 * @throws PlanError; FarmError TASK_INVALID when the task cannot judge, INTERRUPTED
 */
export async function planInParallel(
  spec: PlanSpec,
  options: PlanInParallelOptions,
): Promise<Plan> {
  const workers = Math.max(1, options.workers ?? defaultWorkers());
  const pool = startPool(options, workers, 1);
  const stop = () => void pool.destroy();
  options.signal?.addEventListener('abort', stop);
  try {
    const { canAccept } = await pool.describe();
    if (!canAccept) {
      throw new FarmError({
        code: 'TASK_INVALID',
        what: 'The task cannot judge draws',
        got: 'a task without accept',
        next: 'give the task module an accept, or draw the plan with drawPlan',
      });
    }
    return await drawPlanAsync(
      spec,
      ({ label, draws }) => {
        const chunks = Array.from({ length: Math.ceil(draws.length / chunk) }, (_, i) =>
          draws.slice(i * chunk, (i + 1) * chunk),
        );
        return Promise.all(chunks.map((part) => judge(pool, label, part))).then((v) => v.flat());
      },
      { batchSize: workers * chunk * 4, ...options },
    );
  } catch (error) {
    if (!options.signal?.aborted) throw error;
    throw new FarmError(
      {
        code: 'INTERRUPTED',
        what: 'Drawing the plan was interrupted',
        next: 'run it again: the same seed gives the same plan',
      },
      { cause: error },
    );
  } finally {
    options.signal?.removeEventListener('abort', stop);
    await pool.destroy();
  }
}

async function judge(
  pool: WorkerPool,
  label: string,
  draws: readonly Readonly<Record<string, number>>[],
): Promise<readonly Verdict[]> {
  const answer = await pool.ask({ kind: 'accept', label, draws }).catch((error: unknown) => {
    throw new FarmError(
      {
        code: 'TASK_INVALID',
        what: 'A worker died while it judged draws',
        where: `model ${label}`,
        got: error instanceof Error ? error.message : String(error),
        next: 'draw the plan with workers: 1 to find the draw, and mend the task',
      },
      { cause: error },
    );
  });
  if (!answer.ok) throw failed(answer.failure, 'TASK_INVALID');
  if ('verdicts' in answer) return answer.verdicts;
  throw new Error('unexpected answer to accept');
}
