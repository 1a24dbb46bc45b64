import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatasetReader } from '@spectraloom/shards';
import { fitSubspace, Random, subspaceScorer, type Unlikeness } from '@spectraloom/training';
import type { Stage } from '../../stages/stage.js';
import { trainingAugmentation } from '../augmentation.js';
import { detectorMask } from '../masked.js';
import { attainableLevel, falseAlarms, judge, type Judged } from '../outside/judge.js';
import { splitSource } from '../source.js';
import { comparisonInputs, type MadeVariant, testSeed, unseenRows } from './variants.js';

export const spaceName = 'space.json';

/** What the space that a data set's training images span says, without any network. */
export interface Space {
  readonly variant: string;
  /** Of the measured image, and the score that is the tight one. */
  readonly measured: Judged & { readonly because: string };
  /** Part of the test images of each data set, with that data set's noise, that lie outside. */
  readonly refused: { readonly [variant: string]: number };
}

/**
 * Fits the space of a data set's training images, as the verdict `subspace` does, and asks whether the
 * measurement and the test images of the other data sets lie in it.
 */
export function spaceStage(
  variant: MadeVariant,
  all: readonly MadeVariant[],
  measured: { readonly unmasked: Float32Array; readonly key: string },
): Stage {
  return {
    name: 'space',
    title: `what lies inside ${variant.name}`,
    dependsOn: ['images'],
    inputs: () => comparisonInputs(variant, all, measured),
    async run({ folder, signal }) {
      const { layout } = variant.experiment;
      const reader = DatasetReader.open(variant.dataset, {
        fractions: variant.experiment.preset.split,
      });
      const subspace = await fitSubspace({
        train: splitSource(reader, 'train', signal),
        validation: splitSource(reader, 'validation', signal),
        tile: [layout.h.count, layout.k.count],
        mask: detectorMask(variant.experiment),
        augmentation: trainingAugmentation(variant.experiment),
        seed: testSeed,
        signal,
      }).finally(() => reader.close());
      const score = subspaceScorer(subspace);
      const held = await scores(variant, 'calibration', score, signal);
      const level = attainableLevel(falseAlarms, held.length);
      const refused: Record<string, number> = {};
      for (const other of all) {
        const rows = await unseenRows(variant, other);
        const values = await scores(other, 'test', score, signal, rows);
        refused[other.name] =
          values.filter((v) => judge(v, held, level).outside).length / values.length;
      }
      const { value, because } = score(measured.unmasked);
      const space: Space = {
        variant: variant.name,
        measured: { ...judge(value, held, level), because },
        refused,
      };
      await writeFile(join(folder, spaceName), JSON.stringify(space, null, 1));
      const { outside, pValue } = space.measured;
      return {
        results: space as never,
        files: [spaceName],
        summary: `the measurement is ${outside ? 'outside' : 'inside'}, p ${pValue.toFixed(3)} (${because})`,
      };
    },
  };
}

/** Unlikeness of the images of one split, or of some rows of it, each with the noise that its data set has. */
async function scores(
  { dataset, experiment }: MadeVariant,
  split: 'calibration' | 'test',
  score: (image: Float32Array) => Unlikeness,
  signal: AbortSignal,
  rows?: ReadonlySet<number>,
): Promise<number[]> {
  const reader = DatasetReader.open(dataset, { fractions: experiment.preset.split });
  try {
    const augmentation = trainingAugmentation(experiment);
    const found: number[] = [];
    const source = splitSource(reader, split, signal);
    const request = { batchSize: 32, seed: 0, epoch: 0, shuffle: false };
    for await (const batch of source.batches(request)) {
      const pixels = batch.images.length / batch.labels.length;
      for (let i = 0; i < batch.labels.length; i++) {
        if (rows && !rows.has(batch.rows[i]!)) continue;
        const image = batch.images.slice(i * pixels, (i + 1) * pixels);
        augmentation?.(image, new Random(testSeed, 1, batch.rows[i]!));
        found.push(score(image).value);
      }
    }
    return found;
  } finally {
    reader.close();
  }
}
