import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatasetReader } from '@spectraloom/shards';
import {
  bestCheckpointName,
  type CalibrationError,
  calibrationError,
  evaluate,
  type Evaluation,
  loadCheckpoint,
  loadIntoMemory,
  loadUncertainty,
} from '@spectraloom/training';
import type { ClassificationMetrics } from '@spectraloom/training';
import { progressMeter } from '../stages/events.js';
import type { Stage } from '../stages/stage.js';
import { trainingAugmentation } from './augmentation.js';
import { type Experiment, packageVersions } from './experiment.js';
import { measureMethod, type MethodMeasures } from './outside/measures.js';
import { type OutsideFile, readOutside } from './outside/stage.js';
import { splitSource } from './source.js';
import { chosenBackend } from './trainStage.js';

export const evaluationName = 'evaluation.json';

const calibrationDraws = 1000;

/** What is known of the network on images it never saw: as simulated, and as an experiment has them. */
export interface EvaluationFile {
  readonly clean: ClassificationMetrics;
  /** With the training's augmentation applied; absent where there is none. */
  readonly augmented?: ClassificationMetrics;
  /** Their calibration, beside what chance gives for so many images. */
  readonly calibration: { readonly clean: CalibrationError; readonly augmented?: CalibrationError };
  /** Each fitted method, on the same images and on those from outside; the noise of `augmented`. */
  readonly methods: readonly MethodMeasures[];
}

/** Measures the trained network and each calibrated method on the test split, which chose nothing. */
export function evaluateStage(experiment: Experiment): Stage {
  const { preset } = experiment;
  return {
    name: 'evaluate',
    title: 'evaluate on held-out images and on those from outside',
    dependsOn: ['images', 'train', 'calibrate', 'outside'],
    inputs: () => ({
      split: preset.split,
      augmentation: preset.train.augmentation ?? {},
      seed: preset.train.seed,
      // Sets of labels drawn for what chance gives.
      calibrationDraws,
      measures: 2,
      versions: packageVersions('compute', 'models', 'training', 'pipeline'),
    }),
    async run({ folder, signal, emit, upstream }) {
      await chosenBackend(experiment);
      const { dataset } = upstream('images').results as { dataset: string };
      const reader = DatasetReader.open(dataset, { fractions: preset.split });
      const { network, preprocessing, temperature } = await loadCheckpoint(
        join(upstream('train').folder, bestCheckpointName),
      );
      try {
        const source = await loadIntoMemory(splitSource(reader, 'test', signal));
        const common = { network, preprocessing, temperature, source, signal };
        const calibrationOf = ({ probabilities, labels }: Evaluation) =>
          calibrationError(probabilities, labels, network.options.classes.length, {
            draws: calibrationDraws,
          });
        const asSimulated = await evaluate(common);
        const clean = asSimulated.metrics;
        const augmentation = trainingAugmentation(experiment);
        // Another seed than the training's: the changes are new ones too.
        const seed = preset.train.seed + 1;
        const changed = augmentation
          ? await evaluate({ ...common, augmentation, seed })
          : undefined;
        const augmented = changed?.metrics;
        const calibration = {
          clean: calibrationOf(asSimulated),
          ...(changed ? { augmented: calibrationOf(changed) } : {}),
        };
        const calibrated = upstream('calibrate');
        const methods: MethodMeasures[] = [];
        if ((calibrated.results as { methods: string[] }).methods.length > 0) {
          const outside = upstream('outside');
          const sets = [];
          for (const set of (outside.results as unknown as { sets: OutsideFile[] }).sets) {
            sets.push({ ...set, images: await readOutside(outside.folder, set) });
          }
          const { methods: fitted, dispose } = await loadUncertainty(calibrated.folder);
          const meter = progressMeter(emit, 'evaluate', fitted.length, 'methods');
          try {
            for (const { method, calibration } of fitted) {
              const what = { method, calibration, inside: source, sets, augmentation };
              methods.push(await measureMethod({ ...what, seed, signal }));
              meter(methods.length, method.name);
            }
          } finally {
            dispose();
          }
        }
        const file: EvaluationFile = {
          ...{ clean, calibration, methods },
          ...(augmented ? { augmented } : {}),
        };
        await writeFile(join(folder, evaluationName), JSON.stringify(file));
        const percent = (m: ClassificationMetrics): string => `${(100 * m.accuracy).toFixed(1)} %`;
        const stitched = methods.map(
          ({ name, outside }) =>
            `${name} ${outside.find((o) => o.set === 'stitched')?.auroc.toFixed(3) ?? 'none'}`,
        );
        return {
          results: {
            images: clean.count,
            accuracy: clean.accuracy,
            nll: clean.nll,
            ece: clean.ece,
            calibration: calibration as never,
            ...(augmented ? { augmentedAccuracy: augmented.accuracy } : {}),
            methods: methods.map((m) => ({
              name: m.name,
              accuracy: m.metrics.accuracy,
              nll: m.metrics.nll,
              ece: m.metrics.ece,
              eceOfChance: m.calibration.expected.mean,
              eceDebiased: m.calibration.debiased,
              falseAlarms: m.falseAlarms,
              falseAlarmsClean: m.falseAlarmsClean,
              coverage: m.conformal.coverage,
              auroc: Object.fromEntries(m.outside.map((o) => [o.set, o.auroc])),
              refused: Object.fromEntries(m.outside.map((o) => [o.set, o.refused])),
            })),
          },
          files: [evaluationName],
          summary: `${percent(clean)} of ${clean.count} held-out images right${augmented ? `, ${percent(augmented)} with noise and background added` : ''}${stitched.length > 0 ? `; stitched images, AUROC: ${stitched.join(', ')}` : ''}`,
        };
      } finally {
        network.dispose();
        reader.close();
      }
    },
  };
}
