/**
 * One backend, one network: does a training step (forward, loss, backward, Adam) for each line on
 * standard input and answers with a line of JSON. Arguments: backend, network, batch size.
 */
import { createInterface } from 'node:readline';
import { selectBackend } from '@spectraloom/compute';
import * as tf from '@tensorflow/tfjs-core';
import { buildCase } from './networks.mjs';

const [backendName, network, batch] = process.argv.slice(2);
const say = (answer) => console.log(JSON.stringify(answer));

try {
  const { device, provider } = await selectBackend({ require: backendName });
  const { parameters, loss } = buildCase(network, Number(batch));
  const adam = tf.train.adam(1e-3);
  say({ device, provider, parameters });
  for await (const _line of createInterface({ input: process.stdin })) {
    const [from, cpu] = [performance.now(), process.cpuUsage()];
    const value = adam.minimize(loss, true);
    const [number] = await value.data();
    value.dispose();
    const ms = performance.now() - from;
    const { user, system } = process.cpuUsage(cpu);
    const peakMB = process.resourceUsage().maxRSS / 1024;
    say({ ms, cpuMs: (user + system) / 1000, peakMB, loss: number });
  }
} catch (error) {
  say({ error: error.message.split('\n')[0] });
}
process.exit(0);
