import { waterTargetSchema } from '@spectraloom/farm';
import { z } from 'zod';
import { PipelineError } from '../errors.js';
import type { NamedText } from '../opening/named.js';
import { checkFile } from '../opening/check.js';
import { readPreset } from '../opening/preset.js';

const range = z
  .tuple([z.number(), z.number()])
  .refine(([low, high]) => low < high, 'the first must be below the second');
const key = z.string().regex(/^[a-z][a-z0-9-]*$/, 'lower-case letters, digits and dashes');

/** Water molecules drawn from a harmonic force field, their spectra by Hartree-Fock. */
const waterSource = z.strictObject({
  from: z.literal('water'),
  temperatureK: z.number().positive(),
  /** classical: Boltzmann; quantum: the oscillators' own, at any temperature. */
  statistics: z.enum(['classical', 'quantum']).default('classical'),
  /** Draws outside are drawn again: the force field is not followed that far. */
  angleDeg: range,
  bondAngstrom: range,
});

const gridSchema = z
  .strictObject({ from: z.number(), to: z.number(), points: z.number().int().min(2) })
  .refine((g) => g.to > g.from, 'from must be below to');

/** As `DescriptorSpec` of @spectraloom/xray. */
const descriptor = z.discriminatedUnion('descriptor', [
  z.strictObject({ descriptor: z.literal('internal'), coordinates: z.string().min(1) }),
  z.strictObject({
    descriptor: z.literal('coulomb'),
    size: z.number().int().min(1).max(90).optional(),
  }),
  z.strictObject({ descriptor: z.literal('distances'), neighbours: z.string().min(1) }),
  z.strictObject({
    descriptor: z.literal('symmetry'),
    cutoff: z.number().positive().max(60).optional(),
  }),
]);

/** Structures and spectra that are there already, one a row, in the same order. */
const fileSource = z.strictObject({
  from: z.literal('files'),
  /**
   * `.xyz` or `.extxyz`, to be described; or CSV (with a header) or Parquet with a column for each
   * input. Beside the pipeline file.
   */
  structures: z.string().min(1),
  /** Of XYZ: the numbers that stand for a structure. */
  describe: z.array(descriptor).min(1).optional(),
  /** Of XYZ: index from 0, an element that is there once, or `key:NAME` of the comment line. */
  absorber: z.union([z.number().int().min(0), z.string().min(1)]).default(0),
  /**
   * `.npy` or `.npz` `[rows, points]`; `.csv` whose header is the energies; `.parquet` with a column of
   * lists; or a folder of two-column files, one a spectrum.
   */
  spectra: z.string().min(1),
  /** Name of the array or column of spectra. */
  spectraColumn: z.string().min(1).optional(),
  /** A file of energies: `[points]`, or one grid a spectrum. */
  energies: z.string().min(1).optional(),
  energiesColumn: z.string().min(1).optional(),
  /** Where the spectra have no energies: their grid. Where they have: all are brought onto it. */
  grid: gridSchema.optional(),
  /** Where they come from, and their terms. */
  provenance: z.record(z.string(), z.string()).default({}),
});

const region = z
  .strictObject({ name: z.string().min(1), from: z.number(), to: z.number() })
  .refine((r) => r.to > r.from, 'from must be below to');

/** What of the spectra is learnt, as `TargetSpec` of @spectraloom/xray. */
const learn = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('spectrum'),
    from: z.number().optional(),
    to: z.number().optional(),
  }),
  z.strictObject({ kind: z.literal('regions'), regions: z.array(region).min(1) }),
  z.strictObject({
    kind: z.literal('moments'),
    regions: z.array(region).min(1),
    moments: z
      .array(z.enum(['area', 'mean', 'width', 'skewness', 'kurtosis']))
      .min(1)
      .default(['mean', 'width', 'skewness']),
  }),
]);

/** A pipeline file of kind `xray`: structures, their spectra, and what is asked of them. */
const pipelineSchema = z
  .strictObject({
    kind: z.literal('xray'),
    name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'lower-case letters, digits and dashes'),
    title: z.string(),
    description: z.string().optional(),
    structures: z.discriminatedUnion('from', [waterSource, fileSource]),
    /** Inputs of the methods, in this order; left out for XYZ files: all that describes them. */
    inputs: z
      .array(
        z.strictObject({ name: z.string().min(1), unit: z.string(), label: z.string().min(1) }),
      )
      .max(4096)
      .default([]),
    /** Spectra of a row by name. */
    targets: z
      .array(
        z.strictObject({
          name: key,
          title: z.string(),
          unit: z.string().default('eV'),
          /** What is simulated (structures from water). */
          simulate: waterTargetSchema.optional(),
          /** The grid of spectra from a file. */
          grid: gridSchema.optional(),
          /** Of spectra from a file: the whole, a part, integrals over regions, moments of peaks. */
          learn: learn.optional(),
          /** Default: the preset's; of moments, whose units differ, `point`. */
          scaling: z.enum(['global', 'point']).optional(),
        }),
      )
      .min(1)
      .max(16),
  })
  .superRefine(({ structures, targets, inputs }, context) => {
    const complain = (message: string, ...path: (string | number)[]) =>
      context.addIssue({ code: 'custom', message, path });
    const simulated = structures.from === 'water';
    targets.forEach((target, i) => {
      if (simulated !== (target.simulate !== undefined))
        complain(simulated ? 'needs simulate' : 'has nothing to simulate', 'targets', i);
      if (simulated && target.grid !== undefined)
        complain('has its grid in simulate', 'targets', i);
      if (simulated && target.learn !== undefined)
        complain('learn is for spectra from files', 'targets', i);
    });
    const xyz = structures.from === 'files' && /\.(ext)?xyz$/i.test(structures.structures);
    if (structures.from === 'files' && xyz !== (structures.describe !== undefined)) {
      complain(
        xyz
          ? 'an XYZ file needs describe: a list of descriptors'
          : 'describe is for XYZ files; a table holds its numbers already',
        'structures',
      );
    }
    if (!xyz && inputs.length === 0) complain('at least one is needed', 'inputs');
    for (const list of [targets.map((t) => t.name), inputs.map((n) => n.name)]) {
      const twice = list.find((name, i) => list.indexOf(name) !== i);
      if (twice !== undefined) complain(`${twice} is given twice`);
    }
  });

