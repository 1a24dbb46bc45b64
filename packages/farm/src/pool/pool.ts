import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { FarmError, type FarmErrorCode } from '../errors.js';
import type { TaskSource } from '../task/port.js';
import type {
  TaskDescription,
  WorkerAnswer,
  WorkerData,
  WorkerFailure,
  WorkerRequest,
} from './messages.js';

/** Threads that answer requests, one request at a time each. */
export interface WorkerPool {
  readonly workers: number;
  /** Rows simulated so far, by shard. */
  readonly progress: Int32Array;
  /** @throws Error when the worker that had the request died of it */
  ask(request: WorkerRequest): Promise<WorkerAnswer>;
  /** What the task makes. @throws FarmError */
  describe(): Promise<TaskDescription>;
  /** Ends all threads, whatever they are doing, and waits until they are gone. */
  destroy(): Promise<void>;
}

/** As many workers as the machine has cores to give. */
export function defaultWorkers(): number {
  return availableParallelism();
}

/** The compiled worker: this file may run from `src` (in tests) or from `dist`. */
function workerFile(): string {
  const here = import.meta.url;
  const path = fileURLToPath(
    new URL(here.endsWith('.ts') ? '../../dist/worker.js' : '../worker.js', here),
  );
  if (existsSync(path)) return path;
  throw new FarmError({
    code: 'WORKER_MISSING',
    what: 'The compiled worker is missing',
    where: path,
    next: 'build the package: npx nx build farm',
  });
}

/**
 * Starts worker threads. They end with the process, however it ends.
 * @param slots entries of the progress table
 */
export function startPool(
  source: TaskSource & { readonly workerMemoryMB?: number },
  workers: number,
  slots: number,
): WorkerPool {
  const progress = new Int32Array(
    new SharedArrayBuffer(Math.max(1, slots) * Int32Array.BYTES_PER_ELEMENT),
  );
  const data: WorkerData = { job: source.job, taskModule: source.taskModule, progress };
  const pool = new Piscina<WorkerRequest, WorkerAnswer>({
    filename: workerFile(),
    workerData: data,
    minThreads: workers,
    maxThreads: workers,
    idleTimeout: Infinity,
    concurrentTasksPerWorker: 1,
    ...(source.workerMemoryMB !== undefined && {
      resourceLimits: { maxOldGenerationSizeMb: source.workerMemoryMB },
    }),
    // Options of this process (a test runner's, an --eval) are not for the workers.
    execArgv: [],
  });
  // A thread that dies idle is replaced; its request, if any, is rejected where it was made.
  pool.on('error', () => undefined);
  const ask = (request: WorkerRequest) => pool.run(request);
  return {
    workers,
    progress,
    ask,
    describe: async () => {
      const answer = await ask({ kind: 'describe' }).catch((error: unknown) => {
        throw new FarmError(
          {
            code: 'TASK_INVALID',
            what: 'A worker died while it made its task',
            where: source.taskModule,
            got: error instanceof Error ? error.message : String(error),
          },
          { cause: error },
        );
      });
      if (!answer.ok) throw failed(answer.failure, 'TASK_INVALID');
      if ('description' in answer) return answer.description;
      throw new Error('unexpected answer to describe');
    },
    destroy: () => pool.destroy(),
  };
}

const systemCodes: readonly string[] = ['DISK_FULL', 'NOT_WRITABLE', 'IO'];

/** Codes after which trying again is in vain. */
export function isFatal(failure: WorkerFailure): boolean {
  return failure.code === 'DISK_FULL' || failure.code === 'NOT_WRITABLE';
}

/** A worker's failure as an error of this package, with what the worker said. */
export function failed(failure: WorkerFailure, otherwise: FarmErrorCode): FarmError {
  const { code, what, where, got, expected, next, stack, row } = failure;
  const own =
    code !== undefined && systemCodes.includes(code) ? (code as FarmErrorCode) : otherwise;
  const place = [row, where].filter((part) => part !== undefined).join(', ');
  return new FarmError(
    { code: own, what, ...(place && { where: place }), got, expected, next },
    stack === undefined ? undefined : { cause: Object.assign(new Error(what), { stack }) },
  );
}
