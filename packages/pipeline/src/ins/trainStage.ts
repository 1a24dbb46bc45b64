import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type BackendName, selectBackend } from '@spectraloom/compute';
import {
  buildNetwork,
  defaultPreprocessing,
  parsePreprocessing,
  type Preprocessing,
  preprocessedShape,
} from '@spectraloom/models';
import { DatasetReader } from '@spectraloom/shards';
import { bestCheckpointName, fitClassifier, parseFitSettings } from '@spectraloom/training';
import type { EpochRecord } from '@spectraloom/training';
import type { Stage } from '../stages/stage.js';
import { type Experiment, packageVersions } from './experiment.js';
import { splitSource } from './source.js';
import { trainingAugmentation } from './augmentation.js';
import { historyName } from './historyName.js';
import { trainingEvents } from './learn/progress.js';
import { warmCheckpoint, withWarmStart } from './warmStart.js';

/** An epoch as it is kept: what training says of it, and how long it took. */
export type TimedEpoch = EpochRecord & { readonly seconds: number };

export { historyName };

/** The preprocessing of a preset: its own steps, or those the network was designed with. */
export function preprocessingOf({ preset, layout }: Experiment): Preprocessing {
  const imageShape: [number, number] = [layout.shape[0], layout.shape[1]];
  const { network, options, preprocessing } = preset.train;
  return preprocessing
    ? parsePreprocessing({ imageShape, steps: preprocessing })
    : defaultPreprocessing(network, imageShape, options);
}

/** Selects the tensor backend the user asked for, else the best one. */
export async function chosenBackend({ choice }: Experiment) {
  return selectBackend(
    choice.backend === undefined ? {} : { require: choice.backend as BackendName },
  );
}

/** Trains the classifier on the training split; the best epoch on the validation split is kept. */
export function trainStage(experiment: Experiment): Stage {
  const { preset, classes } = experiment;
  const settings = parseFitSettings(preset.train.fit);
  const preprocessing = preprocessingOf(experiment);
  return {
    name: 'train',
    title: `train ${preset.train.network}`,
    dependsOn: ['images'],
    inputs: (context) =>
      withWarmStart(
        {
          network: {
            name: preset.train.network,
            options: preset.train.options,
            seed: preset.train.seed,
          },
          preprocessing: preprocessing as never,
          fit: settings as never,
          augmentation: preset.train.augmentation ?? {},
          split: preset.split,
          versions: packageVersions('compute', 'models', 'training'),
        },
        context,
        experiment.choice.retrain,
      ),
    async run({ folder, signal, emit, upstream, inputs }) {
      const startFrom = warmCheckpoint(inputs, folder);
      if (startFrom) emit({ type: 'note', stage: 'train', message: `starts from ${startFrom}` });
      const backend = await chosenBackend(experiment);
      emit({ type: 'note', stage: 'train', message: `on ${backend.name}: ${backend.device}` });
      const images = upstream('images').results as { dataset: string; manifestHash: string };
      const reader = DatasetReader.open(images.dataset, { fractions: preset.split });
      const network = buildNetwork(preset.train.network, {
        ...preset.train.options,
        inputShape: preprocessedShape(preprocessing),
        classes: classes.map((c) => c.label),
        seed: preset.train.seed,
      });
      try {
        const seconds: number[] = [];
        const events = trainingEvents(emit, 'train', preset.train.network, settings.epochs);
        const augmentation = trainingAugmentation(experiment);
        const { augmentation: declared } = preset.train;
        const keys = {
          dataset: images.manifestHash,
          augmentation: JSON.stringify(declared ?? {}),
        };
        const result = await fitClassifier({
          ...settings,
          network,
          preprocessing,
          train: splitSource(reader, 'train', signal),
          validation: splitSource(reader, 'validation', signal),
          ...(augmentation ? { augmentation, validationAugmentation: augmentation } : {}),
          checkpoints: folder,
          ...(startFrom ? { startFrom } : {}),
          threads: Math.min(4, availableParallelism()),
          async recover({ message }) {
            emit({ type: 'note', stage: 'train', message });
            await chosenBackend(experiment);
          },
          ...{ keys, signal },
          onNote: (message) => emit({ type: 'note', stage: 'train', message }),
          onBatch: events.onBatch,
          onEpoch: (epoch) => {
            seconds.push(epoch.seconds);
            events.onEpoch(epoch);
          },
        });
        const epochs: TimedEpoch[] = result.history.map((epoch, i) => ({
          ...epoch,
          seconds: seconds[i - result.resumedAfter] ?? 0,
        }));
        await writeFile(join(folder, historyName), JSON.stringify(epochs));
        const best = result.history[result.best.epoch - 1]!;
        const perEpoch = seconds.reduce((a, b) => a + b, 0) / Math.max(1, seconds.length);
        return {
          results: {
            classCounts: result.classCounts,
            parameters: network.parameters,
            inputShape: preprocessedShape(preprocessing),
            bestEpoch: result.best.epoch,
            epochs: result.history.length,
            stopped: result.stopped,
            validation: best.validation as never,
            secondsPerEpoch: perEpoch,
            backend: {
              name: backend.name,
              device: backend.device,
              passedOver: backend.passedOver as never,
            },
            splits: Object.fromEntries(
              (['train', 'validation', 'calibration', 'test'] as const)
                .filter((s) => s !== 'calibration' || preset.split.calibration !== undefined)
                .map((s) => [s, reader.rowsOf(s).length]),
            ),
          },
          files: [bestCheckpointName, historyName],
          summary: `best epoch ${result.best.epoch} of ${result.history.length}, validation accuracy ${(100 * best.validation.accuracy).toFixed(1)} %, ${perEpoch.toFixed(1)} s an epoch`,
        };
      } finally {
        network.dispose();
        reader.close();
      }
    },
  };
}
