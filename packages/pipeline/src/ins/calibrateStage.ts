import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatasetReader } from '@spectraloom/shards';
import { bestCheckpointName, loadCheckpoint, parseFitSettings } from '@spectraloom/training';
import type { Stage, StageOutcome } from '../stages/stage.js';
import { declaredAugmentation, trainingAugmentation } from './augmentation.js';
import { type Experiment, packageVersions } from './experiment.js';
import { detectorMask } from './masked.js';
import { trainMethods } from './learn/methods.js';
import { splitSource } from './source.js';
import { chosenBackend } from './trainStage.js';

/**
 * Fits what says how far the network can be believed, on images that neither trained nor chose it:
 * temperature, conformal sets, and for each method the likeness below which an image is outside.
 * The space that the training images span (method `subspace`) needs no network and is always fitted.
 * Trains what a method needs beside the network (members of an ensemble, DDU, DUQ, the denoiser),
 * each resumable. Without a calibration split nothing is fitted, and later stages give no verdict.
 */
export function calibrateStage(experiment: Experiment): Stage {
  const { preset } = experiment;
  return {
    name: 'calibrate',
    title: 'calibrate on images of their own',
    dependsOn: ['images', 'train'],
    inputs: () => ({
      uncertainty: preset.uncertainty as never,
      train: {
        network: preset.train.network,
        options: preset.train.options,
        seed: preset.train.seed,
        fit: preset.train.fit as never,
        preprocessing: (preset.train.preprocessing ?? null) as never,
      },
      split: preset.split,
      augmentation: preset.train.augmentation ?? {},
      // What is fitted beside what the preset names; a new number runs it again.
      scores: 'subspace/1',
      versions: packageVersions('compute', 'models', 'training', 'pipeline'),
    }),
    async run(context): Promise<StageOutcome> {
      const { folder, emit, signal, upstream } = context;
      if (!preset.split.calibration) {
        emit({
          type: 'note',
          stage: 'calibrate',
          message: 'the preset keeps no images for calibration (split.calibration): no verdict',
        });
        return { results: { methods: [] }, files: [], summary: 'nothing: no calibration split' };
      }
      await chosenBackend(experiment);
      const { dataset, manifestHash } = upstream('images').results as {
        dataset: string;
        manifestHash: string;
      };
      const reader = DatasetReader.open(dataset, { fractions: preset.split });
      await copyFile(
        join(upstream('train').folder, bestCheckpointName),
        join(folder, bestCheckpointName),
      );
      const main = await loadCheckpoint(join(folder, bestCheckpointName));
      const { augmentation, seed, network, options } = preset.train;
      try {
        const { files, ...results } = await trainMethods({
          ...{ folder, main, settings: preset.uncertainty, network: { name: network, options } },
          ...{ seed, fit: parseFitSettings(preset.train.fit), signal, emit },
          source: (split) => splitSource(reader, split, signal),
          augmentation: trainingAugmentation(experiment),
          declared: declaredAugmentation(experiment),
          tile: [experiment.layout.h.count, experiment.layout.k.count],
          mask: detectorMask(experiment),
          keys: { dataset: manifestHash, augmentation: JSON.stringify(augmentation ?? {}) },
        });
        const { methods, images, temperature } = results;
        return {
          results: results as never,
          files: [bestCheckpointName, ...files],
          summary: `${methods.join(', ')} on ${images} images, temperature ${temperature.toFixed(2)}`,
        };
      } finally {
        main.network.dispose();
        reader.close();
      }
    },
  };
}
