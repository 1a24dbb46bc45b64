import * as tf from '@tensorflow/tfjs-core';
import { cpuName, mainMemoryBytes } from './cpu.js';
import { importOptional } from './optional-import.js';
import type { Candidate } from './types.js';

const packages = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'];

/** Native TensorFlow through `tfjs-node-gpu`, else `tfjs-node`; both are optional packages. */
export const tensorflowCandidate: Candidate = {
  name: 'tensorflow',
  async activate() {
    const reasons: string[] = [];
    for (const name of packages) {
      try {
        const module = await importOptional(name);
        if (!(await tf.setBackend('tensorflow'))) throw new Error(`${name} does not start`);
        const backend = tf.backend() as { isUsingGpuDevice?: boolean };
        const gpu = backend.isUsingGpuDevice === true;
        return {
          name: 'tensorflow' as const,
          provider: `${name} ${versionOf(module)}`,
          device: gpu ? 'GPU (chosen by TensorFlow)' : cpuName(),
          ...(gpu ? {} : { memoryBytes: mainMemoryBytes() }),
          kernels: [],
        };
      } catch (error) {
        reasons.push((error as Error).message);
      }
    }
    throw new Error(reasons.join('; '));
  },
};

function versionOf(module: Record<string, unknown>): string {
  const versions = (module['version'] ??
    (module['default'] as Record<string, unknown>)?.['version']) as
    | Record<string, string>
    | undefined;
  return versions?.['tfjs-node'] ?? versions?.['tfjs'] ?? 'of unknown version';
}
