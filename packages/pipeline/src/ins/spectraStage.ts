import { spectraTask } from '@spectraloom/farm';
import { imageWavevectors } from '@spectraloom/imaging';
import { prepare } from '@spectraloom/spinwave';
import { sha256 } from '../stages/key.js';
import type { Stage } from '../stages/stage.js';
import { type Experiment, packageVersions } from './experiment.js';
import { makeDataset, verifyStageDataset } from './makeDataset.js';
import { readPlan } from './planStage.js';

/** Rows of a shard of spectra: one is 50 MB for 900 wavevectors and 16 modes of 16 sites. */
const rowsPerShard = 8;

/**
 * Stores the spin waves of every row, as no instrument has seen them: with `spectra: store` in the
 * preset. Its key holds the wavevectors, not what they follow from, so that a changed resolution,
 * instrument, incident energy, mask or scale leaves it current.
 */
export function spectraStage(experiment: Experiment): Stage {
  const { classes, spec } = experiment;
  return {
    name: 'spectra',
    title: 'compute spin waves',
    dependsOn: ['plan'],
    inputs: () => ({
      wavevectors: Object.fromEntries(
        classes.map(({ label, model }) => {
          const q = imageWavevectors(prepare(model), spec);
          const bytes = new Uint8Array(q.buffer, q.byteOffset, q.byteLength);
          return [label, { count: q.length / 3, sha256: sha256(bytes) }];
        }),
      ),
      versions: packageVersions('spinwave', 'shards'),
    }),
    run: async ({ key, signal, emit, upstream }) =>
      makeDataset(experiment, {
        stage: 'spectra',
        key,
        plan: await readPlan(upstream('plan').folder),
        job: {
          models: Object.fromEntries(classes.map(({ label, file }) => [label, file.text])),
          imageSpec: spec,
        },
        taskModule: spectraTask,
        rowsPerShard,
        unit: 'spectra',
        signal,
        emit,
      }),
    verify: (record) => verifyStageDataset('spectra', record),
  };
}
