import { selectBackend } from '@spectraloom/compute';
import {
  buildNetwork,
  type Network,
  parsePreprocessing,
  preprocessedShape,
  readWeights,
  weightsOf,
} from '@spectraloom/models';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { blobs, imageShape } from '../blobs.fixture.js';
import { fitClassifier, type FitOptions } from '../fit.js';

const train = blobs(40, 1);
const validation = blobs(16, 2, 1000);
const settings = { epochs: 1, batchSize: 16, microBatchSize: 4, learningRate: 0.01, seed: 7 };

beforeAll(async () => {
  await selectBackend({ require: 'wasm' });
});

const preprocessing = parsePreprocessing({ imageShape, steps: [{ step: 'min-max' }] });

/** With a batch norm, whose moving averages each part moves on. */
function withBatchNorm(): Network {
  const inputShape = preprocessedShape(preprocessing);
  return buildNetwork('cnn-gap', { inputShape, classes: ['upper', 'lower'], seed: 3 });
}

async function run(extra: Partial<FitOptions>) {
  const trained = withBatchNorm();
  try {
    const { history } = await fitClassifier({
      ...{ network: trained, preprocessing, train, validation },
      ...settings,
      ...extra,
    });
    const names = weightsOf(trained).map((w) => w.name);
    return { history, names, weights: await readWeights(trained) };
  } finally {
    trained.dispose();
  }
}

describe('training threads', () => {
  it('give the same weights bit for bit, moving averages and all', async () => {
    const before = tf.memory().numTensors;
    const alone = await run({});
    expect(alone.names).toContain('conv6_norm/moving_mean');
    // 16 images in 4 parts, for a number of threads that does not divide them.
    const shared = await run({ threads: 3 });
    expect(shared.history).toEqual(alone.history);
    expect(shared.weights).toEqual(alone.weights);
    // Unlike a batch in one piece.
    expect((await run({ microBatchSize: 16 })).weights).not.toEqual(alone.weights);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('pass on what a thread fails with', async () => {
    process.env['SPECTRALOOM_WASM_MEMORY_MB'] = '0.4';
    try {
      await expect(run({ threads: 2 })).rejects.toMatchObject({
        code: 'OUT_OF_MEMORY',
        what: expect.stringMatching(
          /a batch of 16 images \(in parts of 4\) does not fit/,
        ) as string,
      });
    } finally {
      delete process.env['SPECTRALOOM_WASM_MEMORY_MB'];
    }
  });
});
