/** Puts the JavaScript side beside the library and writes down what the folder was made of. */
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Of the package @tensorflow/tfjs-node the folder keeps the backend and its kernels only. They
 * require `@tensorflow/tfjs`, the bundle of everything; a small module gives them the
 * tfjs-core of the program that loads them instead, so that there is one engine.
 */
export function layOut({ work, sources, wheels, wanted, machine }) {
  const dist = join(sources.tfjsNode, 'dist');
  mkdirSync(join(work, 'dist/kernels'), { recursive: true });
  for (const file of ['nodejs_kernel_backend.js', 'register_all_kernels.js', 'int64_tensors.js']) {
    cpSync(join(dist, file), join(work, 'dist', file));
  }
  for (const file of readdirSync(join(dist, 'kernels'))) {
    if (file.endsWith('.js') && !file.endsWith('_test.js')) {
      cpSync(join(dist, 'kernels', file), join(work, 'dist/kernels', file));
    }
  }
  // Only TensorBoard summaries use it, and it would bring google-protobuf along.
  write(work, 'dist/proto/api_pb.js', "'use strict';\nmodule.exports = {};\n");
  const core =
    "'use strict';\nmodule.exports = globalThis[Symbol.for('spectraloom.tfjs-core')] ?? require('@tensorflow/tfjs-core');\n";
  for (const name of ['tfjs', 'tfjs-core']) {
    const text = name === 'tfjs' ? core : core.replace(/ \?\? require.*\)/, '');
    write(work, `dist/node_modules/@tensorflow/${name}/index.js`, text);
  }
  write(work, 'package.json', '{ "private": true, "type": "commonjs" }\n');
  const versions = {
    tensorflow: wanted.tensorflow,
    variant: wanted.variant,
    tfjsNode: wanted.tfjsNode,
    nodeApiHeaders: wanted.nodeApiHeaders,
    platform: process.platform,
    arch: process.arch,
    compiler: machine.compilerVersion,
    node: process.version,
    wheels: wheels.wheels,
  };
  write(work, 'versions.json', `${JSON.stringify(versions, null, 2)}\n`);
  for (const folder of ['fetched', 'include']) {
    rmSync(join(work, folder), { recursive: true, force: true });
  }
}

function write(work, path, text) {
  mkdirSync(join(work, path, '..'), { recursive: true });
  writeFileSync(join(work, path), text);
}
