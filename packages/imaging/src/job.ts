import { namedInstrument, parseInstrument } from '@spectraloom/instrument';
import { parseSpinModel, prepare } from '@spectraloom/spinwave';
import { createImager, type Imager } from './imager.js';
import { parseImageSpec } from './spec/parse.js';
import type { ImageSpecInput } from './spec/schema.js';

/** All an imager is made of, as plain JSON: what travels to a worker. */
export interface ImagerJob {
  /** Text of the model file. */
  readonly modelText: string;
  readonly modelSource?: string;
  /** Text of an instrument file, or the name of a tracked instrument. */
  readonly instrument:
    { readonly text: string; readonly source?: string } | { readonly name: string };
  readonly spec?: ImageSpecInput;
  /** Covariance tables by Ei, for `resolution: table`. */
  readonly tables?: Readonly<Record<string, string>>;
}

/** The imager of a job, with the parameter vector maker of its model. */
export interface ImagerWithModel {
  readonly imager: Imager;
  /** Defaults of the model file with overrides by name; see PreparedModel.parameterVector. */
  parameterVector(overrides?: Record<string, number>): Float64Array;
}

/** Parses and prepares everything; throws what its parts throw. */
export function imagerFromJob(job: ImagerJob): ImagerWithModel {
  const model = parseSpinModel(job.modelText, { source: job.modelSource ?? 'model' });
  const prepared = prepare(model);
  const instrument =
    'name' in job.instrument
      ? namedInstrument(job.instrument.name)
      : parseInstrument(job.instrument.text, { source: job.instrument.source });
  const spec = parseImageSpec(job.spec ?? {});
  const tables = job.tables ? { tables: job.tables } : {};
  const imager = createImager({ prepared, instrument, spec, ...tables });
  return { imager, parameterVector: (overrides) => prepared.parameterVector(overrides) };
}
