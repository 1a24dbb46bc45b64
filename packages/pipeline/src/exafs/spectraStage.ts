import { exafsTask } from '@spectraloom/farm';
import { packageVersions } from '../ins/experiment.js';
import { makeDataset, verifyStageDataset } from '../ins/makeDataset.js';
import { readPlan } from '../ins/planStage.js';
import type { Stage } from '../stages/stage.js';
import { type ExafsExperiment, exafsJob } from './experiment.js';

/** Shells become rows of shards: parameters and chi(k) without noise, on the engine of the user's choice. */
export function exafsSpectraStage(experiment: ExafsExperiment): Stage {
  const { pipeline, preset, table, path } = experiment;
  const job = exafsJob(table, path, pipeline.file.shell);
  const { rowsPerShard } = preset.spectra;
  return {
    name: 'spectra',
    title: 'simulate spectra',
    dependsOn: ['structures'],
    inputs: () => ({
      job: job as never,
      rowsPerShard,
      versions: packageVersions('xray', 'shards'),
    }),
    async run({ key, signal, emit, upstream }) {
      return makeDataset(experiment, {
        stage: 'spectra',
        key,
        plan: await readPlan(upstream('structures').folder),
        job,
        taskModule: exafsTask,
        rowsPerShard,
        unit: 'spectra',
        signal,
        emit,
      });
    },
    verify: (record) => verifyStageDataset('spectra', record),
  };
}
