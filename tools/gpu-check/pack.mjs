#!/usr/bin/env node
/**
 * Packs what a machine with a GPU needs to check and measure WebGPU, where nothing can be installed
 * and no repository is reached: Node, the built packages, Dawn, tfjs, the Vulkan loader, the
 * training step in PyTorch. See README.md beside this file.
 *
 *   npm run pack:gpu-check [-- --out FOLDER]
 */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'vite';
import { vulkanLoader } from '../vitest/swiftshader.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../..');
const { values } = parseArgs({ options: { out: { type: 'string', default: '.gpu-check' } } });
const out = resolve(root, values.out);
const modules = join(out, 'node_modules');
const bench = join(root, 'packages/models/bench');

/** Folder of an installed package, as a package at `from` sees it. */
function folderOf(name, from) {
  const paths = createRequire(join(from, 'package.json')).resolve.paths(name);
  const found = paths
    .map((path) => join(path, name))
    .find((path) => existsSync(join(path, 'package.json')));
  if (!found) throw new Error(`${name} is not installed: npm install`);
  return found;
}

/** Copies a package and what it depends on; of tfjs only what Node loads, of Dawn only this platform's. */
function take(name, from, taken = new Set()) {
  if (taken.has(name) || name.startsWith('@types/') || name.startsWith('@webgpu/')) return taken;
  taken.add(name);
  const folder = folderOf(name, from);
  const target = join(modules, name);
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  if (name.startsWith('@tensorflow/')) {
    for (const file of ['package.json', manifest.main])
      cpSync(join(folder, file), join(target, file));
    const wasm = join(folder, 'dist/tfjs-backend-wasm-simd.wasm');
    if (existsSync(wasm)) cpSync(wasm, join(target, 'dist/tfjs-backend-wasm-simd.wasm'));
  } else {
    const platform = `${process.platform}-${process.arch}`;
    const other = (path) => {
      const [, build] = /^\/dist\/([^/]+)/.exec(path.slice(folder.length)) ?? [];
      return name === 'webgpu' && build !== undefined && build !== platform;
    };
    cpSync(folder, target, { recursive: true, filter: (path) => !other(path) });
  }
  for (const need of Object.keys(manifest.dependencies ?? {})) take(need, folder, taken);
  return taken;
}

/** One file of our own code for each entry; tfjs and Dawn stay packages, since they load each other. */
async function bundle(entries, folder) {
  await build({
    root,
    configFile: false,
    logLevel: 'warn',
    ssr: { noExternal: true, external: ['webgpu'] },
    build: {
      ssr: true,
      target: 'node20',
      outDir: folder,
      emptyOutDir: false,
      rollupOptions: {
        input: entries,
        external: [/^@tensorflow\//, 'webgpu'],
        output: { format: 'es', entryFileNames: '[name].mjs' },
      },
    },
  });
}

rmSync(out, { recursive: true, force: true });
mkdirSync(join(out, 'bench/training-step'), { recursive: true });
const taken = new Set();
for (const name of ['core', 'layers', 'backend-wasm', 'backend-webgpu']) {
  take(`@tensorflow/tfjs-${name}`, join(root, 'packages/compute'), taken);
}
take('webgpu', join(root, 'packages/compute'), taken);
await bundle(
  { suite: join(here, 'suite.mjs'), kernels: join(here, 'kernels.mjs') },
  join(out, 'bench'),
);
await bundle({ worker: join(bench, 'training-step/worker.mjs') }, join(out, 'bench/training-step'));
cpSync(
  join(bench, 'training-step-pytorch.bench.mjs'),
  join(out, 'bench/training-step-pytorch.bench.mjs'),
);
cpSync(
  join(bench, 'training-step/torch_worker.py'),
  join(out, 'bench/training-step/torch_worker.py'),
);
cpSync(join(here, 'run.sh'), join(out, 'run.sh'));
cpSync(process.execPath, join(out, 'node'), { dereference: true });
const loader = vulkanLoader();
if (loader) cpSync(loader, join(out, 'lib/libvulkan.so.1'), { dereference: true });
else console.log('no libvulkan.so.1 here to bring along: the other machine must have one');
writeFileSync(join(out, 'package.json'), '{ "type": "module", "private": true }\n');
writeFileSync(join(out, '.gitignore'), '*\n');
execFileSync('tar', [
  '-C',
  dirname(out),
  '-czf',
  `${out}.tar.gz`,
  out.slice(dirname(out).length + 1),
]);
const megabytes = (statSync(`${out}.tar.gz`).size / 2 ** 20).toFixed(1);
console.log(
  `${out} and ${out}.tar.gz (${megabytes} MiB): ${[...taken].length} packages, Node ${process.versions.node}`,
);
