import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeAtomically } from '../checkpoint/atomic.js';
import { type Checkpoint, loadCheckpoint } from '../checkpoint/checkpoint.js';
import { denoiserMethod } from '../denoise/method.js';
import { TrainingError } from '../errors.js';
import { gaussiansSchema } from './gaussians.js';
import type { UncertaintyMethod } from './method.js';
import { subspaceMethod } from './subspace/method.js';
import { subspaceSchema } from './subspace/model.js';
import { dduMethod, duqMethod, ensembleMethod, softmaxMethod } from './networks.js';
import { calibrationSchema } from './verdict.js';

export const uncertaintyName = 'uncertainty.json';
export const uncertaintyFormat = 'spectraloom-uncertainty/1';

/** A checkpoint in the same folder, and the numbers it must hold. */
const network = z.strictObject({
  file: z
    .string()
    .regex(/^[\w-]+(\/[\w-]+)*\.safetensors$/, 'a file of this folder or of one in it'),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
const one = z.array(network).length(1);
const calibration = calibrationSchema;

const method = z.discriminatedUnion('name', [
  z.strictObject({ name: z.literal('softmax'), networks: one, calibration }),
  z.strictObject({ name: z.literal('duq'), networks: one, calibration }),
  /** The densities of the trained network, and those of one with bounded singular values. */
  z.strictObject({
    name: z.enum(['ddu', 'ddu-bounded']),
    networks: one,
    calibration,
    gaussians: gaussiansSchema,
  }),
  z.strictObject({
    name: z.literal('ensemble'),
    networks: z.array(network).min(2).max(100),
    calibration,
  }),
  /** The classifier whose classes it gives; its own part needs no network. */
  z.strictObject({
    name: z.literal('subspace'),
    networks: one,
    calibration,
    subspace: subspaceSchema,
  }),
  /** The denoiser, then the classifier of what it cleaned. */
  z.strictObject({
    name: z.literal('denoiser'),
    networks: z.array(network).length(2),
    calibration,
  }),
]);

const schema = z.strictObject({
  format: z.literal(uncertaintyFormat),
  methods: z.array(method).min(1).max(20),
});

/** A fitted method as it is stored: data, no code. */
export type StoredMethod = z.infer<typeof method>;
export type StoredNetwork = z.infer<typeof network>;

/** Writes the fitted methods beside their checkpoints. */
export async function saveUncertainty(
  folder: string,
  methods: readonly StoredMethod[],
): Promise<void> {
  // An infinite threshold (a set that always holds the class) becomes null.
  const text = JSON.stringify({ format: uncertaintyFormat, methods });
  await writeAtomically(join(folder, uncertaintyName), new TextEncoder().encode(text));
}

export interface LoadedMethod {
  method: UncertaintyMethod;
  calibration: StoredMethod['calibration'];
}

export interface LoadedUncertainty {
  methods: LoadedMethod[];
  /** Frees all networks; those of several methods are shared. */
  dispose(): void;
}

/**
 * Reads fitted methods back, with their networks. Throws `UNCERTAINTY_MISSING`,
 * `UNCERTAINTY_CORRUPT` (not valid, or of other checkpoints than those that are there), and what
 * `loadCheckpoint` throws.
 */
export async function loadUncertainty(folder: string): Promise<LoadedUncertainty> {
  const path = join(folder, uncertaintyName);
  const stored = await readStored(path);
  const loaded = new Map<string, Checkpoint>();
  const dispose = () => loaded.forEach((c) => c.network.dispose());
  try {
    for (const { file, sha256 } of stored.flatMap((m) => m.networks)) {
      const checkpoint = loaded.get(file) ?? (await loadCheckpoint(join(folder, file)));
      loaded.set(file, checkpoint);
      if (checkpoint.header.sha256 === sha256) continue;
      throw corrupt(path, `${file} is another network`, checkpoint.header.sha256, sha256);
    }
    const methods = stored.map((m) => {
      const networks = m.networks.map(({ file }) => loaded.get(file)!);
      return { method: methodOf(m, networks), calibration: m.calibration };
    });
    return { methods, dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

function methodOf(stored: StoredMethod, networks: Checkpoint[]): UncertaintyMethod {
  const [first, second] = networks as [Checkpoint, Checkpoint];
  switch (stored.name) {
    case 'softmax':
      return softmaxMethod(first);
    case 'duq':
      return duqMethod(first);
    case 'ddu':
    case 'ddu-bounded':
      return dduMethod(first, stored.gaussians, stored.name);
    case 'subspace':
      return subspaceMethod(stored.subspace, softmaxMethod(first));
    case 'ensemble':
      return ensembleMethod(networks);
    case 'denoiser':
      return denoiserMethod(first, softmaxMethod(second));
  }
}

async function readStored(path: string): Promise<StoredMethod[]> {
  const size = await stat(path).then(
    (s) => s.size,
    () => undefined,
  );
  if (size === undefined) {
    throw new TrainingError({
      code: 'UNCERTAINTY_MISSING',
      what: 'there are no fitted methods beside this network',
      where: path,
      next: "train with an 'uncertainty' section in the preset, or with --uncertainty",
    });
  }
  if (size > 256 * 1024 * 1024) throw corrupt(path, 'the file is too large', `${size} bytes`);
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, 'utf8'));
  } catch {
    throw corrupt(path, 'the file is not JSON');
  }
  const result = schema.safeParse(json);
  if (result.success) return result.data.methods;
  const problems = result.error.issues.map((i) => `${i.path.join('.')}: ${i.message}`);
  throw corrupt(path, 'the file is not valid', problems.slice(0, 10).join('; '));
}

function corrupt(path: string, what: string, got?: string, expected?: string): TrainingError {
  return new TrainingError({
    code: 'UNCERTAINTY_CORRUPT',
    what,
    where: path,
    ...(got === undefined ? {} : { got }),
    ...(expected === undefined ? {} : { expected }),
    next: 'train again',
  });
}
