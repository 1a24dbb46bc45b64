import * as tf from '@tensorflow/tfjs-core';
import { cpuName, mainMemoryBytes } from './cpu.js';
import { deterministic } from './determinism.js';
import { findNativeBuild, loadNativeBuild, provideOldUtil } from './native-tensorflow.js';
import { nvidiaGpu } from './nvidia.js';
import { importOptional } from './optional-import.js';
import { registerNativeReluGradient } from '../tape/relu.js';
import type { Candidate } from './types.js';

const packages = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'];

/** Where the backend comes from, once it is there; a second activation asks no more. */
let provider: string | undefined;

/**
 * Native TensorFlow: a build of `tools/native-tensorflow` (a current libtensorflow) where there
 * is one, else the optional packages `tfjs-node-gpu` and `tfjs-node` (libtensorflow 2.9).
 */
export const tensorflowCandidate: Candidate = {
  name: 'tensorflow',
  async activate() {
    provider ??= await load();
    if (!(await tf.setBackend('tensorflow'))) throw new Error(`${provider} does not start`);
    const onGpu = (tf.backend() as { isUsingGpuDevice?: boolean }).isUsingGpuDevice === true;
    const gpu = onGpu ? await nvidiaGpu() : undefined;
    const memoryBytes = onGpu ? gpu?.memoryBytes : mainMemoryBytes();
    return {
      name: 'tensorflow' as const,
      provider,
      device: onGpu ? (gpu?.name ?? 'GPU (chosen by TensorFlow)') : cpuName(),
      ...(memoryBytes === undefined ? {} : { memoryBytes }),
      kernels: [registerNativeReluGradient()],
    };
  },
};

async function load(): Promise<string> {
  const reasons: string[] = [];
  const attempts = [loadBuild, ...packages.map((name) => () => loadPackage(name))];
  for (const attempt of attempts) {
    try {
      const found = await attempt();
      if (found) return found;
    } catch (error) {
      reasons.push((error as Error).message);
    }
  }
  throw new Error(reasons.join('; '));
}

async function loadBuild(): Promise<string | undefined> {
  const build = findNativeBuild();
  if (!build) return undefined;
  loadNativeBuild(build);
  return `tools/native-tensorflow, TensorFlow ${build.tensorflow} (${build.variant})`;
}

async function loadPackage(name: string): Promise<string> {
  provideOldUtil();
  if (deterministic()) process.env['TF_DETERMINISTIC_OPS'] ??= '1';
  return `${name} ${versionOf(await importOptional(name))}`;
}

function versionOf(module: Record<string, unknown>): string {
  const versions = (module['version'] ??
    (module['default'] as Record<string, unknown>)?.['version']) as
    Record<string, string> | undefined;
  return versions?.['tfjs-node'] ?? versions?.['tfjs'] ?? 'of unknown version';
}
