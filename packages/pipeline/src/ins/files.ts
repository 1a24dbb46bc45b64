import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { PipelineError, type PipelineErrorCode } from '../errors.js';
import { magnetSchema } from './outside/magnets.js';
import { uncertaintySchema } from './learn/settings.js';
import { checkFile } from '../opening/check.js';
import { type NamedText, readNamed } from '../opening/named.js';
import { readPreset } from '../opening/preset.js';

/** A pipeline file, `pipelines/<name>/pipeline.yaml`: the experiment, whatever its size. */
const pipelineSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'lower-case letters, digits and dashes'),
  title: z.string(),
  description: z.string().optional(),
  /** Model files, one a class; a class's index is its place in this list. */
  classes: z.array(z.string()).min(2).max(64),
  /** Name of a built-in instrument, or a file beside the pipeline file. */
  instrument: z.string(),
  /** The image: handed to `imaging`, which checks it. */
  image: z.record(z.string(), z.json()),
  measured: z.strictObject({ dataset: z.string() }).optional(),
  /** What images from outside the training set are made of, beside the pipeline's own models. */
  outside: z
    .strictObject({
      magnets: z.array(magnetSchema).max(64).default([]),
      /** Names of other built-in instruments. */
      instruments: z.array(z.string()).max(8).default([]),
    })
    .optional(),
  /** A tile that a publication names as the strongest, to look up in the maps. */
  published: z
    .strictObject({
      what: z.string(),
      eiMeV: z.number().positive(),
      energyMeV: z.tuple([z.number(), z.number()]),
    })
    .optional(),
  /** What stands in for a measurement where there is none: a model at its default parameters. */
  standIn: z.strictObject({
    class: z.string(),
    seed: z.number().int().nonnegative(),
    /** What an experiment adds, step by step: checked by `imaging`. */
    experiment: z.array(z.record(z.string(), z.json())),
  }),
});

/** A data set of an ablation: the preset but for what is given here. */
const variantSchema = z.strictObject({
  /** What is different, in words, for the table. */
  what: z.string(),
  /** Fields of the image. */
  image: z.record(z.string(), z.json()).optional(),
  unstable: z.enum(['reject', 'keep']).optional(),
  /** `none`: no noise, background or losses on the training images, and none on its test images. */
  augmentation: z.literal('none').optional(),
});

/** A preset, `pipelines/<name>/presets/<preset>.yaml`: how large, with which seeds. */
const presetSchema = z.strictObject({
  description: z.string(),
  /** What this preset makes smaller than the full job, in words, for the report. */
  shrinks: z.array(z.string()),
  plan: z.strictObject({
    rowsPerClass: z.number().int().positive().max(10_000_000),
    seed: z.number().int().nonnegative(),
    design: z.enum(['sobol', 'latin-hypercube', 'random']),
    /** Points along each axis of the zone at which a draw's stability is checked. */
    stabilityGrid: z.number().int().min(2).max(256),
    /** `keep`: unstable draws stay, as in the published data set (for comparison only). */
    unstable: z.enum(['reject', 'keep']).default('reject'),
  }),
  /** Fields of the pipeline's image that this preset sets otherwise. */
  image: z.record(z.string(), z.json()).optional(),
  /** Keep the spin waves of every row on disk, for many resolutions of one plan: docs/adr/0007. */
  spectra: z.enum(['recompute', 'store']).default('recompute'),
  images: z.strictObject({ rowsPerShard: z.number().int().positive().max(100_000) }),
  split: z.strictObject({
    validation: z.number().min(0).max(0.5),
    test: z.number().min(0).max(0.5),
    /** For temperature and thresholds; needed by `uncertainty`, and by nothing else. */
    calibration: z.number().gt(0).max(0.5).exactOptional(),
  }),
  train: z.strictObject({
    network: z.string(),
    /** Seed of the initial weights. */
    seed: z.number().int().nonnegative(),
    /** Options of the network; its preprocessing where the network's own will not do. */
    options: z.record(z.string(), z.json()).default({}),
    preprocessing: z.array(z.record(z.string(), z.json())).exactOptional(),
    /** Epochs, batch size, learning rate, early stopping: checked by `training`. */
    fit: z.record(z.string(), z.json()),
    /** Changes to training images: checked by `training`. */
    augmentation: z.strictObject({ steps: z.array(z.record(z.string(), z.json())) }).optional(),
  }),
  /** What says how far the network can be believed: fitted on the calibration split. */
  uncertainty: uncertaintySchema.prefault({}),
  /** Images from outside the training set, on which its doubts are tried. */
  outside: z
    .strictObject({
      /** Images a set. */
      images: z.number().int().min(4).max(10_000),
      seed: z.number().int().nonnegative().default(5),
    })
    .prefault({ images: 40 }),
  /** How much is asked of the network; 0 leaves a part out. */
  explain: z
    .strictObject({
      /** Points of the integrated gradients. */
      gradientSteps: z.number().int().min(0).max(4096).default(16),
      /** Simulated test images whose tiles are covered: where the network looks in general. */
      images: z.number().int().min(0).max(10_000).default(20),
      /** Sets of fresh weights of the check by randomised weights. */
      randomWeights: z.number().int().min(0).max(50).default(2),
      /** Random orders that deletion and insertion curves are compared with. */
      randomOrders: z.number().int().min(0).max(100).default(0),
      /** Images of the map of codes. */
      codes: z.number().int().min(0).max(5000).default(150),
      /** Steps towards the image that a class answers to most. */
      maximalSteps: z.number().int().min(0).max(10_000).default(24),
    })
    .prefault({}),
  /** Data sets that differ in one thing alone: what `spectraloom ablation` compares. */
  ablation: z
    .strictObject({
      /** Networks trained on each data set, with seeds one apart. */
      repeats: z.number().int().min(1).max(100),
      variants: z.record(z.string().regex(/^[a-z0-9][a-z0-9-]*$/), variantSchema),
    })
    .optional(),
});

