/** Compiles the binding's C++ sources into `<work>/tfjs_binding.node`. */
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BuildError, run, tail } from './machine.mjs';

const libraries = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];

export async function compile({ work, sources, machine }) {
  const binding = join(sources.tfjsNode, 'binding');
  const preload = resolve(fileURLToPath(import.meta.url), '../preload.cc');
  const args = [
    ...['-O2', '-std=c++17', '-fPIC', '-shared', '-DNAPI_VERSION=8'],
    ...[join(sources.headers, 'include'), join(work, 'include'), sources.tfjsNode].map(
      (folder) => `-I${folder}`,
    ),
    ...[join(binding, 'tfjs_backend.cc'), join(binding, 'tfjs_binding.cc'), preload],
    ...['-o', join(work, 'tfjs_binding.node')],
    `-L${join(work, 'lib/tensorflow')}`,
    ...libraries.map((name) => `-l:${name}`),
    ...['-Wl,-rpath,$ORIGIN/lib/tensorflow', '-ldl'],
  ];
  await run(machine.compiler, args, { timeout: 600_000 }).catch((error) => {
    throw new BuildError({
      what: 'the binding does not compile',
      where: machine.compilerVersion,
      got: tail(error, 5),
      next: 'take the default version of TensorFlow, or another compiler (CXX)',
    });
  });
}
