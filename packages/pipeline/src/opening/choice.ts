import { resolve } from 'node:path';
import { PipelineError } from '../errors.js';
import type { RunChoice } from '../ins/experiment.js';
import type { OpenOptions } from '../ins/open.js';

/**
 * What a run may choose of pipelines that are not of inelastic-neutron images: workers, folder, cluster.
 * @param measuredInstead what to do in place of `--measured`
 * @throws PipelineError PIPELINE_INVALID at an option that only those have
 */
export function plainChoice(
  options: OpenOptions,
  pipeline: { readonly kind: string; readonly name: string },
  measuredInstead = 'leave --measured out',
): RunChoice {
  const given = {
    measured: options.measured,
    backend: options.backend,
    retrain: options.retrain,
    model: options.learn?.network,
    uncertainty: options.learn?.uncertainty,
  };
  const foreign = Object.entries(given).find(([, value]) => value !== undefined)?.[0];
  if (foreign !== undefined) {
    throw new PipelineError('PIPELINE_INVALID', {
      what: `--${foreign} has no meaning for a pipeline of kind ${pipeline.kind}`,
      where: pipeline.name,
      next: foreign === 'measured' ? measuredInstead : `leave --${foreign} out`,
    });
  }
  const { commandLine, workers, datasetsFolder, slurm } = options;
  return {
    commandLine,
    ...(workers === undefined ? {} : { workers }),
    ...(datasetsFolder === undefined ? {} : { datasetsFolder: resolve(datasetsFolder) }),
    ...(slurm === undefined ? {} : { slurm }),
  };
}
