import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { OutOfMemory } from '@spectraloom/compute';
import { type Network, type NetworkOptions, type Weight, weightsOf } from '@spectraloom/models';
import * as tf from '@tensorflow/tfjs-core';
import { TrainingError } from '../../errors.js';
import { addWeighted, type PreparedBatch, type StepResult } from '../step.js';
import { follow, type MovingAverage, movingAverages } from './batch-norms.js';
import type { PartAnswer, PartRequest, ThreadAnswer, ThreadData } from './messages.js';

/** The compiled worker: this file may run from `src` (in tests) or from `dist`. */
const workerFile = fileURLToPath(
  new URL(
    import.meta.url.endsWith('.ts') ? '../../../dist/fit/threads/worker.js' : './worker.js',
    import.meta.url,
  ),
);

/**
 * Threads that share the parts of each batch, each with a WebAssembly backend of its own. A step
 * gives what `gradientStep` gives, bit for bit, however many threads there are: the parts are
 * those of `microBatchSize`, their gradients are added in their order, and so are what they
 * contribute to the batch norms' moving averages.
 */
export class GradientThreads {
  private readonly weights: Float32Array;
  private readonly averages: MovingAverage[];
  private steps = 0;

  private constructor(
    private readonly network: Network,
    private readonly trained: readonly Weight[],
    private readonly workers: readonly Worker[],
    shared: SharedArrayBuffer,
  ) {
    this.weights = new Float32Array(shared);
    this.averages = movingAverages(network);
  }

  /** Throws `THREADS` when a thread does not start. */
  static async start(
    network: Network,
    trained: readonly Weight[],
    count: number,
  ): Promise<GradientThreads> {
    if (!existsSync(workerFile)) {
      throw new TrainingError({
        code: 'THREADS',
        what: 'the compiled training thread is missing',
        where: workerFile,
        next: 'build the package: npx nx build training',
      });
    }
    const numbers = weightsOf(network).reduce((sum, { variable }) => sum + variable.size, 0);
    const shared = new SharedArrayBuffer(4 * numbers);
    const { name, options } = network;
    const data: ThreadData = {
      network: { name, options: options as unknown as NetworkOptions },
      weights: shared,
    };
    // Options of this process (a test runner's, an --eval) are not for the threads.
    const make = () => new Worker(workerFile, { workerData: data, execArgv: [] });
    const workers = Array.from({ length: count }, make);
    try {
      await Promise.all(workers.map((worker) => answerOf(worker)));
    } catch (error) {
      await Promise.all(workers.map((worker) => worker.terminate()));
      throw error;
    }
    return new GradientThreads(network, trained, workers, shared);
  }

  /** As `gradientStep`; the moving averages of the network's batch norms move on as well. */
  async step(
    batch: PreparedBatch,
    microBatchSize: number,
    penaltyWeight: number,
  ): Promise<StepResult> {
    await this.shareWeights();
    const size = this.network.options.inputShape.reduce((product, k) => product * k, 1);
    const n = batch.labels.length;
    const requests: PartRequest[] = [];
    for (let from = 0; from < n; from += microBatchSize) {
      const to = Math.min(n, from + microBatchSize);
      requests.push({
        step: this.steps,
        inputs: batch.inputs.slice(from * size, to * size),
        labels: Array.from({ length: to - from }, (_, i) => batch.labels[from + i]!),
        penaltyWeight,
      });
    }
    return this.summed(await this.askAll(requests), requests, n);
  }

  async dispose(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }

  private async shareWeights(): Promise<void> {
    this.steps++;
    const values = await Promise.all(
      weightsOf(this.network).map(({ variable }) => variable.data() as Promise<Float32Array>),
    );
    let offset = 0;
    for (const value of values) {
      this.weights.set(value, offset);
      offset += value.length;
    }
  }

  /** Each thread takes the next part as soon as it is done with one. */
  private async askAll(requests: readonly PartRequest[]): Promise<PartAnswer[]> {
    const answers: PartAnswer[] = [];
    let next = 0;
    const work = async (worker: Worker) => {
      while (next < requests.length) {
        const i = next++;
        const request = requests[i]!;
        worker.postMessage(request, [request.inputs.buffer as ArrayBuffer]);
        answers[i] = await answerOf(worker);
      }
    };
    await Promise.all(this.workers.map(work));
    return answers;
  }

  private summed(answers: PartAnswer[], requests: readonly PartRequest[], n: number): StepResult {
    const classes = this.network.options.classes.length;
    const logits = new Float32Array(n * classes);
    let gradients: tf.Tensor[] = [];
    let loss = 0;
    let from = 0;
    answers.forEach((answer, i) => {
      const count = requests[i]!.labels.length;
      const part = answer.gradients.map((g, k) => tf.tensor(g, this.trained[k]!.shape));
      gradients = addWeighted(gradients, part, count / n);
      loss += answer.loss * (count / n);
      logits.set(answer.logits, from * classes);
      follow(this.averages, answer.statistics);
      from += count;
    });
    return { loss, logits, gradients };
  }
}

/** The next answer of a thread. Throws what it failed with, and `THREADS` when it ended. */
function answerOf(worker: Worker): Promise<PartAnswer> {
  return new Promise((resolve, reject) => {
    const done = () => {
      worker.off('message', message);
      worker.off('error', failed);
      worker.off('exit', ended);
    };
    const message = (answer: ThreadAnswer) => {
      done();
      if (answer.kind === 'failed') reject(failure(answer));
      else resolve(answer.kind === 'part' ? answer.part : (undefined as never));
    };
    const failed = (error: Error) => {
      done();
      reject(threadEnded(error.message));
    };
    const ended = (code: number) => {
      done();
      reject(threadEnded(`exit code ${code}`));
    };
    worker.on('message', message);
    worker.on('error', failed);
    worker.on('exit', ended);
  });
}

function threadEnded(got: string): TrainingError {
  return new TrainingError({
    code: 'THREADS',
    what: 'a training thread ended',
    where: 'GradientThreads',
    got,
    next: 'train without threads (threads: 1)',
  });
}

function failure(answer: Extract<ThreadAnswer, { kind: 'failed' }>): Error {
  const { code, message, got, expected } = answer;
  if (code === 'OUT_OF_MEMORY') {
    return new OutOfMemory({
      what: message,
      ...(got === undefined ? {} : { got }),
      ...(expected === undefined ? {} : { expected }),
    });
  }
  return threadEnded(message);
}
