// A training step of cnn-gap at 240 x 400 on wasm in one thread and shared by two, in turns, in parts
// of 8 images:
//   npx nx run-many -t build && node packages/training/bench/threads.bench.mjs [--batch 32] [--rounds 3] [--threads 2]
// Processor seconds say what sharing costs, the fastest wall time what it brings on a machine that
// has the cores to give.
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { selectBackend } from '../../compute/dist/index.js';
import { buildNetwork, weightsOf } from '../../models/dist/index.js';
import { gradientStep } from '../dist/fit/step.js';
import { GradientThreads } from '../dist/fit/threads/threads.js';

const { values: args } = parseArgs({
  options: {
    batch: { type: 'string', default: '32' },
    rounds: { type: 'string', default: '3' },
    threads: { type: 'string', default: '2' },
  },
});
const [batch, part] = [Number(args.batch), 8];
await selectBackend({ require: 'wasm' });
const inputShape = [240, 400, 1];
const network = buildNetwork('cnn-gap', { inputShape, classes: 2, seed: 1 });
const weights = weightsOf(network).filter((w) => w.trainable);
const inputs = Float32Array.from({ length: batch * 96_000 }, (_, i) => ((i * 7919) % 1009) / 1009);
const labels = Array.from({ length: batch }, (_, i) => i % 2);
const threads = await GradientThreads.start(network, weights, Number(args.threads));
const ways = {
  'one thread': () => gradientStep(network, weights, { inputs, labels }, part),
  [`${args.threads} threads`]: () => threads.step({ inputs, labels }, part, 0),
};
const results = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
for (let round = 0; round <= Number(args.rounds); round++) {
  for (const [name, run] of Object.entries(ways)) {
    const [from, cpu] = [performance.now(), process.cpuUsage()];
    tf.dispose((await run()).gradients);
    const { user, system } = process.cpuUsage(cpu);
    const seconds = { wall: (performance.now() - from) / 1e3, cpu: (user + system) / 1e6 };
    if (round > 0) results[name].push(seconds); // the first allocates
  }
}
for (const [name, steps] of Object.entries(results)) {
  const best = (key) => Math.min(...steps.map((step) => step[key])).toFixed(2);
  console.log(
    `${name.padEnd(12)} wall ${best('wall')} s, processor ${best('cpu')} s, batch ${batch}`,
  );
}
await threads.dispose();
