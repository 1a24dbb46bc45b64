/** Time of a training step by kernel, from the GPU's own clock. Arguments: backend, network, batch. */
import { selectBackend } from '@spectraloom/compute';
import * as tf from '@tensorflow/tfjs-core';
import { buildCase } from '../../packages/models/bench/training-step/networks.mjs';

const [backend, network, batch] = process.argv.slice(2);
const { device } = await selectBackend({ require: backend });
const { loss } = buildCase(network, Number(batch));
const adam = tf.train.adam(1e-3);
const step = async () => {
  const value = adam.minimize(loss, true);
  await value.data();
  value.dispose();
};
await step();
tf.env().set('CHECK_COMPUTATION_FOR_ERRORS', false);
const since = performance.now();
await step();
const wall = performance.now() - since;
const { kernels } = await tf.profile(async () => {
  await step();
  return tf.scalar(0);
});
const times = new Map();
for (const { name, kernelTimeMs } of kernels) {
  const entry = times.get(name) ?? { ms: 0, calls: 0 };
  const ms = await kernelTimeMs;
  entry.ms += typeof ms === 'number' && Number.isFinite(ms) ? ms : 0;
  entry.calls++;
  times.set(name, entry);
}
const all = [...times.values()].reduce((sum, { ms }) => sum + ms, 0);
console.log(
  `${network}, batch ${batch}, on ${device}: step ${wall.toFixed(1)} ms, kernels ${all.toFixed(1)} ms`,
);
for (const [name, { ms, calls }] of [...times].sort((a, b) => b[1].ms - a[1].ms).slice(0, 15)) {
  console.log(`  ${name.padEnd(24)} ${ms.toFixed(2).padStart(10)} ms  ${calls} calls`);
}
process.exit(0);
