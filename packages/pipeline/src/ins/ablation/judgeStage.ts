import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codesOf } from '@spectraloom/explain';
import { DatasetReader } from '@spectraloom/shards';
import {
  bestCheckpointName,
  fitGaussians,
  loadCheckpoint,
  logDensities,
  predict,
} from '@spectraloom/training';
import type { Stage } from '../../stages/stage.js';
import { trainingAugmentation } from '../augmentation.js';
import { attainableLevel, falseAlarms, judge, type Judged } from '../outside/judge.js';
import { type Prepared, prepareSource } from '../outside/prepared.js';
import { splitSource } from '../source.js';
import { chosenBackend } from '../trainStage.js';
import { comparisonInputs, type MadeVariant, testSeed, unseenRows } from './variants.js';

export const cellName = 'cell.json';

/** What one network, trained on one data set with one seed, does. */
export interface Cell {
  readonly variant: string;
  readonly repeat: number;
  /** On the validation split of its own data set, at the best epoch. */
  readonly validationAccuracy: number;
  readonly bestEpoch: number;
  /**
   * Accuracy on the test split of each data set, with that data set's noise, but for the images whose
   * parameter sets it has seen in its own: see `unseenRows`.
   */
  readonly accuracy: { readonly [variant: string]: number };
  readonly testImages: number;
  /** Class scores of the measured image. */
  readonly measured: { readonly [label: string]: number };
  readonly outside: Judged;
}

/** At most so many training images make a density. */
const densityImages = 2000;

/** Test images of each data set, prepared once for all networks of this run. */
export class TestImages {
  readonly #prepared = new Map<string, Promise<Prepared>>();

  of(variant: MadeVariant, preprocessing: Parameters<typeof prepareSource>[1]): Promise<Prepared> {
    let found = this.#prepared.get(variant.name);
    if (!found) {
      found = split(variant, 'test', preprocessing, testSeed);
      this.#prepared.set(variant.name, found);
    }
    return found;
  }
}

async function split(
  { dataset, experiment }: MadeVariant,
  name: 'train' | 'calibration' | 'test',
  preprocessing: Parameters<typeof prepareSource>[1],
  seed: number,
  limit?: number,
): Promise<Prepared> {
  const reader = DatasetReader.open(dataset, { fractions: experiment.preset.split });
  try {
    const source = splitSource(reader, name);
    const augmentation = trainingAugmentation(experiment);
    return await prepareSource(source, preprocessing, {
      augmentation,
      seed,
      ...(limit === undefined ? {} : { limit }),
    });
  } finally {
    reader.close();
  }
}

/** Tries one trained network on the test images of every data set and on the measurement. */
export function judgeStage(
  variant: MadeVariant,
  repeat: number,
  all: readonly MadeVariant[],
  measured: { readonly image: Float32Array; readonly key: string },
  tests: TestImages,
): Stage {
  return {
    name: 'judge',
    title: `judge ${variant.name}, repeat ${repeat + 1}`,
    dependsOn: ['images', 'train'],
    inputs: () => ({ ...comparisonInputs(variant, all, measured), repeat }),
    async run({ folder, upstream }) {
      await chosenBackend(variant.experiment);
      const train = upstream('train');
      const checkpoint = await loadCheckpoint(join(train.folder, bestCheckpointName));
      const { network, preprocessing, temperature } = checkpoint;
      try {
        const classes = network.options.classes;
        const fitted = await split(variant, 'train', preprocessing, testSeed + 1, densityImages);
        const held = await split(variant, 'calibration', preprocessing, testSeed + 2);
        const { values } = await codesOf(network, fitted.inputs, fitted.count);
        // A code may hardly vary: 0.001 of the mean variance is added to each.
        const density = fitGaussians(values, fitted.labels, classes.length, { ridge: 1e-3 });
        const scoresOf = async (p: Pick<Prepared, 'inputs' | 'count'>) => {
          const codes = await codesOf(network, p.inputs, p.count);
          return logDensities(density, codes.values).map((v) => -v);
        };
        const inside = await scoresOf(held);
        const accuracy: Record<string, number> = {};
        let testImages = 0;
        for (const other of all) {
          const test = await tests.of(other, preprocessing);
          const { logits } = await codesOf(network, test.inputs, test.count);
          const rows = await unseenRows(variant, other);
          accuracy[other.name] = part(logits, test, classes.length, rows);
          if (other.name === variant.name) testImages = rows.size;
        }
        const { probabilities } = await predict(
          { network, preprocessing, temperature },
          measured.image,
        );
        const one = await prepareSource(
          memory(measured.image, preprocessing.imageShape),
          preprocessing,
        );
        const [score] = await scoresOf(one);
        const results = train.results as unknown as {
          bestEpoch: number;
          validation: { accuracy: number };
        };
        const cell: Cell = {
          ...{ variant: variant.name, repeat, accuracy, testImages },
          validationAccuracy: results.validation.accuracy,
          bestEpoch: results.bestEpoch,
          measured: Object.fromEntries(classes.map((c, i) => [c, probabilities[i]!])),
          outside: judge(score!, inside, attainableLevel(falseAlarms, inside.length)),
        };
        await writeFile(join(folder, cellName), JSON.stringify(cell, null, 1));
        return {
          results: cell as never,
          files: [cellName],
          summary: `own test images ${(100 * accuracy[variant.name]!).toFixed(1)} %, measured ${classes
            .map((c) => `${c} ${cell.measured[c]!.toFixed(3)}`)
            .join(', ')}${cell.outside.outside ? ', outside' : ''}`,
        };
      } finally {
        network.dispose();
      }
    },
  };
}

function memory(image: Float32Array, imageShape: [number, number]) {
  return {
    length: 1,
    imageShape,
    async *batches() {
      await Promise.resolve();
      yield { images: image, labels: [0], rows: [0] };
    },
  };
}

/** Part of the images of these rows whose highest output is their label's. */
function part(
  logits: Float32Array,
  { labels, rows }: Pick<Prepared, 'labels' | 'rows'>,
  classes: number,
  counted: ReadonlySet<number>,
): number {
  let right = 0;
  for (let i = 0; i < labels.length; i++) {
    if (!counted.has(rows[i]!)) continue;
    const z = logits.subarray(i * classes, (i + 1) * classes);
    right += z.indexOf(Math.max(...z)) === labels[i] ? 1 : 0;
  }
  return right / counted.size;
}
