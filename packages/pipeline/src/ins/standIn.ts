import { applyExperiment, createImager, type ExperimentStepInput } from '@spectraloom/imaging';
import { parseInstrument } from '@spectraloom/instrument';
import { prepare } from '@spectraloom/spinwave';
import { PipelineError } from '../errors.js';
import type { Experiment } from './experiment.js';

/** What stands in for a measurement where there is none. */
export interface StandIn {
  /** `[rows * columns]`, row-major. */
  readonly image: Float32Array;
  readonly label: string;
  readonly parameters: { readonly [name: string]: number };
  readonly seed: number;
  /** What was added to the simulation, in words. */
  readonly added: readonly string[];
}

/** The pipeline's stand-in: a class at its file's parameters, with what an experiment adds. */
export function simulateStandIn(experiment: Experiment): StandIn {
  const { standIn } = experiment.pipeline.file;
  const found = experiment.classes.find((c) => c.label === standIn.class);
  if (!found) {
    throw new PipelineError('PIPELINE_INVALID', {
      what: 'the stand-in for a measurement names no class of the pipeline',
      where: 'pipeline.yaml: standIn.class',
      got: standIn.class,
      expected: experiment.classes.map((c) => c.label).join(', '),
      next: 'name one of these',
    });
  }
  const prepared = prepare(found.model);
  const p = prepared.parameterVector();
  const instrument = parseInstrument(experiment.instrument.text, {
    source: experiment.instrument.path,
  });
  const imager = createImager({ prepared, instrument, spec: experiment.spec });
  const steps = standIn.experiment as ExperimentStepInput[];
  return {
    image: applyExperiment(imager.simulate(p), imager, steps, standIn.seed),
    label: found.label,
    parameters: Object.fromEntries(found.model.parameters.map(({ name }, i) => [name, p[i]!])),
    seed: standIn.seed,
    added: steps.map(({ model, ...values }) => {
      const told = Object.entries(values).map(([name, value]) => `${name} ${String(value)}`);
      return told.length > 0 ? `${model} (${told.join(', ')})` : model;
    }),
  };
}
