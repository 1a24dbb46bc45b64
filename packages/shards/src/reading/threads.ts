import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { ShardsError } from '../errors.js';
import { fromFailure, type ReadAnswer, type ReadAnswers, type ReadRequest } from './messages.js';
import { perform } from './perform.js';

/** Whoever reads files: this thread, or others while this one goes on. */
export interface ReadingThreads {
  /** 0: this thread. */
  readonly count: number;
  /** @throws ShardsError, ShardCorrupt */
  ask<K extends ReadRequest['kind']>(
    request: Extract<ReadRequest, { kind: K }>,
  ): Promise<ReadAnswers[K]>;
}

/** Data sets smaller than this are read sooner than threads start. */
const worthThreads = 32 << 20;
const mostByDefault = 4;

/**
 * The threads to read with, started when first asked and shared by all readers of the process; an
 * idle one does not keep the process alive.
 * @param count 0: read in this thread. Default: as many as cores, 4 at most, for a data set above
 *   32 MiB; none below, or where the compiled worker is missing
 * @throws ShardsError READ_INVALID for a number that is none; IO when `count` asks for threads and the
 *   compiled worker is missing
 */
export function readingThreads(count: number | undefined, bytes: number): ReadingThreads {
  if (count === 0) return ownThread;
  if (count === undefined) {
    if (bytes < worthThreads || !existsSync(workerFile)) return ownThread;
    return shared(Math.min(mostByDefault, availableParallelism()));
  }
  if (!(Number.isInteger(count) && count > 0 && count <= 256)) {
    throw new ShardsError({
      code: 'READ_INVALID',
      what: 'The data set cannot be read with this number of threads',
      got: String(count),
      expected: 'a whole number from 0 to 256',
    });
  }
  if (!existsSync(workerFile)) {
    throw new ShardsError({
      code: 'IO',
      what: 'The compiled reading thread is missing',
      where: workerFile,
      next: 'build the package: npx nx build shards',
    });
  }
  return shared(count);
}

/** The compiled worker: this file may run from `src` (in tests) or from `dist`. */
const workerFile = fileURLToPath(
  new URL(
    import.meta.url.endsWith('.ts') ? '../../dist/reading/worker.js' : './worker.js',
    import.meta.url,
  ),
);

const ownThread: ReadingThreads = {
  count: 0,
  ask: async <K extends ReadRequest['kind']>(request: Extract<ReadRequest, { kind: K }>) => {
    // Lets timers and signals in between two files.
    await new Promise((resolve) => setImmediate(resolve));
    return perform(request) as ReadAnswers[K];
  },
};

interface Job {
  readonly request: ReadRequest;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

class Pool implements ReadingThreads {
  readonly #idle: Worker[] = [];
  readonly #waiting: Job[] = [];
  #started = 0;

  constructor(readonly count: number) {}

  ask<K extends ReadRequest['kind']>(
    request: Extract<ReadRequest, { kind: K }>,
  ): Promise<ReadAnswers[K]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, resolve, reject });
      this.#next();
    });
  }

  #next(): void {
    while (this.#waiting.length > 0) {
      const worker = this.#idle.pop() ?? this.#start();
      if (!worker) return;
      this.#give(worker, this.#waiting.shift()!);
    }
  }

  #start(): Worker | undefined {
    if (this.#started >= this.count) return undefined;
    this.#started++;
    // Options of this process (a test runner's, an --eval) are not for the thread.
    return new Worker(workerFile, { execArgv: [] });
  }

  #give(worker: Worker, job: Job): void {
    const done = () => {
      worker.removeAllListeners();
      // An idle thread must neither hold the process nor end it.
      worker.on('error', () => undefined);
      worker.unref();
    };
    worker.removeAllListeners();
    worker.ref();
    worker.once('message', (answer: ReadAnswer) => {
      done();
      this.#idle.push(worker);
      if (answer.ok) job.resolve(answer.value as never);
      else job.reject(fromFailure(answer.failure));
      this.#next();
    });
    const died = (reason: string) => {
      done();
      this.#started--;
      job.reject(
        new ShardsError({ code: 'IO', what: 'A reading thread ended on its own', got: reason }),
      );
      this.#next();
    };
    worker.once('error', (error) => died(String(error)));
    worker.once('exit', (code) => died(`exit code ${code}`));
    const { request } = job;
    worker.postMessage(request, 'memory' in request ? [request.memory] : []);
  }
}

const pools = new Map<number, Pool>();

function shared(count: number): Pool {
  let pool = pools.get(count);
  if (!pool) pools.set(count, (pool = new Pool(count)));
  return pool;
}
