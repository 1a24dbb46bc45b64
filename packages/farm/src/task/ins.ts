/** The default task: images of inelastic neutron scattering from spin models. Loaded by workers. */
import {
  createImager,
  type Imager,
  imageLayout,
  type ImageSpec,
  type ImageSpecInput,
  keepUnstable,
  parseImageSpec,
} from '@spectraloom/imaging';
import { type Instrument, parseInstrument } from '@spectraloom/instrument';
import type { ParameterValues, PlanRow } from '@spectraloom/sampling';
import { DatasetReader } from '@spectraloom/shards';
import { checkStability } from '@spectraloom/spinwave';
import { FarmError } from '../errors.js';
import { LabelledModels } from './models.js';
import { versions } from './module.js';
import type { FarmTask } from './port.js';
import { unpackSpectrum } from './spectra-rows.js';

/** What the workers simulate; plain JSON. */
export interface InsJob {
  /** Text of the model file of each label. */
  readonly models: Readonly<Record<string, string>>;
  /** Text of the instrument file. */
  readonly instrument: string;
  readonly imageSpec: ImageSpecInput;
  /** Points per axis of the zone at which a draw is checked; default that of `checkStability`. */
  readonly stabilityGrid?: number;
  /** `keep`: no draw is refused, and what has no spectrum is forced to one, see `keepUnstable`. */
  readonly unstable?: 'keep';
  /** Data set of the task `spectraTask` with the same rows: read in place of diagonalising. */
  readonly spectra?: { readonly folder: string; readonly manifestHash: string };
}

/**
 * Simulates rows with an imager per label and judges draws by the stability of the ground state.
 * Model files, instrument and image are parsed here; an imager is made at a label's first row.
 * @throws FarmError TASK_INVALID; ModelError, InstrumentError, ImagingError for what they parse
 */
export function createTask(job: unknown): FarmTask {
  const { models: texts, instrument, imageSpec, stabilityGrid, spectra, unstable } = checkJob(job);
  const models = new LabelledModels(texts);
  const spec: ImageSpec = parseImageSpec(imageSpec);
  const machine: Instrument = parseInstrument(instrument, { source: 'instrument' });
  const imagers = new Map<string, Imager>();
  const imagerOf = (label: string): Imager => {
    let imager = imagers.get(label);
    if (!imager) {
      const model = models.get(label);
      const prepared = unstable === 'keep' ? keepUnstable(model) : model;
      imager = createImager({ prepared, instrument: machine, spec });
      imagers.set(label, imager);
    }
    return imager;
  };
  const costs = {
    spinWavesSeconds: 0,
    convolutionSeconds: 0,
    readSeconds: 0,
    wavevectorsSolved: 0,
  };
  const computed = (imager: Imager, { label, parameters }: PlanRow): Float32Array => {
    const image = imager.simulate(models.get(label).parameterVector(parameters));
    costs.spinWavesSeconds += imager.timings.spinWavesS;
    costs.convolutionSeconds += imager.timings.convolutionS;
    costs.wavevectorsSolved += imager.wavevectors.length / 3;
    return image;
  };
  let reader: DatasetReader | undefined;
  const stored = async (imager: Imager, { label, row }: PlanRow): Promise<Float32Array> => {
    const since = performance.now();
    reader ??= openSpectra(spectra!);
    const { images } = await reader.read([row]);
    const { nModes, model } = models.get(label);
    const size = { nQ: imager.wavevectors.length / 3, nModes, nSites: model.sites.length };
    const modes = unpackSpectrum(images, size);
    costs.readSeconds += (performance.now() - since) / 1000;
    const image = imager.convolve(modes);
    costs.convolutionSeconds += imager.timings.convolutionS;
    return image;
  };
  return {
    shape: imageLayout(spec).shape,
    provenance: {
      task: 'ins',
      ...versions('spinwave', 'instrument', 'imaging'),
      ...(spectra && { spectra: spectra.manifestHash }),
    },
    costs: () => costs,
    simulate: (row: PlanRow) => (spectra ? stored : computed)(imagerOf(row.label), row),
    accept(label: string, parameters: ParameterValues) {
      if (unstable === 'keep') return true;
      const model = models.get(label);
      const grid = stabilityGrid === undefined ? {} : { grid: stabilityGrid };
      const { stable } = checkStability(model, model.parameterVector(parameters), {
        ...grid,
        stopAtFirst: true,
      });
      return stable ? true : { accepted: false, reason: 'unstable' };
    },
  };
}

/** Shards are read in order, each once: the one in use is all that is kept in memory. */
function openSpectra({ folder, manifestHash }: NonNullable<InsJob['spectra']>): DatasetReader {
  const reader = DatasetReader.open(folder, { cacheBytes: 0 });
  if (reader.manifest.manifestHash === manifestHash) return reader;
  throw new FarmError({
    code: 'TASK_INVALID',
    what: 'The stored spin waves are not those that the images were to be made of',
    where: folder,
    got: `manifest ${reader.manifest.manifestHash}`,
    expected: `manifest ${manifestHash}`,
    next: 'run the stage spectra again',
  });
}

function checkJob(job: unknown): InsJob {
  const { models, instrument, imageSpec, stabilityGrid, spectra, unstable } = (job ??
    {}) as Partial<InsJob>;
  const texts = typeof models === 'object' && models !== null ? Object.values(models) : [];
  const problems = [
    (texts.length === 0 || texts.some((text) => typeof text !== 'string')) &&
      'models: the text of a model file for each label',
    typeof instrument !== 'string' && 'instrument: the text of an instrument file',
    (typeof imageSpec !== 'object' || imageSpec === null) && 'imageSpec: an object',
    stabilityGrid !== undefined &&
      !(Number.isInteger(stabilityGrid) && stabilityGrid > 0) &&
      'stabilityGrid: a whole number above 0',
    unstable !== undefined && unstable !== 'keep' && "unstable: 'keep', or left out",
    spectra !== undefined &&
      !(typeof spectra?.folder === 'string' && typeof spectra.manifestHash === 'string') &&
      'spectra: { folder, manifestHash }',
  ].filter((problem) => typeof problem === 'string');
  if (problems.length === 0) return job as InsJob;
  throw new FarmError({
    code: 'TASK_INVALID',
    what: 'The job is not one of this task',
    expected: problems.join('; '),
  });
}
