import {
  type Augmentation,
  augmentationFrom,
  type AugmentationSpec,
  parseAugmentation,
} from '@spectraloom/training';
import type { Experiment } from './experiment.js';

/**
 * The preset's augmentation, told how the pipeline's image is tiled and at which energy each tile
 * lies. Undefined where the preset declares none.
 * @throws TrainingError AUGMENTATION
 */
export function trainingAugmentation(experiment: Experiment): Augmentation | undefined {
  const declared = declaredAugmentation(experiment);
  return declared && augmentationFrom(declared);
}

/** The same as data. */
export function declaredAugmentation(experiment: Experiment): AugmentationSpec | undefined {
  const { augmentation } = experiment.preset.train;
  if (!augmentation) return undefined;
  const { layout } = experiment;
  return parseAugmentation({
    imageShape: [layout.shape[0], layout.shape[1]],
    tile: [layout.h.count, layout.k.count],
    energiesMeV: layout.tiles.map(({ energyMeV: [from, to] }) => (from + to) / 2),
    steps: augmentation.steps,
  });
}
