/**
 * Fits from structures to spectra: seconds of CPU an epoch and a fit of each method, beside one
 * training step of the same net on TensorFlow.js. 2,560 training structures of 3 inputs, 200 points.
 */
import { selectBackend } from '@spectraloom/compute';
import { fitInterpreter, splitSamples } from '@spectraloom/models/xray';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';

const rows = 4000;
const points = 200;
let state = 1;
const uniform = () => (state = (state * 48271) % 2147483647) / 2147483647;
const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
const structures = Array.from({ length: rows }, () => [normal(), normal(), normal()]);
// Two lines that move and grow with structure.
const spectra = structures.map(([a, b, c]) =>
  Float64Array.from({ length: points }, (_, j) => {
    const e = (10 * j) / (points - 1) - 5;
    const line = (at, width) => Math.exp(-0.5 * ((e - at) / width) ** 2);
    return (
      (1 + 0.2 * a) * line(-1 + 0.8 * a - 0.4 * b, 0.6) +
      (1 - 0.2 * c) * line(2 + 0.5 * (b + c), 0.7)
    );
  }),
);
const data = splitSamples({ structures, spectra });
const cpu = async (work) => {
  const before = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  return { seconds: (user + system) / 1e6, result };
};

const epochs = 10;
const training = { epochs };
const { seconds, result: emulator } = await cpu(() =>
  fitInterpreter('emulator', data, { training }),
);
const { rows: rank } = emulator.parts.outputScale.basis;
console.log(`emulator 3-64-64-64-${rank} (${rank} principal components of ${points} points):`);
console.log(`  ${(seconds / epochs).toFixed(3)} s of CPU an epoch of 80 batches of 32`);
const fits = [
  ['ednn', { components: 1, training }],
  ['nnca', { components: 1, training, starts: 1 }],
  ['eca', { components: 1, emulator, starts: 8 }],
  ['linear', { components: 1 }],
  ['pls', { components: 1 }],
  ['pca', { components: 1 }],
];
for (const [method, options] of fits) {
  const one = await cpu(() => fitInterpreter(method, data, options));
  const net = 'training' in options;
  const told = net
    ? `${(one.seconds / epochs).toFixed(3)} s an epoch`
    : `${one.seconds.toFixed(2)} s a fit`;
  console.log(`  ${method.padEnd(8)} ${told}, with its preparation`);
}

const { name } = await selectBackend();
const net = layers.sequential({
  layers: [64, 64, 64, points].map((units, i) =>
    layers.layers.dense({
      units,
      activation: i < 3 ? 'tanh' : 'linear',
      ...(i === 0 && { inputShape: [3] }),
    }),
  ),
});
const optimizer = tf.train.adam(0.01);
const x = tf.randomNormal([32, 3]);
const y = tf.randomNormal([32, points]);
const step = () =>
  tf.tidy(() =>
    optimizer.minimize(() =>
      tf.mean(tf.squaredDifference(net.apply(x, { training: true }), y)).asScalar(),
    ),
  );
for (let i = 0; i < 20; i++) step();
const steps = 160;
const before = performance.now();
const tensor = await cpu(async () => {
  for (let i = 0; i < steps; i++) step();
  await net.trainableWeights[0].read().data();
});
const wall = (performance.now() - before) / 1000;
const perEpoch = (tensor.seconds * 80) / steps;
console.log(
  `TensorFlow.js (${name}), the same step with ${points} outputs: ${perEpoch.toFixed(3)} s of CPU an epoch (${((wall * 80) / steps).toFixed(3)} s by the clock), ${(perEpoch / (seconds / epochs)).toFixed(1)} times ours`,
);
