import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waterTask } from '@spectraloom/farm';
import { importDataset, manifestName, writeNpy } from '@spectraloom/shards';
import { makeTargets } from '@spectraloom/xray';
import { PipelineError } from '../errors.js';
import { packageVersions } from '../ins/experiment.js';
import { datasetFolder, makeDataset, verifyStageDataset } from '../ins/makeDataset.js';
import { readPlan } from '../ins/planStage.js';
import { progressMeter } from '../stages/events.js';
import type { Stage, StageContext } from '../stages/stage.js';
import type { XrayExperiment } from './experiment.js';
import type { FileSource } from './files.js';
import { readGivenSpectra } from './givenSpectra.js';
import { checkCounts, describedName, isDescribed } from './givenStructures.js';
import { pointsName, type TargetPoints } from './points.js';
import { structureLabel, waterJob } from './structuresStage.js';

/** Structures become rows of shards: parameters and spectra, on the engine of the user's choice. */
export function spectraStage(experiment: XrayExperiment): Stage {
  const { pipeline, preset } = experiment;
  const { file, folder } = pipeline;
  const { rowsPerShard } = preset.spectra;
  const source = file.structures;
  return {
    name: 'spectra',
    title: source.from === 'water' ? 'simulate spectra' : 'bring the files into shards',
    dependsOn: ['structures'],
    inputs: () => ({
      targets: file.targets.map(({ name, simulate, grid, learn }) => ({
        name,
        ...((simulate ?? grid) && { grid: simulate ?? grid }),
        ...(learn && { learn }),
      })) as never,
      ...(source.from === 'files' && source.grid && { grid: source.grid }),
      inputs: file.inputs.map(({ name, unit }) => ({ name, unit })),
      rowsPerShard,
      versions: packageVersions('xray', 'shards'),
    }),
    async run({ key, signal, emit, upstream, folder: own }) {
      if (source.from === 'water') {
        return makeDataset(experiment, {
          stage: 'spectra',
          key,
          plan: await readPlan(upstream('structures').folder),
          job: waterJob(file),
          taskModule: waterTask,
          rowsPerShard,
          unit: 'spectra',
          signal,
          emit,
        });
      }
      return bring(experiment, source, folder, { key, signal, emit, upstream, folder: own });
    },
    verify: (record) => verifyStageDataset('spectra', record),
  };
}

async function bring(
  experiment: XrayExperiment,
  source: FileSource,
  folder: string,
  { key, signal, emit, upstream, folder: own }: Omit<StageContext, 'inputs'>,
) {
  const { file } = experiment.pipeline;
  const { results, folder: described } = upstream('structures');
  const inputs = (results['inputs'] as typeof file.inputs | undefined) ?? file.inputs;
  const table = isDescribed(source)
    ? join(described, describedName)
    : join(folder, source.structures);
  const { grid, rows } = await readGivenSpectra(source, file.targets, folder);
  const known = results['rows'] as number | undefined;
  if (known !== undefined && known !== rows.length) {
    throw new PipelineError('DATA_INVALID', {
      what: 'there is not one spectrum for each structure',
      where: `${join(folder, source.structures)} and ${source.spectra}`,
      got: `${known} structures, ${rows.length} spectra`,
      expected: 'as many of both, in the same order',
      next: 'bring both into the same order, and leave out what has no partner',
    });
  }
  checkCounts(experiment, inputs.length, rows.length, join(folder, source.structures));
  // What is learnt of the spectra, target after target in a row.
  const parts = file.targets.map(({ learn }) =>
    makeTargets(grid, rows, learn ? plainly(learn) : { kind: 'spectrum' }),
  );
  const points = file.targets.map(({ learn }, t): TargetPoints => {
    const { names } = parts[t]!;
    return learn === undefined || learn.kind === 'spectrum'
      ? { grid: names.map(Number) }
      : { grid: Array.from(names.keys()), names };
  });
  const width = parts.reduce((n, { names }) => n + names.length, 0);
  const values = new Float64Array(rows.length * width);
  rows.forEach((_, i) => {
    let at = i * width;
    for (const { names, values: from } of parts) {
      values.set(from.subarray(i * names.length, (i + 1) * names.length), at);
      at += names.length;
    }
  });
  const taught = join(own, 'targets.npy');
  await writeFile(taught, writeNpy(values, [rows.length, width]));
  await writeFile(join(own, pointsName), JSON.stringify(points));
  const dataset = datasetFolder(experiment, key);
  let meter: ReturnType<typeof progressMeter> | undefined;
  const manifest = await importDataset(
    dataset,
    {
      images: { file: taught },
      label: { constant: structureLabel },
      parameters: inputs.map(({ name, unit }) => ({ name, unit, from: { file: table, name } })),
      rowsPerShard: experiment.preset.spectra.rowsPerShard,
      provenance: source.provenance,
    },
    {
      signal,
      onProgress: ({ rows, of }) => {
        meter ??= progressMeter(emit, 'spectra', of, 'rows');
        meter(rows);
      },
    },
  );
  return {
    results: {
      dataset,
      manifestHash: manifest.manifestHash,
      rows: manifest.rows,
      shards: manifest.shards.length,
      inputs: inputs as never,
    },
    files: [join(dataset, manifestName), 'targets.npy', pointsName],
    summary: `${manifest.rows} rows of ${source.spectra} in ${manifest.shards.length} shards`,
  };
}

/** Without the fields that are there and undefined. */
const plainly = <T extends object>(spec: T): T => JSON.parse(JSON.stringify(spec)) as T;
