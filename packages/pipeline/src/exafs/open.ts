import { join, resolve } from 'node:path';
import { parseChi, parseFeffPath, ScatteringPath } from '@spectraloom/xray';
import type { OpenOptions } from '../ins/open.js';
import type { NamedText } from '../opening/named.js';
import { plainChoice } from '../opening/choice.js';
import { presetNameOf } from '../opening/preset.js';
import type { Stage } from '../stages/stage.js';
import { exafsEvaluateStage } from './evaluateStage.js';
import type { ExafsExperiment } from './experiment.js';
import { checkExafsFile, loadExafsPreset, readPlaced } from './files.js';
import { parametersStage } from './parametersStage.js';
import { exafsReportStage } from './reportStage.js';
import { exafsSpectraStage } from './spectraStage.js';
import { exafsTrainStage } from './trainStage.js';

/** An EXAFS pipeline whose files have been read and checked, ready to run. */
export interface OpenExafs {
  readonly kind: 'exafs';
  readonly name: string;
  readonly preset: string;
  readonly runFolder: string;
  readonly stages: readonly Stage[];
  readonly experiment: ExafsExperiment;
}

/**
 * Opens a pipeline of kind `exafs`: its file, preset, path table and measured spectra are checked before
 * anything runs.
 * @throws PipelineError PIPELINE_INVALID, PRESET_NOT_FOUND; XrayError of the table or a spectrum
 */
export async function openExafs(
  options: OpenOptions,
  folder: string,
  text: NamedText,
): Promise<OpenExafs> {
  const file = checkExafsFile(text);
  const preset = await loadExafsPreset(folder, file.name, options.preset);
  const choice = plainChoice(
    options,
    { kind: 'exafs', name: file.name },
    "name measured spectra in 'measured' of its pipeline.yaml, or use: spectraloom exafs fit",
  );
  const root = resolve(options.root);
  const table = await readPlaced(root, folder, file.path);
  // By the name in the pipeline file: it goes into keys, which must not depend on the machine.
  const path = new ScatteringPath(parseFeffPath(table.text, file.path));
  const measured = await Promise.all(
    file.measured.map(async (m) => {
      const found = await readPlaced(root, folder, m.file);
      return { ...m, text: found, chi: parseChi(found.text, found.path) };
    }),
  );
  const presetName = presetNameOf(options.preset);
  const experiment: ExafsExperiment = {
    root,
    pipeline: { folder, file },
    preset,
    presetName,
    table,
    path,
    measured,
    choice,
  };
  return {
    kind: 'exafs',
    name: file.name,
    preset: presetName,
    runFolder: join(resolve(options.runsFolder), file.name, presetName),
    stages: [
      parametersStage(experiment),
      exafsSpectraStage(experiment),
      exafsTrainStage(experiment),
      exafsEvaluateStage(experiment),
      exafsReportStage(experiment),
    ],
    experiment,
  };
}
