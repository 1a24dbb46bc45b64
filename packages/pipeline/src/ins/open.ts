import { join, resolve } from 'node:path';
import { imageFrame, imageLayout, parseImageSpec, spectrometersOf } from '@spectraloom/imaging';
import { instrumentNames, instrumentText, parseInstrument } from '@spectraloom/instrument';
import { parseSpinModel } from '@spectraloom/spinwave';
import { PipelineError } from '../errors.js';
import type { OpenPipeline } from '../open.js';
import type { Stage } from '../stages/stage.js';
import { calibrateStage } from './calibrateStage.js';
import { evaluateStage } from './evaluateStage.js';
import type { Experiment, RunChoice } from './experiment.js';
import { explainStage } from './explainStage.js';
import { checkLearned, type LearnChoice, withChoice } from './learn/settings.js';
import { loadPipeline, loadPreset } from './files.js';
import { type NamedText, readNamed } from '../opening/named.js';
import { imagesStage } from './imagesStage.js';
import { measurementKey } from './measurement.js';
import { outsideStage } from './outside/stage.js';
import { planStage } from './planStage.js';
import { reportStage } from './reportStage.js';
import { spectraStage } from './spectraStage.js';
import { trainStage } from './trainStage.js';

export interface OpenOptions extends RunChoice {
  /** Folder that holds pipelines/ and datasets/. */
  readonly root: string;
  /** Folder for results; stages go to `<runsFolder>/<pipeline>/<preset>`. */
  readonly runsFolder: string;
  /** Name of a pipeline, or the path of its folder. */
  readonly pipeline: string;
  readonly preset: string;
  /** What shall be trained, over what the preset says; part of the keys. */
  readonly learn?: LearnChoice;
}

/** An inelastic-neutron pipeline whose files have been read and checked, ready to run. */
export interface OpenIns {
  readonly kind: 'ins';
  readonly name: string;
  readonly preset: string;
  readonly runFolder: string;
  readonly stages: readonly Stage[];
  readonly experiment: Experiment;
}

/**
 * The pipeline, where it is one of inelastic-neutron images.
 * @throws PipelineError PIPELINE_INVALID
 */
export function requireIns(opened: OpenPipeline, what: string): OpenIns {
  if (opened.kind === 'ins') return opened;
  throw new PipelineError('PIPELINE_INVALID', {
    what: `${what} is for pipelines of inelastic-neutron images`,
    where: opened.name,
    got: `a pipeline of kind ${opened.kind}`,
    next: 'name another pipeline, such as pcsmo',
  });
}

/**
 * Reads a pipeline, its preset, models, instrument and the measurement, and checks all of them, so
 * that a mistake is found before anything is simulated.
 * @throws PipelineError, and the errors of the packages whose files these are
 */
export async function openIns(options: OpenOptions): Promise<OpenIns> {
  const root = resolve(options.root);
  const pipeline = await loadPipeline(root, options.pipeline);
  const preset = withChoice(await loadPreset(pipeline, options.preset), options.learn ?? {});
  checkLearned(preset, `preset '${options.preset}'`);
  const classes = pipeline.models.map((file) => {
    const model = parseSpinModel(file.text, { source: file.path });
    return { label: model.label, file, model };
  });
  const labels = classes.map((c) => c.label);
  const twice = labels.find((label, i) => labels.indexOf(label) !== i);
  if (twice !== undefined) {
    throw new PipelineError('PIPELINE_INVALID', {
      what: 'two classes of the pipeline have the same label',
      where: join(pipeline.folder, 'pipeline.yaml'),
      got: twice,
      expected: 'a label of its own for each model file',
      next: "change 'label' in one of the model files",
    });
  }
  const spec = parseImageSpec(
    { ...pipeline.file.image, ...preset.image },
    { source: `image of pipeline '${pipeline.file.name}', preset '${options.preset}'` },
  );
  const presetName = options.preset.replace(/^.*[\\/]|\.ya?ml$/g, '');
  const experiment: Experiment = {
    root,
    runsFolder: resolve(options.runsFolder),
    pipeline,
    preset,
    presetName,
    classes,
    instrument: await readInstrument(pipeline.folder, pipeline.file.instrument),
    spec,
    layout: imageLayout(spec),
    choice: {
      commandLine: options.commandLine,
      ...(options.measured ? { measured: options.measured } : {}),
      ...(options.workers === undefined ? {} : { workers: options.workers }),
      ...(options.backend === undefined ? {} : { backend: options.backend }),
      ...(options.datasetsFolder === undefined
        ? {}
        : { datasetsFolder: resolve(options.datasetsFolder) }),
      ...(options.retrain === undefined ? {} : { retrain: options.retrain }),
      ...(options.slurm === undefined ? {} : { slurm: options.slurm }),
    },
  };
  // A chopper that transmits nothing, an impossible geometry: found here, not in every shard.
  const { instrument } = experiment;
  spectrometersOf(
    parseInstrument(instrument.text, { source: instrument.path }),
    spec,
    imageFrame(spec, classes[0]!.model.chemicalLattice),
  );
  await measurementKey(experiment);
  return {
    kind: 'ins',
    name: pipeline.file.name,
    preset: presetName,
    runFolder: join(resolve(options.runsFolder), pipeline.file.name, presetName),
    stages: [
      ...dataStages(experiment),
      trainStage(experiment),
      calibrateStage(experiment),
      outsideStage(experiment),
      evaluateStage(experiment),
      explainStage(experiment),
      reportStage(experiment),
    ],
    experiment,
  };
}

/** The stages that make a data set. */
export function dataStages(experiment: Experiment): Stage[] {
  return [
    planStage(experiment),
    ...(experiment.preset.spectra === 'store' ? [spectraStage(experiment)] : []),
    imagesStage(experiment),
  ];
}

/** A built-in instrument by name, or a file beside the pipeline file; checked. */
async function readInstrument(folder: string, nameOrFile: string): Promise<NamedText> {
  const builtIn = instrumentNames().includes(nameOrFile);
  const file = builtIn
    ? { path: nameOrFile, text: instrumentText(nameOrFile) }
    : await readNamed(join(folder, nameOrFile));
  parseInstrument(file.text, { source: file.path });
  return file;
}
