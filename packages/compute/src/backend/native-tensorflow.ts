import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { deterministic } from './determinism.js';
import { firstLine } from './optional-import.js';

/** `versions.json` of a folder that `tools/native-tensorflow` built. */
export interface NativeBuild {
  folder: string;
  tensorflow: string;
  variant: 'cpu' | 'gpu';
  tfjsNode: string;
  platform: string;
  arch: string;
}

const folderName = '.native-tensorflow';

/**
 * The folder `tools/native-tensorflow` built: the one `SPECTRALOOM_NATIVE_TENSORFLOW` names, else
 * `.native-tensorflow` in the working directory or a folder above it, or above this package.
 * Undefined where there is none. Throws with the reason when the named folder holds no build.
 */
export function findNativeBuild(
  environment: NodeJS.ProcessEnv = process.env,
  starts: string[] = [process.cwd(), dirname(fileURLToPath(import.meta.url))],
): NativeBuild | undefined {
  const named = environment['SPECTRALOOM_NATIVE_TENSORFLOW'];
  if (named === '') return undefined; // set and empty: leave a build that is there alone
  if (named !== undefined) {
    const folder = resolve(named);
    if (!existsSync(join(folder, 'versions.json'))) {
      throw new Error(`SPECTRALOOM_NATIVE_TENSORFLOW names ${folder}, which holds no build`);
    }
    return readBuild(folder);
  }
  const folder = starts
    .flatMap(ancestors)
    .map((start) => join(start, folderName))
    .find((candidate) => existsSync(join(candidate, 'versions.json')));
  return folder === undefined ? undefined : readBuild(folder);
}

/**
 * Registers the backend `tensorflow` out of a build. TensorFlow takes GPU memory as it needs it,
 * and keeps its notices about the processor to itself, unless the environment says otherwise.
 *
 * Throws with the reason, one line, when the build is for another machine or does not load.
 */
export function loadNativeBuild(build: NativeBuild): void {
  if (tf.findBackendFactory('tensorflow')) return;
  const here = `${process.platform} on ${process.arch}`;
  if (`${build.platform} on ${build.arch}` !== here) {
    throw new Error(
      `the build in ${build.folder} is for ${build.platform} on ${build.arch}, not ${here}`,
    );
  }
  if (build.tfjsNode !== tf.version_core) {
    throw new Error(
      `the build in ${build.folder} is of tfjs-node ${build.tfjsNode} and tfjs-core is ${tf.version_core}: build it again`,
    );
  }
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  process.env['TF_FORCE_GPU_ALLOW_GROWTH'] ??= 'true';
  if (deterministic()) process.env['TF_DETERMINISTIC_OPS'] ??= '1';
  provideOldUtil();
  // Its kernels register with this program's engine: a second tfjs-core would have its own.
  Object.assign(globalThis, { [Symbol.for('spectraloom.tfjs-core')]: tf });
  const require = createRequire(join(build.folder, 'package.json'));
  try {
    const binding = require('./tfjs_binding.node') as object;
    require('./dist/register_all_kernels.js');
    const { NodeJSKernelBackend } = require('./dist/nodejs_kernel_backend.js') as {
      NodeJSKernelBackend: new (binding: object, name: string) => tf.KernelBackend;
    };
    const name = build.variant === 'gpu' ? '@tensorflow/tfjs-node-gpu' : '@tensorflow/tfjs-node';
    tf.registerBackend('tensorflow', () => new NodeJSKernelBackend(binding, name));
  } catch (error) {
    throw new Error(
      `the build in ${build.folder} does not load: ${firstLine((error as Error).message)}`,
      { cause: error },
    );
  }
}

/** tfjs-node 4.22 calls two functions of `node:util` that Node 23 removed. */
export function provideOldUtil(): void {
  const util = createRequire(import.meta.url)('node:util') as Record<string, unknown>;
  util['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined;
  util['isArray'] ??= Array.isArray;
}

function readBuild(folder: string): NativeBuild {
  const text = readFileSync(join(folder, 'versions.json'), 'utf8');
  try {
    return { ...(JSON.parse(text) as Omit<NativeBuild, 'folder'>), folder };
  } catch (error) {
    throw new Error(`${join(folder, 'versions.json')} is no JSON: build it again`, {
      cause: error,
    });
  }
}

function ancestors(start: string): string[] {
  const parent = dirname(start);
  return parent === start ? [start] : [start, ...ancestors(parent)];
}
