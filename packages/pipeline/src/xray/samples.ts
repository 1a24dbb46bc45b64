import { type Samples, splitSamples } from '@spectraloom/models/xray';
import { DatasetReader } from '@spectraloom/shards';
import { PipelineError } from '../errors.js';
import type { StageRecord } from '../stages/stage.js';
import type { XrayExperiment } from './experiment.js';
import { inputsOf } from './givenStructures.js';
import { pointsOf, type TargetPoints } from './points.js';

/** The samples of one target, split. */
export interface TargetSamples {
  readonly grid: Float64Array;
  /** Names of the points, where they are no spectrum. */
  readonly names: TargetPoints['names'];
  readonly all: Samples;
  readonly train: Samples;
  readonly validation: Samples;
  readonly test: Samples;
}

/**
 * Reads a target's spectra and the structures from the shards, and splits them.
 * @throws PipelineError DATA_INVALID when the data set has not the inputs or points that are declared
 */
export async function readSamples(
  experiment: XrayExperiment,
  spectraRecord: Pick<StageRecord, 'results'> & { readonly folder: string },
  target: number,
): Promise<TargetSamples> {
  const { preset } = experiment;
  const { dataset } = spectraRecord.results as { dataset: string };
  const inputs = inputsOf(experiment, spectraRecord);
  const all = await pointsOf(experiment, spectraRecord);
  const before = all.slice(0, target).reduce((sum, { grid }) => sum + grid.length, 0);
  const [from, to] = [before, before + all[target]!.grid.length];
  const last = all.reduce((sum, { grid }) => sum + grid.length, 0);
  const reader = DatasetReader.open(dataset);
  try {
    const { rows, parameters, imageShape } = reader.manifest;
    const width = imageShape.reduce((n, length) => n * length, 1);
    const columns = inputs.map(({ name }) => parameters.findIndex((p) => p.name === name));
    const absent = inputs.filter((_, i) => columns[i] === -1).map(({ name }) => name);
    if (absent.length > 0 || last !== width) {
      throw new PipelineError('DATA_INVALID', {
        what: 'the data set does not hold what the pipeline declares',
        where: dataset,
        got: `${width} points a row, parameters ${parameters.map((p) => p.name).join(', ')}`,
        expected: `${last} points a row, parameters ${inputs.map((n) => n.name).join(', ')}`,
        next: "mend 'inputs' or the grids of 'targets' in pipeline.yaml",
      });
    }
    const p = columns.length;
    const points = to - from;
    const structures = new Float64Array(rows * p);
    const spectra = new Float64Array(rows * points);
    const chunk = 1024;
    for (let first = 0; first < rows; first += chunk) {
      const count = Math.min(chunk, rows - first);
      const batch = await reader.read(Array.from({ length: count }, (_, i) => first + i));
      for (let i = 0; i < count; i++) {
        columns.forEach((column, a) => {
          structures[(first + i) * p + a] = batch.parameters[i * parameters.length + column]!;
        });
        spectra.set(batch.images.subarray(i * width + from, i * width + to), (first + i) * points);
      }
    }
    const grid = Float64Array.from(all[target]!.grid);
    const samples: Samples = {
      structures: { data: structures, rows, columns: p },
      spectra: { data: spectra, rows, columns: points },
      grid,
    };
    return {
      grid,
      names: all[target]!.names,
      all: samples,
      ...splitSamples(samples, preset.split),
    };
  } finally {
    reader.close();
  }
}
