import { join } from 'node:path';
import { waterTask } from '@spectraloom/farm';
import { importDataset, manifestName } from '@spectraloom/shards';
import { packageVersions } from '../ins/experiment.js';
import { datasetFolder, makeDataset, verifyStageDataset } from '../ins/makeDataset.js';
import { readPlan } from '../ins/planStage.js';
import { progressMeter } from '../stages/events.js';
import type { Stage } from '../stages/stage.js';
import type { XrayExperiment } from './experiment.js';
import type { XrayFile } from './files.js';
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
      targets: file.targets.map(({ name, simulate, grid }) => ({
        name,
        grid: simulate ?? grid,
      })) as never,
      inputs: file.inputs.map(({ name, unit }) => ({ name, unit })),
      rowsPerShard,
      versions: packageVersions('xray', 'shards'),
    }),
    async run({ key, signal, emit, upstream }) {
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
      return bring(experiment, source, folder, { key, signal, emit });
    },
    verify: (record) => verifyStageDataset('spectra', record),
  };
}

async function bring(
  experiment: XrayExperiment,
  source: Extract<XrayFile['structures'], { from: 'files' }>,
  folder: string,
  { key, signal, emit }: Pick<Parameters<Stage['run']>[0], 'key' | 'signal' | 'emit'>,
) {
  const { file } = experiment.pipeline;
  const dataset = datasetFolder(experiment, key);
  let meter: ReturnType<typeof progressMeter> | undefined;
  const manifest = await importDataset(
    dataset,
    {
      images: { file: join(folder, source.spectra) },
      label: { constant: structureLabel },
      parameters: file.inputs.map(({ name, unit }) => ({
        name,
        unit,
        from: { file: join(folder, source.structures), name },
      })),
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
    },
    files: [join(dataset, manifestName)],
    summary: `${manifest.rows} rows of ${source.spectra} in ${manifest.shards.length} shards`,
  };
}