const training = z.record(z.string(), z.json()).default({});

/** A preset of such a pipeline: how many, with which seeds, and how the methods are trained. */
const presetSchema = z.strictObject({
  description: z.string(),
  /** What this preset makes smaller than the full job, in words, for the report. */
  shrinks: z.array(z.string()),
  /** For simulated structures. */
  structures: z
    .strictObject({
      count: z.number().int().min(50).max(10_000_000),
      seed: z.number().int().nonnegative(),
      design: z.enum(['sobol', 'latin-hypercube', 'random']),
    })
    .optional(),
  spectra: z.strictObject({ rowsPerShard: z.number().int().positive().max(100_000) }),
  split: z.strictObject({
    validation: z.number().min(0.01).max(0.5),
    test: z.number().min(0.01).max(0.5),
    seed: z.number().int().nonnegative(),
  }),
  train: z.strictObject({
    scaling: z.enum(['global', 'point']).default('global'),
    /** Numbers of components that are compared. */
    components: z.array(z.number().int().min(1)).min(1),
    /** Every net is trained once with each of these. */
    seeds: z.array(z.number().int().nonnegative()).min(1).max(100),
    /** Options of all nets, checked by packages/models: activation, hidden, training. */
    nets: z.record(z.string(), z.json()).default({}),
    ednn: z.record(z.string(), z.json()).default({}),
    nnca: z.record(z.string(), z.json()).default({}),
    eca: z.record(z.string(), z.json()).default({}),
    /** Refits to bootstrap resamples, for intervals: by NNCA with this many components. */
    intervals: z.strictObject({
      components: z.number().int().min(1),
      refits: z.number().int().min(3).max(1000),
      training,
    }),
  }),
  /** Points along an axis of the slices and of the volume through structure space. */
  landscape: z.strictObject({
    slice: z.number().int().min(3).max(201),
    volume: z.number().int().min(3).max(101),
    /** Standard deviations to both sides of the mean. */
    deviations: z.number().positive().max(10),
  }),
});

export type XrayFile = z.infer<typeof pipelineSchema>;
export type XrayPreset = z.infer<typeof presetSchema>;
export type XrayTarget = XrayFile['targets'][number];
export type FileSource = z.infer<typeof fileSource>;

export interface LoadedXray {
  readonly folder: string;
  readonly file: XrayFile;
}

const example = 'h2o-xray';

/** @throws PipelineError PIPELINE_INVALID */
export function checkXrayFile(file: NamedText): XrayFile {
  return checkFile(pipelineSchema, file, 'the pipeline file', example);
}

/**
 * Reads a preset by name, or by the path of its file, and checks it against the pipeline.
 * @throws PipelineError PRESET_NOT_FOUND, PIPELINE_INVALID
 */
export async function loadXrayPreset(
  { folder, file }: LoadedXray,
  name: string,
): Promise<XrayPreset> {
  const text = await readPreset({ folder, name: file.name }, name);
  const preset = checkFile(presetSchema, text, 'the preset', example);
  const refuse = (where: string, got: string, expected: string) => {
    throw new PipelineError('PIPELINE_INVALID', {
      what: 'the preset does not fit the pipeline',
      where: `${text.path}: ${where}`,
      got,
      expected,
      next: 'mend the preset',
    });
  };
  const inputs = file.inputs.length;
  const { components, intervals } = preset.train;
  const most = Math.max(...components, intervals.components);
  // Of structures that are described here the number of inputs is known when they are.
  if (inputs > 0 && most > inputs)
    refuse('train', `${most} components`, `at most ${inputs}, the number of inputs`);
  if ((file.structures.from === 'water') !== (preset.structures !== undefined)) {
    refuse(
      'structures',
      preset.structures ? 'given' : 'absent',
      'count, seed and design for simulated structures alone',
    );
  }
  if (preset.split.validation + preset.split.test >= 0.9) {
    refuse('split', `${preset.split.validation} + ${preset.split.test}`, 'a sum below 0.9');
  }
  return preset;
}
