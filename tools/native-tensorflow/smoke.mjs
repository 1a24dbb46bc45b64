/** Runs the fresh build once, in a process of its own: a convolution forward and backward. */
import { join } from 'node:path';
import { BuildError, run, tail } from './machine.mjs';

const program = `
const [folder, root] = process.argv.slice(1);
const { createRequire } = require('node:module');
const tf = createRequire(root + '/packages/compute/package.json')('@tensorflow/tfjs-core');
globalThis[Symbol.for('spectraloom.tfjs-core')] = tf;
const util = require('node:util');
util.isNullOrUndefined ??= (value) => value == null;
util.isArray ??= Array.isArray;
require(folder + '/dist/register_all_kernels.js');
const { NodeJSKernelBackend } = require(folder + '/dist/nodejs_kernel_backend.js');
const binding = require(folder + '/tfjs_binding.node');
tf.registerBackend('tensorflow', () => new NodeJSKernelBackend(binding, 'spectraloom'));
tf.setBackend('tensorflow');
const x = tf.ones([2, 6, 5, 1]);
const dy = tf.ones([2, 4, 3, 2]);
const y = tf.conv2d(x, tf.ones([3, 3, 1, 2]), 1, 'valid').dataSync();
const dw = tf.engine().runKernel('Conv2DBackpropFilter', { x, dy },
  { strides: 1, pad: 'valid', dataFormat: 'NHWC', dimRoundingMode: undefined, filterShape: [3, 3, 1, 2] }).dataSync();
console.log(JSON.stringify({ version: binding.TF_Version, gpu: tf.backend().isUsingGpuDevice, y: y[0], dw: dw[0] }));
`;

export async function smokeTest(folder, root, variant) {
  const stdout = await run(process.execPath, ['-e', program, folder, root], {
    timeout: 300_000,
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2', TF_FORCE_GPU_ALLOW_GROWTH: 'true' },
  }).catch((error) => {
    throw new BuildError({
      what: 'the build does not run',
      where: join(folder, 'tfjs_binding.node'),
      got: tail(error),
      next: 'look at the versions; with --gpu, at the NVIDIA driver (nvidia-smi)',
    });
  });
  const { version, gpu, y, dw } = JSON.parse(stdout.trim().split('\n').pop());
  if (y !== 9 || dw !== 24) {
    throw new BuildError({
      what: 'the build computes wrongly',
      got: `a convolution of ones gives ${y}, its filter gradient ${dw}`,
      expected: '9 and 24',
    });
  }
  const unseen =
    variant === 'gpu' && !gpu ? ', which is all there is: no GPU seen (nvidia-smi)' : '';
  return { said: `TensorFlow ${version} on the ${gpu ? 'GPU' : 'CPU'}${unseen}` };
}
