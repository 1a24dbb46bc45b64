// Seconds a training step and a forward pass of each network, and their ratio.
//   npx nx run-many -t build && node packages/training/bench/training-step.bench.mjs
//     [--backend wasm] [--networks cnn-gap-small,cnn-gap,cnn-dense] [--batch 32] [--micro 8]
//     [--repeat 3] [--threads 1] [--kernels]
// `--micro`: images a pass takes at once; a batch of 32 of the full-size networks does not fit into
// the 4 GiB of WebAssembly. `--kernels` lists where the time of a step goes. Wall time, the best of
// the repetitions: a machine that does other things makes every single one longer.
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { selectBackend } from '../../compute/dist/index.js';
import {
  buildNetwork,
  defaultPreprocessing,
  preprocessedShape,
  weightsOf,
} from '../../models/dist/index.js';
import { Adam } from '../dist/optimiser/adam.js';
import { forwardLogits, gradientStep } from '../dist/fit/step.js';
import { GradientThreads } from '../dist/fit/threads/threads.js';

const { values: args } = parseArgs({
  options: {
    backend: { type: 'string', default: 'wasm' },
    networks: { type: 'string', default: 'cnn-gap-small,cnn-gap,cnn-dense' },
    batch: { type: 'string', default: '32' },
    micro: { type: 'string', default: '8' },
    repeat: { type: 'string', default: '3' },
    threads: { type: 'string', default: '1' },
    kernels: { type: 'boolean', default: false },
  },
});
const batch = Number(args.batch);
const repeat = Number(args.repeat);
const backend = await selectBackend({ require: args.backend });
console.log(`${backend.name}: ${backend.device} (${backend.provider})`);
console.log('network          weights     micro  forward s  step s  ratio  ms/image  memory MB');

for (const name of args.networks.split(',')) {
  const inputShape = preprocessedShape(defaultPreprocessing(name, [240, 400]));
  const network = buildNetwork(name, { inputShape, classes: 2, seed: 1 });
  const micro = name === 'cnn-gap-small' ? batch : Math.min(batch, Number(args.micro));
  const size = inputShape.reduce((product, n) => product * n, 1);
  const inputs = Float32Array.from({ length: batch * size }, (_, i) => ((i * 7919) % 1009) / 1009);
  const labels = Array.from({ length: batch }, (_, i) => i % 2);
  const weights = weightsOf(network).filter((w) => w.trainable);
  const optimiser = new Adam(weights);
  const count = Number(args.threads);
  const threads = count > 1 ? await GradientThreads.start(network, weights, count) : undefined;
  const step = async () => {
    const { gradients } = threads
      ? await threads.step({ inputs, labels }, micro, 0)
      : await gradientStep(network, weights, { inputs, labels }, micro);
    await optimiser.update(gradients, 1e-4);
    // Reading a weight waits for backends that compute in the background.
    await weights.at(-1).variable.data();
    tf.dispose(gradients);
  };
  const forward = () => forwardLogits(network, inputs, batch, micro);
  await forward();
  await step();
  const forwardS = await best(forward);
  const stepS = await best(step);
  const memory = process.memoryUsage();
  console.log(
    [
      name.padEnd(15),
      String(network.parameters).padStart(9),
      String(micro).padStart(9),
      forwardS.toFixed(3).padStart(10),
      stepS.toFixed(3).padStart(7),
      (stepS / forwardS).toFixed(2).padStart(6),
      ((stepS / batch) * 1000).toFixed(2).padStart(9),
      (memory.rss / 2 ** 20).toFixed(0).padStart(10),
    ].join(' '),
  );
  if (args.kernels) await kernelTable(step);
  optimiser.dispose();
  await threads?.dispose();
  network.dispose();
}

async function best(run) {
  let fastest = Infinity;
  for (let i = 0; i < repeat; i++) {
    const start = performance.now();
    await run();
    fastest = Math.min(fastest, (performance.now() - start) / 1000);
  }
  return fastest;
}

async function kernelTable(run) {
  const { kernels } = await tf.profile(async () => {
    await run();
    return tf.scalar(0);
  });
  const times = new Map();
  for (const { name, kernelTimeMs } of kernels) {
    const entry = times.get(name) ?? { ms: 0, calls: 0 };
    entry.ms += Number(await kernelTimeMs) || 0;
    entry.calls++;
    times.set(name, entry);
  }
  for (const [name, { ms, calls }] of [...times].sort((a, b) => b[1].ms - a[1].ms).slice(0, 12)) {
    console.log(`    ${name.padEnd(24)} ${ms.toFixed(1).padStart(8)} ms  ${calls} calls`);
  }
}
