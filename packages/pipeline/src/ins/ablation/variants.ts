import { parseImageSpec, imageLayout } from '@spectraloom/imaging';
import { PipelineError } from '../../errors.js';
import type { JsonObject } from '../../stages/stage.js';
import { type Experiment, packageVersions } from '../experiment.js';
import type { PresetFile, VariantFile } from '../files.js';
import { unseenTestRows } from '../leakage.js';
import { readPlan } from '../planStage.js';

/** One data set of the comparison: the reference but for one thing. */
export interface Variant {
  readonly name: string;
  /** What is different, in words. */
  readonly what: string;
  /** The experiment that makes this data set. */
  readonly experiment: Experiment;
}

/** A data set that is there: where its images lie, and the key that they have. */
export interface MadeVariant extends Variant {
  readonly dataset: string;
  readonly imagesKey: string;
}

/**
 * Test rows of one data set that a network (or space) of another has not seen: no parameter set of them
 * is in its training, validation or calibration part.
 * @throws PipelineError PIPELINE_INVALID where none is left
 */
export async function unseenRows(trained: MadeVariant, tested: MadeVariant): Promise<Set<number>> {
  const parted = async ({ dataset, experiment }: MadeVariant) => ({
    plan: await readPlan(dataset),
    fractions: experiment.preset.split,
  });
  const rows = unseenTestRows(await parted(trained), await parted(tested));
  if (rows.size > 0) return rows;
  throw new PipelineError('PIPELINE_INVALID', {
    what: `no test image of ${tested.name} is new to what was trained on ${trained.name}`,
    where: `presets/${trained.experiment.presetName}.yaml`,
    expected: 'test images whose parameter sets trained nothing',
    next: 'raise plan.rowsPerClass or the test part of the split',
  });
}

/** Part of the key of what is tested so. */
const unseenOnly =
  'test images whose parameter sets are in no other part of the data set trained on';

/** What decides a comparison: the data sets, their noise and parts, and the measurement. */
export const comparisonInputs = (
  variant: MadeVariant,
  all: readonly MadeVariant[],
  measured: { readonly key: string },
): JsonObject => ({
  variant: variant.name,
  datasets: Object.fromEntries(all.map((v) => [v.name, v.imagesKey])),
  noise: Object.fromEntries(
    all.map((v) => [v.name, (v.experiment.preset.train.augmentation ?? {}) as never]),
  ),
  split: variant.experiment.preset.split,
  tested: unseenOnly,
  measured: measured.key,
  versions: packageVersions('training', 'pipeline'),
});

/** Of the noise on test images: the same for every network and space that looks at them. */
export const testSeed = 424_242;

/** The preset with what a variant sets otherwise. */
function changed(preset: PresetFile, variant: VariantFile): PresetFile {
  const { augmentation, ...train } = preset.train;
  return {
    ...preset,
    ...(variant.image ? { image: { ...preset.image, ...variant.image } } : {}),
    plan: { ...preset.plan, ...(variant.unstable ? { unstable: variant.unstable } : {}) },
    // Unstable draws have no spin waves to store.
    ...(variant.unstable === 'keep' ? { spectra: 'recompute' as const } : {}),
    train: {
      ...train,
      ...(augmentation && variant.augmentation !== 'none' ? { augmentation } : {}),
    },
  };
}

/** The experiment with another preset; image and layout follow from it. */
function withPreset(experiment: Experiment, preset: PresetFile, name: string): Experiment {
  const spec = parseImageSpec(
    { ...experiment.pipeline.file.image, ...preset.image },
    { source: `image of pipeline '${experiment.pipeline.file.name}', variant '${name}'` },
  );
  return { ...experiment, preset, spec, layout: imageLayout(spec) };
}

/**
 * The data sets of an ablation preset, the reference first.
 * @throws PipelineError PIPELINE_INVALID where the preset has none; ImagingError for a bad image
 */
export function variantsOf(experiment: Experiment): Variant[] {
  const { ablation } = experiment.preset;
  if (!ablation) {
    throw new PipelineError('PIPELINE_INVALID', {
      what: `the preset '${experiment.presetName}' compares no data sets`,
      where: `presets/${experiment.presetName}.yaml`,
      expected: "a section 'ablation' with repeats and variants",
      next: 'name a preset that has one, such as --preset ablation',
    });
  }
  if (!experiment.preset.split.calibration) {
    throw new PipelineError('PIPELINE_INVALID', {
      what: 'the comparison keeps no images for the threshold of the verdict',
      where: `presets/${experiment.presetName}.yaml: split`,
      got: 'no calibration',
      expected: 'such as calibration: 0.1',
      next: 'add it; the validation images chose the epoch and cannot serve',
    });
  }
  return [
    { name: 'reference', what: 'as the preset has it', experiment },
    ...Object.entries(ablation.variants).map(([name, variant]) => ({
      name,
      what: variant.what,
      experiment: withPreset(experiment, changed(experiment.preset, variant), name),
    })),
  ];
}

/** The experiment with the seeds of a repeat: initial weights, order, augmentation. */
export function repeated(experiment: Experiment, repeat: number): Experiment {
  const { preset } = experiment;
  const { seed } = preset.train.fit as { seed?: number };
  return {
    ...experiment,
    preset: {
      ...preset,
      train: {
        ...preset.train,
        seed: preset.train.seed + repeat,
        fit: { ...preset.train.fit, seed: (seed ?? 0) + repeat },
      },
    },
  };
}