export type PipelineFile = z.infer<typeof pipelineSchema>;
export type VariantFile = z.infer<typeof variantSchema>;
export type PresetFile = z.infer<typeof presetSchema>;

/** A pipeline folder read and checked. */
export interface LoadedPipeline {
  readonly folder: string;
  readonly file: PipelineFile;
  readonly models: readonly NamedText[];
}

async function readOr(path: string, code: PipelineErrorCode, what: string, next: string) {
  try {
    return await readNamed(path);
  } catch (error) {
    throw new PipelineError(
      code,
      { what, where: path, got: basename(path), next },
      { cause: error },
    );
  }
}

/** The folder of a pipeline given by name (in `<root>/pipelines`) or by path. */
export function pipelineFolder(root: string, nameOrFolder: string): string {
  return /[\\/]|^\.+$/.test(nameOrFolder)
    ? resolve(nameOrFolder)
    : join(root, 'pipelines', nameOrFolder);
}

/**
 * Reads a pipeline by name (a folder of `<root>/pipelines`) or by the path of its folder.
 * @throws PipelineError PIPELINE_NOT_FOUND, PIPELINE_INVALID
 */
export async function loadPipeline(root: string, nameOrFolder: string): Promise<LoadedPipeline> {
  const folder = pipelineFolder(root, nameOrFolder);
  const text = await readOr(
    join(folder, 'pipeline.yaml'),
    'PIPELINE_NOT_FOUND',
    `there is no pipeline '${nameOrFolder}'`,
    `name a folder of ${join(root, 'pipelines')} or give the path of a folder with a pipeline.yaml`,
  );
  const file = checkFile(pipelineSchema, text, 'the pipeline file', 'pcsmo');
  const models: NamedText[] = [];
  for (const path of file.classes) {
    models.push(
      await readOr(
        join(folder, path),
        'PIPELINE_INVALID',
        `the pipeline '${file.name}' names a model file that is not there`,
        `mend 'classes' in ${text.path}`,
      ),
    );
  }
  return { folder, file, models };
}

/** Reads a preset of a pipeline by name, or by the path of its file. */
export async function loadPreset(pipeline: LoadedPipeline, name: string): Promise<PresetFile> {
  const text = await readPreset({ folder: pipeline.folder, name: pipeline.file.name }, name);
  const preset = checkFile(presetSchema, text, 'the preset', 'pcsmo');
  const { validation, test, calibration = 0 } = preset.split;
  if (validation + test + calibration >= 0.9) {
    throw new PipelineError('PIPELINE_INVALID', {
      what: 'a preset leaves too little to train on',
      where: `${text.path}: split`,
      got: `validation ${validation} + test ${test} + calibration ${calibration}`,
      expected: 'a sum below 0.9',
      next: 'make them smaller',
    });
  }
  const rows = preset.plan.rowsPerClass * pipeline.file.classes.length;
  const parts = { validation: preset.split.validation, test: preset.split.test };
  for (const [part, fraction] of Object.entries(parts)) {
    if (rows * fraction >= 1) continue;
    throw new PipelineError('PIPELINE_INVALID', {
      what: `a preset leaves no rows for the ${part} part`,
      where: `${text.path}: plan.rowsPerClass, split.${part}`,
      got: `${rows} rows in all x ${fraction} = ${Number((rows * fraction).toFixed(3))}`,
      expected: 'at least 1',
      next: 'raise plan.rowsPerClass or that part of the split',
    });
  }
  return preset;
}
