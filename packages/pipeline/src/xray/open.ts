import { join, resolve } from 'node:path';
import type { OpenOptions } from '../ins/open.js';
import type { NamedText } from '../opening/named.js';
import { plainChoice } from '../opening/choice.js';
import { presetNameOf } from '../opening/preset.js';
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
  const choice = plainChoice(options, { kind: 'xray', name: pipeline.file.name });
  const presetName = presetNameOf(options.preset);
  const experiment: XrayExperiment = {
    root: resolve(options.root),
    pipeline,
    preset,
    presetName,
    choice,
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
