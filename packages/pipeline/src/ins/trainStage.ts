import { writeFile } from 'node:fs/promises';
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
import { warmCheckpoint, withWarmStart } from './warmStart.js';
import { trainingAugmentation } from './augmentation.js';

/** An epoch as it is kept: what training says of it, and how long it took. */
export type TimedEpoch = EpochRecord & { readonly seconds: number };

export const historyName = 'history.json';

/** The preprocessing of a preset: its own steps, or those the network was designed with. */
export function preprocessingOf({ preset, layout }: Experiment): Preprocessing {
  const imageShape: [number, number] = [layout.shape[0], layout.shape[1]];
  const { network, preprocessing } = preset.train;
  return preprocessing
    ? parsePreprocessing({ imageShape, steps: preprocessing })
    : defaultPreprocessing(network, imageShape);
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
        const since = performance.now();
        let before = 0;
        const augmentation = trainingAugmentation(experiment);
        const { augmentation: declared } = preset.train;
        const result = await fitClassifier({
          ...settings,
          network,
          preprocessing,
          train: splitSource(reader, 'train', signal),
          validation: splitSource(reader, 'validation', signal),
          ...(augmentation ? { augmentation, validationAugmentation: augmentation } : {}),
          checkpoints: folder,
          ...(startFrom ? { startFrom } : {}),
          keys: { dataset: images.manifestHash, augmentation: JSON.stringify(declared ?? {}) },
          signal,
          async recover({ message }) {
            emit({ type: 'note', stage: 'train', message });
            await chosenBackend(experiment);
          },
          onBatch: ({ epoch, epochs, done, total, loss }) => {
            const all = epochs * total;
            const at = (epoch - 1) * total + done;
            before ||= at - done;
            const rate = (at - before) / ((performance.now() - since) / 1000);
            emit({
              type: 'progress',
              stage: 'train',
              done: at,
              total: all,
              unit: 'images',
              ratePerSecond: rate,
              secondsLeft: (all - at) / rate,
              detail: `epoch ${epoch}/${epochs}, loss ${loss.toFixed(3)}`,
            });
          },
          onEpoch: ({ seconds: s }) => void seconds.push(s),
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
              (['train', 'validation', 'test'] as const).map((s) => [s, reader.rowsOf(s).length]),
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
