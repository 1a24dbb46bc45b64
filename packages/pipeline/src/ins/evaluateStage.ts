import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatasetReader } from '@spectraloom/shards';
import { bestCheckpointName, evaluate, loadCheckpoint } from '@spectraloom/training';
import type { ClassificationMetrics } from '@spectraloom/training';
import type { Stage } from '../stages/stage.js';
import { trainingAugmentation } from './augmentation.js';
import { type Experiment, packageVersions } from './experiment.js';
import { splitSource } from './source.js';
import { chosenBackend } from './trainStage.js';

export const evaluationName = 'evaluation.json';

/** What is known of the network on images it never saw: as simulated, and as an experiment has them. */
export interface EvaluationFile {
  readonly clean: ClassificationMetrics;
  /** With the training's augmentation applied; absent where there is none. */
  readonly augmented?: ClassificationMetrics;
}

/** Measures the trained network on the test split, which nothing was chosen by. */
export function evaluateStage(experiment: Experiment): Stage {
  const { preset } = experiment;
  return {
    name: 'evaluate',
    title: 'evaluate on held-out images',
    dependsOn: ['images', 'train'],
    inputs: () => ({
      split: preset.split,
      augmentation: preset.train.augmentation ?? {},
      versions: packageVersions('training'),
    }),
    async run({ folder, signal, upstream }) {
      await chosenBackend(experiment);
      const { dataset } = upstream('images').results as { dataset: string };
      const reader = DatasetReader.open(dataset, { fractions: preset.split });
      const { network, preprocessing, temperature } = await loadCheckpoint(
        join(upstream('train').folder, bestCheckpointName),
      );
      try {
        const source = splitSource(reader, 'test', signal);
        const common = { network, preprocessing, temperature, source, signal };
        const clean = (await evaluate(common)).metrics;
        const augmentation = trainingAugmentation(experiment);
        // Another seed than the training's: the changes are new ones too.
        const augmented = augmentation
          ? (await evaluate({ ...common, augmentation, seed: preset.train.seed + 1 })).metrics
          : undefined;
        const file: EvaluationFile = { clean, ...(augmented ? { augmented } : {}) };
        await writeFile(join(folder, evaluationName), JSON.stringify(file));
        const percent = (m: ClassificationMetrics): string => `${(100 * m.accuracy).toFixed(1)} %`;
        return {
          results: {
            images: clean.count,
            accuracy: clean.accuracy,
            nll: clean.nll,
            ece: clean.ece,
            ...(augmented ? { augmentedAccuracy: augmented.accuracy } : {}),
          },
          files: [evaluationName],
          summary: `${percent(clean)} of ${clean.count} held-out images right${augmented ? `, ${percent(augmented)} with noise and background added` : ''}`,
        };
      } finally {
        network.dispose();
        reader.close();
      }
    },
  };
}
