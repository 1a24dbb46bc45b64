#!/usr/bin/env node
/**
 * Builds the TensorFlow.js binding for Node against a current libtensorflow. The published
 * package @tensorflow/tfjs-node(-gpu) fetches libtensorflow 2.9.1 for CUDA 11, which newer cards
 * and drivers do not run; the wheels on PyPI hold a current one.
 *
 *   node tools/native-tensorflow/build.mjs            TensorFlow for the CPU
 *   node tools/native-tensorflow/build.mjs --gpu      with CUDA 12 (NVIDIA driver 525 or newer)
 *
 * Everything goes into one folder, `.native-tensorflow` at the root of the repository, which
 * `selectBackend` finds; deleting it undoes the build.
 */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { compile } from './compile.mjs';
import { fetchNpm, fetchWheels } from './fetch.mjs';
import { layOut } from './layout.mjs';
import { BuildError, checkMachine } from './machine.mjs';
import { smokeTest } from './smoke.mjs';

const defaults = { tensorflow: '2.21.0', tfjsNode: '4.22.0', nodeApiHeaders: '1.9.0' };

const help = `node tools/native-tensorflow/build.mjs [--gpu] [--version ${defaults.tensorflow}] [--out FOLDER]
  --gpu       TensorFlow with CUDA 12 (about 5 GB on disk); without it, for the CPU (0.9 GB)
  --version   version of TensorFlow on PyPI
  --out       folder to build into; elsewhere than the default, name it in
              SPECTRALOOM_NATIVE_TENSORFLOW so that it is found
Exit code 3: PyPI or npm could not be reached.`;

async function main() {
  const { values } = parseArgs({
    options: {
      gpu: { type: 'boolean', default: false },
      version: { type: 'string', default: defaults.tensorflow },
      out: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return console.log(help);
  const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
  const out = resolve(values.out ?? join(root, '.native-tensorflow'));
  if (existsSync(out) && !existsSync(join(out, 'versions.json'))) {
    throw new BuildError({
      what: `${out} exists and was not made by this script`,
      next: 'name another folder with --out',
    });
  }
  const work = `${out}.making-${process.pid}`;
  const wanted = { ...defaults, tensorflow: values.version, variant: values.gpu ? 'gpu' : 'cpu' };
  try {
    const machine = await step('look at this machine', () => checkMachine());
    mkdirSync(work, { recursive: true });
    writeFileSync(join(work, '.gitignore'), '*\n');
    const wheels = await step('fetch libtensorflow from PyPI', () =>
      fetchWheels({ work, wanted, machine }),
    );
    const sources = await step('fetch the binding from npm', () => fetchNpm({ work, wanted }));
    await step('compile the binding', () => compile({ work, sources, machine }));
    await step('lay out the folder', () => layOut({ work, sources, wheels, wanted, machine }));
    await step('run a convolution on it', () => smokeTest(work, root, wanted.variant));
    rmSync(out, { recursive: true, force: true });
    renameSync(work, out);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  console.log(`\n${out} is ready; selectBackend and \`spectraloom doctor\` find it.`);
  console.log('To undo: delete the folder.');
}

async function step(name, run) {
  const since = performance.now();
  process.stdout.write(`${name} ... `);
  const result = await run();
  const seconds = ((performance.now() - since) / 1000).toFixed(1);
  console.log(`${result?.said ? `${result.said}, ` : ''}${seconds} s`);
  return result;
}

main().catch((error) => {
  console.error(`\n${error instanceof BuildError ? error.message : error.stack}`);
  process.exitCode = error.unreachable ? 3 : 1;
});
