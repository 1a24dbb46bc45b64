/** Entry of a training thread: gradients of parts of batches, on a wasm of its own. Never imported. */
import { parentPort, workerData } from 'node:worker_threads';
import { selectBackend } from '@spectraloom/compute';
import { buildNetwork, weightsOf, writeWeights } from '@spectraloom/models';
import * as tf from '@tensorflow/tfjs-core';
import { partGradients } from '../step.js';
import { keepStatistics, movingAverages } from './batch-norms.js';
import type { PartAnswer, PartRequest, ThreadAnswer, ThreadData } from './messages.js';

const port = parentPort!;
const { network: description, weights: shared } = workerData as ThreadData;
const say = (answer: ThreadAnswer, moved: ArrayBuffer[] = []) => port.postMessage(answer, moved);

try {
  await selectBackend({ require: 'wasm' });
  const network = buildNetwork(description.name, description.options);
  const trained = weightsOf(network).filter((w) => w.trainable);
  const averages = movingAverages(network);
  let at = -1;

  const takeWeights = () => {
    let offset = 0;
    const values = weightsOf(network).map(({ variable }) => {
      const part = new Float32Array(shared, offset, variable.size);
      offset += part.byteLength;
      return part.slice();
    });
    writeWeights(network, values);
  };

  const compute = async (request: PartRequest): Promise<PartAnswer> => {
    if (request.step !== at) takeWeights();
    at = request.step;
    keepStatistics(network);
    const { value, outputs, gradients } = partGradients(
      network,
      trained,
      request,
      request.penaltyWeight,
    );
    const read = async (t: tf.Tensor) => Float32Array.from(await t.data());
    try {
      return {
        loss: (await value.data())[0]!,
        logits: await read(outputs),
        gradients: await Promise.all(gradients.map(read)),
        statistics: await Promise.all(averages.map(({ weight }) => read(weight.variable))),
      };
    } finally {
      tf.dispose([value, outputs, ...gradients]);
    }
  };

  port.on('message', (request: PartRequest) => {
    compute(request).then((part) => {
      const arrays = [part.logits, ...part.gradients, ...part.statistics];
      say(
        { kind: 'part', part },
        arrays.map((a) => a.buffer as ArrayBuffer),
      );
    }, fail);
  });
  say({ kind: 'ready' });
} catch (error) {
  fail(error);
}

function fail(error: unknown): void {
  const { code, message, got, expected } = error as Error & Record<string, string | undefined>;
  say({
    kind: 'failed',
    message: message ?? String(error),
    ...(code === undefined ? {} : { code }),
    ...(got === undefined ? {} : { got }),
    ...(expected === undefined ? {} : { expected }),
  });
}
