import { join, resolve } from 'node:path';
import type { OpenOptions } from '../ins/open.js';
import { PipelineError } from '../errors.js';
import type { NamedText } from '../ins/files.js';
import type { Stage } from '../stages/stage.js';
import { xrayEvaluateStage } from './evaluateStage.js';
import type { XrayExperiment } from './experiment.js';
import { checkXrayFile, loadXrayPreset } from './files.js';
import { xrayReportStage } from './reportStage.js';
import { spectraStage } from './spectraStage.js';
import { structuresStage } from './structuresStage.js';
import { xrayTrainStage } from './trainStage.js';

/** A structure-to-spectrum pipeline whose files have been read and checked, ready to run. */
export interface OpenXray {
  readonly kind: 'xray';
  readonly name: string;
  readonly preset: string;
  readonly runFolder: string;
  readonly stages: readonly Stage[];
  readonly experiment: XrayExperiment;
}

/**
 * Opens a pipeline of kind `xray`: its file and preset are checked before anything runs.
 * @throws PipelineError PIPELINE_INVALID, PRESET_NOT_FOUND
 */
export async function openXray(
  options: OpenOptions,
  folder: string,
  text: NamedText,
): Promise<OpenXray> {
  const pipeline = { folder, file: checkXrayFile(text) };
  const preset = await loadXrayPreset(pipeline, options.preset);
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
      what: `--${foreign} has no meaning for a pipeline of kind xray`,
      where: pipeline.file.name,
      next: `leave --${foreign} out`,
    });
  }
  const presetName = options.preset.replace(/^.*[\\/]|\.ya?ml$/g, '');
  const experiment: XrayExperiment = {
    root: resolve(options.root),
    pipeline,
    preset,
    presetName,
    choice: {
      commandLine: options.commandLine,
      ...(options.workers === undefined ? {} : { workers: options.workers }),
      ...(options.datasetsFolder === undefined
        ? {}
        : { datasetsFolder: resolve(options.datasetsFolder) }),
      ...(options.slurm === undefined ? {} : { slurm: options.slurm }),
    },
  };
  return {
    kind: 'xray',
    name: pipeline.file.name,
    preset: presetName,
    runFolder: join(resolve(options.runsFolder), pipeline.file.name, presetName),
    stages: [
      structuresStage(experiment),
      spectraStage(experiment),
      xrayTrainStage(experiment),
      xrayEvaluateStage(experiment),
      xrayReportStage(experiment),
    ],
    experiment,
  };
}
