import { join, resolve } from 'node:path';
import { type ShellSettings, shellSettingsSchema } from '@spectraloom/models/xray/exafs';
import { z } from 'zod';
import { PipelineError } from '../errors.js';
import { type NamedText, readNamed } from '../opening/named.js';
import { checkFile } from '../opening/check.js';
import { readPreset } from '../opening/preset.js';

/**
 * A file beside the pipeline file, or in the reference folder: `shared:data/...` is
 * $SPECTRALOOM_SHARED/data/... (default: `../shared` of the workspace).
 */
const location = z.string().min(1);

/** A measured chi(k) that the network reads and least squares fit. */
const measuredSchema = z.strictObject({
  name: z.string().min(1),
  file: location,
  /** Values known from elsewhere, for the report: [value, error]. */
  known: z
    .record(z.enum(['amplitude', 'deltaR', 'sigma2', 'e0Ev']), z.tuple([z.number(), z.number()]))
    .optional(),
  knownFrom: z.string().optional(),
});

const pipelineSchema = z.strictObject({
  kind: z.literal('exafs'),
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'lower-case letters, digits and dashes'),
  title: z.string(),
  description: z.string().optional(),
  /** The path table (`feffNNNN.dat`) of the shell. */
  path: location,
  /** Ranges of the shell's parameters, noise, and what of k and R is looked at. */
  shell: shellSettingsSchema,
  measured: z.array(measuredSchema).default([]),
});

const presetSchema = z.strictObject({
  description: z.string(),
  /** What this preset makes smaller than the full job, in words, for the report. */
  shrinks: z.array(z.string()),
  structures: z.strictObject({
    count: z.number().int().min(500).max(10_000_000),
    seed: z.number().int().nonnegative(),
    design: z.enum(['sobol', 'latin-hypercube', 'random']),
  }),
  spectra: z.strictObject({ rowsPerShard: z.number().int().positive().max(100_000) }),
  /** Part of the spectra that the score is taken on; of the rest the network keeps two tenths apart. */
  test: z.number().min(0.02).max(0.5),
  train: z.strictObject({
    seed: z.number().int().nonnegative(),
    hidden: z.array(z.number().int().min(1).max(4096)).min(1).max(8),
    /** Epochs, batchSize, learningRate, weightDecay, patience: see packages/models. */
    training: z.record(z.string(), z.number()).default({}),
  }),
  /** Part of truths the intervals are to hold. */
  level: z.number().min(0.5).max(0.999).default(0.95),
});

export interface ExafsFile extends Omit<z.infer<typeof pipelineSchema>, 'shell'> {
  readonly shell: ShellSettings;
}
export type ExafsPreset = z.infer<typeof presetSchema>;
export type ExafsMeasured = z.infer<typeof measuredSchema>;

const example = 'exafs';

/** @throws PipelineError PIPELINE_INVALID */
export function checkExafsFile(file: NamedText): ExafsFile {
  return checkFile(pipelineSchema, file, 'the pipeline file', example);
}

/** @throws PipelineError PRESET_NOT_FOUND, PIPELINE_INVALID */
export async function loadExafsPreset(
  folder: string,
  pipeline: string,
  name: string,
): Promise<ExafsPreset> {
  const text = await readPreset({ folder, name: pipeline }, name);
  return checkFile(presetSchema, text, 'the preset', example);
}

/**
 * Text of a file that the pipeline names.
 * @throws PipelineError PIPELINE_INVALID where it cannot be read
 */
export async function readPlaced(root: string, folder: string, place: string): Promise<NamedText> {
  const shared = process.env['SPECTRALOOM_SHARED'] ?? join(root, '../shared');
  const path = place.startsWith('shared:')
    ? join(shared, place.slice('shared:'.length))
    : resolve(folder, place);
  return readNamed(path).catch((error: unknown) => {
    throw new PipelineError(
      'PIPELINE_INVALID',
      {
        what: 'a file that the pipeline names cannot be read',
        where: path,
        got: error instanceof Error ? error.message : String(error),
        next: place.startsWith('shared:')
          ? 'set SPECTRALOOM_SHARED to the reference folder'
          : 'mend pipeline.yaml; paths are relative to its folder',
      },
      { cause: error },
    );
  });
}
