/** The default task: images of inelastic neutron scattering from spin models. Loaded by workers. */
import { createRequire } from 'node:module';
import {
  createImager,
  type Imager,
  imageLayout,
  type ImageSpec,
  type ImageSpecInput,
  parseImageSpec,
} from '@spectraloom/imaging';
import { type Instrument, parseInstrument } from '@spectraloom/instrument';
import type { ParameterValues, PlanRow } from '@spectraloom/sampling';
import { checkStability, parseSpinModel, prepare, type PreparedModel } from '@spectraloom/spinwave';
import { FarmError } from '../errors.js';
import type { FarmTask } from './port.js';

/** What the workers simulate; plain JSON. */
export interface InsJob {
  /** Text of the model file of each label. */
  readonly models: Readonly<Record<string, string>>;
  /** Text of the instrument file. */
  readonly instrument: string;
  readonly imageSpec: ImageSpecInput;
  /** Points per axis of the zone at which a draw is checked; default that of `checkStability`. */
  readonly stabilityGrid?: number;
}

/**
 * Simulates rows with an imager per label and judges draws by the stability of the ground state.
 * Model files, instrument and image are parsed here; an imager is made at a label's first row.
 * @throws FarmError TASK_INVALID; ModelError, InstrumentError, ImagingError for what they parse
 */
export function createTask(job: unknown): FarmTask {
  const { models, instrument, imageSpec, stabilityGrid } = checkJob(job);
  const prepared = new Map<string, PreparedModel>();
  for (const [label, text] of Object.entries(models)) {
    prepared.set(label, prepare(parseSpinModel(text, { source: `model ${label}` })));
  }
  const spec: ImageSpec = parseImageSpec(imageSpec);
  const machine: Instrument = parseInstrument(instrument, { source: 'instrument' });
  const imagers = new Map<string, Imager>();
  const modelOf = (label: string): PreparedModel => {
    const model = prepared.get(label);
    if (model) return model;
    throw new FarmError({
      code: 'TASK_INVALID',
      what: 'The job has no model for a label of the plan',
      got: label,
      expected: `one of ${[...prepared.keys()].join(', ')}`,
    });
  };
  const imagerOf = (label: string): Imager => {
    let imager = imagers.get(label);
    if (!imager) {
      imager = createImager({ prepared: modelOf(label), instrument: machine, spec });
      imagers.set(label, imager);
    }
    return imager;
  };
  return {
    shape: imageLayout(spec).shape,
    provenance: { task: 'ins', ...versions('spinwave', 'instrument', 'imaging') },
    simulate({ label, parameters, seed }: PlanRow) {
      const p = modelOf(label).parameterVector(parameters);
      // The imager's seed is a number: the low 53 bits of the row's.
      return imagerOf(label).simulate(p, { seed: Number(BigInt.asUintN(53, seed)) });
    },
    accept(label: string, parameters: ParameterValues) {
      const model = modelOf(label);
      const grid = stabilityGrid === undefined ? {} : { grid: stabilityGrid };
      const { stable } = checkStability(model, model.parameterVector(parameters), {
        ...grid,
        stopAtFirst: true,
      });
      return stable ? true : { accepted: false, reason: 'unstable' };
    },
  };
}

function checkJob(job: unknown): InsJob {
  const { models, instrument, imageSpec, stabilityGrid } = (job ?? {}) as Partial<InsJob>;
  const texts = typeof models === 'object' && models !== null ? Object.values(models) : [];
  const problems = [
    (texts.length === 0 || texts.some((text) => typeof text !== 'string')) &&
      'models: the text of a model file for each label',
    typeof instrument !== 'string' && 'instrument: the text of an instrument file',
    (typeof imageSpec !== 'object' || imageSpec === null) && 'imageSpec: an object',
    stabilityGrid !== undefined &&
      !(Number.isInteger(stabilityGrid) && stabilityGrid > 0) &&
      'stabilityGrid: a whole number above 0',
  ].filter((problem) => typeof problem === 'string');
  if (problems.length === 0) return job as InsJob;
  throw new FarmError({
    code: 'TASK_INVALID',
    what: 'The job is not one of this task',
    expected: problems.join('; '),
  });
}

/** Versions of workspace packages, from their package.json. */
function versions(...names: string[]): Record<string, string> {
  const require = createRequire(import.meta.url);
  const versionOf = (name: string) =>
    (require(`@spectraloom/${name}/package.json`) as { version: string }).version;
  return Object.fromEntries(names.map((name) => [name, versionOf(name)]));
}
