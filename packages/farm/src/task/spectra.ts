/** A task that stores spin waves before any instrument has seen them. Loaded by workers. */
import { imageWavevectors, type ImageSpecInput, parseImageSpec } from '@spectraloom/imaging';
import type { PlanRow } from '@spectraloom/sampling';
import { FarmError } from '../errors.js';
import { LabelledModels } from './models.js';
import { taskUrl, versions } from './module.js';
import type { FarmTask } from './port.js';
import { packSpectrum, spectrumLength } from './spectra-rows.js';

/** What the workers compute; plain JSON. */
export interface SpectraJob {
  /** Text of the model file of each label. */
  readonly models: Readonly<Record<string, string>>;
  /** Of it, only what decides the grid matters: see `imageWavevectors`. */
  readonly imageSpec: ImageSpecInput;
}

/** URL of this task for `GenerateOptions.taskModule`; workers load the compiled file. */
export const spectraTask = taskUrl(import.meta.url);

/**
 * A row is the modes of its model on the grid of its image, in single precision (`packSpectrum`).
 * @throws FarmError TASK_INVALID; ModelError, ImagingError for what they parse
 */
export function createTask(job: unknown): FarmTask {
  const { models: texts, imageSpec } = (job ?? {}) as Partial<SpectraJob>;
  if (typeof texts !== 'object' || Object.keys(texts).length === 0 || !imageSpec) {
    throw new FarmError({
      code: 'TASK_INVALID',
      what: 'The job is not one of this task',
      expected: 'models: the text of a model file for each label; imageSpec: an object',
    });
  }
  const models = new LabelledModels(texts);
  const spec = parseImageSpec(imageSpec);
  const grids = new Map(models.labels.map((l) => [l, imageWavevectors(models.get(l), spec)]));
  const length = Math.max(
    ...models.labels.map((label) => {
      const { nModes, model } = models.get(label);
      const nQ = grids.get(label)!.length / 3;
      return spectrumLength({ nQ, nModes, nSites: model.sites.length });
    }),
  );
  const row = new Float32Array(length);
  const costs = { spinWavesSeconds: 0, wavevectorsSolved: 0 };
  return {
    shape: [length],
    provenance: { task: 'ins-spectra', ...versions('spinwave', 'imaging') },
    costs: () => costs,
    simulate({ label, parameters }: PlanRow) {
      const since = performance.now();
      const model = models.get(label);
      const modes = model.modes(grids.get(label)!, model.parameterVector(parameters));
      packSpectrum(modes, row);
      costs.spinWavesSeconds += (performance.now() - since) / 1000;
      costs.wavevectorsSolved += modes.nQ;
      return row;
    },
  };
}
