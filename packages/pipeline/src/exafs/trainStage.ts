import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fitShellReader, saveShellReader } from '@spectraloom/models/xray/exafs';
import { packageVersions } from '../ins/experiment.js';
import type { Stage } from '../stages/stage.js';
import type { ExafsExperiment } from './experiment.js';
import { readShells } from './samples.js';

export const shellReaderName = 'reader.json';

/** Trains the network that reads the shell. */
export function exafsTrainStage(experiment: ExafsExperiment): Stage {
  const { pipeline, preset, path } = experiment;
  return {
    name: 'train',
    title: 'train the reader',
    dependsOn: ['spectra'],
    inputs: () => ({
      shell: pipeline.file.shell as never,
      test: preset.test,
      train: preset.train as never,
      versions: packageVersions('models'),
    }),
    async run({ folder, signal, emit, upstream }) {
      const { dataset } = upstream('spectra').results as { dataset: string };
      const { train } = await readShells(experiment, dataset);
      const before = process.cpuUsage();
      const reader = await fitShellReader(
        path,
        train,
        { settings: pipeline.file.shell, ...preset.train },
        {
          signal,
          onProgress: ({ what, part }) =>
            emit({
              type: 'progress',
              stage: 'train',
              done: Math.round(100 * part),
              total: 100,
              unit: '%',
              detail: what,
            }),
        },
      );
      const { user, system } = process.cpuUsage(before);
      const cpuSeconds = (user + system) / 1e6;
      await writeFile(join(folder, shellReaderName), JSON.stringify(saveShellReader(reader, path)));
      return {
        results: { samples: train.transforms.rows, cpuSeconds },
        files: [shellReaderName],
        summary: `a reader of one shell from ${train.transforms.rows} spectra`,
      };
    },
  };
}
