import { createHash } from 'node:crypto';
import {
  buildNetwork,
  type Network,
  NetworkError,
  type NetworkOptions,
  parameterCount,
  preprocessedShape,
  type Preprocessing,
  readWeights,
  weightsOf,
  writeWeights,
} from '@spectraloom/models';
import { TrainingError } from '../errors.js';
import type { OptimiserState } from '../optimiser/optimiser.js';
import { writeAtomically } from './atomic.js';
import { checkpointFormat, type CheckpointHeader, checkpointHeaderSchema } from './header.js';
import {
  encodeTensors,
  type NamedTensor,
  openCheckpoint,
  readTensor,
  readTensorFile,
  type TensorEntry,
  tensorsSha256,
} from './safetensors.js';

/** What a training writes beside the weights. */
export interface CheckpointContent {
  preprocessing: Preprocessing;
  keys?: Record<string, string>;
  seed: number;
  epoch: number;
  metrics?: Record<string, number>;
  temperature?: number;
  /** Weights to write; the network's own if not given. */
  values?: Float32Array[];
  resume?: { training: string; state: unknown; optimiser: OptimiserState };
}

/** A network read back, with all it needs to predict. */
export interface Checkpoint {
  network: Network;
  preprocessing: Preprocessing;
  classes: string[];
  temperature: number;
  header: CheckpointHeader;
  /** Where the optimiser stood, in a checkpoint that training can go on from. */
  optimiser?: OptimiserState;
}

/** Writes a checkpoint (safetensors, see safetensors.ts) under a temporary name and renames it. */
export async function saveCheckpoint(
  path: string,
  network: Network,
  content: CheckpointContent,
): Promise<void> {
  const weights = weightsOf(network);
  const values = content.values ?? (await readWeights(network));
  const tensors: NamedTensor[] = weights.map(({ name, shape }, i) => ({
    name,
    shape,
    values: values[i]!,
  }));
  const { resume } = content;
  if (resume) {
    const trained = weights.filter((w) => w.trainable);
    for (const [slot, lists] of Object.entries(resume.optimiser.slots)) {
      trained.forEach(({ name, shape }, i) =>
        tensors.push({ name: `optimiser/${slot}/${name}`, shape, values: lists[i]! }),
      );
    }
  }
  const header: CheckpointHeader = {
    format: checkpointFormat,
    network: { name: network.name, options: network.options },
    preprocessing: content.preprocessing,
    keys: content.keys ?? {},
    seed: content.seed,
    epoch: content.epoch,
    metrics: content.metrics ?? {},
    temperature: content.temperature ?? 1,
    weights: weights.map(({ name, shape }) => ({ name, shape })),
    sha256: tensorsSha256(tensors),
    ...(resume
      ? { resume: { training: resume.training, step: resume.optimiser.step, state: resume.state } }
      : {}),
  };
  const description = JSON.stringify(header);
  const metadata = { spectraloom: description, spectraloomSha256: sha256Of(description) };
  await writeAtomically(path, encodeTensors(tensors, metadata));
}

function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/**
 * Reads a checkpoint and builds its network with the weights in it. Everything is checked before
 * anything large is allocated. Throws `CHECKPOINT_MISSING`, `CHECKPOINT_CORRUPT` (cut off, changed,
 * not a checkpoint, weights that are no numbers), `CHECKPOINT_OTHER_NETWORK` (not the network asked
 * for, or one that this version does not have).
 */
export async function loadCheckpoint(
  path: string,
  expected: { network?: string } = {},
): Promise<Checkpoint> {
  const file = await openCheckpoint(path);
  try {
    const tensorFile = await readTensorFile(file, path);
    const header = parseHeader(tensorFile.metadata['spectraloom'], path);
    const { name, options } = header.network;
    if (expected.network !== undefined && expected.network !== name) {
      throw new TrainingError({
        code: 'CHECKPOINT_OTHER_NETWORK',
        what: 'the checkpoint is of another network',
        where: path,
        got: name,
        expected: expected.network,
      });
    }
    const { entries } = tensorFile;
    checkWeightList(path, header, entries);
    checkPreprocessing(path, header);
    checkDescription(path, tensorFile.metadata);
    const values: Float32Array[] = [];
    for (const entry of entries) values.push(await readTensor(file, tensorFile, entry));
    const sha256 = tensorsSha256(values.map((v) => ({ values: v })));
    if (sha256 !== header.sha256) {
      throw corrupt(path, 'the numbers are not those that were written', sha256, header.sha256);
    }
    checkFinite(path, entries, values);
    const network = buildNetwork(name, options as NetworkOptions);
    try {
      checkAgainstNetwork(path, header, network);
      writeWeights(network, values.slice(0, header.weights.length));
    } catch (error) {
      network.dispose();
      throw error;
    }
    const optimiser = optimiserState(path, header, network, entries, values);
    return {
      network,
      preprocessing: header.preprocessing,
      classes: header.network.options.classes,
      temperature: header.temperature,
      header,
      ...(optimiser ? { optimiser } : {}),
    };
  } finally {
    await file.close();
  }
}

function corrupt(path: string, what: string, got?: string, expected?: string): TrainingError {
  return new TrainingError({
    code: 'CHECKPOINT_CORRUPT',
    what,
    where: path,
    ...(got === undefined ? {} : { got }),
    ...(expected === undefined ? {} : { expected }),
    next: 'use another checkpoint, or train again',
  });
}

function parseHeader(text: string | undefined, path: string): CheckpointHeader {
  if (text === undefined) throw corrupt(path, 'these tensors are no checkpoint of Spectraloom');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw corrupt(path, 'the description of the network is not JSON');
  }
  const format = (json as { format?: unknown } | null)?.format;
  if (format !== checkpointFormat) {
    throw corrupt(path, 'the checkpoint has another format', String(format), checkpointFormat);
  }
  const result = checkpointHeaderSchema.safeParse(json);
  if (result.success) return result.data;
  const problems = result.error.issues.map((i) => `${i.path.join('.')}: ${i.message}`);
  throw corrupt(path, 'the description of the network is not valid', problems.join('; '));
}

/**
 * The file must hold the listed weights, then for a continuation the optimiser's for each trained one,
 * and nothing else.
 */
function checkWeightList(path: string, header: CheckpointHeader, entries: TensorEntry[]): void {
  const trailing = entries.slice(header.weights.length);
  const fits =
    entries.length >= header.weights.length &&
    header.weights.every(
      (w, i) => w.name === entries[i]!.name && same(w.shape, entries[i]!.shape),
    ) &&
    trailing.every(({ name }) => name.startsWith('optimiser/')) &&
    (trailing.length === 0 || header.resume !== undefined);
  if (!fits) throw corrupt(path, 'the tensors are not those that the header lists');
  const { name, options } = header.network;
  const stored = header.weights.reduce((sum, w) => sum + w.shape.reduce((p, n) => p * n, 1), 0);
  const needed = countOf(path, name, options as NetworkOptions);
  if (stored !== needed) {
    throw corrupt(path, `the weights do not make a ${name}`, `${stored} numbers`, `${needed}`);
  }
}

function countOf(path: string, name: string, options: NetworkOptions): number {
  try {
    return parameterCount(name, options);
  } catch (cause) {
    if (!(cause instanceof NetworkError)) throw cause;
    const { what, got, expected } = cause;
    throw new TrainingError({
      code: 'CHECKPOINT_OTHER_NETWORK',
      what: `its network cannot be built: ${what}`,
      where: path,
      ...(got === undefined ? {} : { got }),
      ...(expected === undefined ? {} : { expected }),
      next: 'use the version of spectraloom that wrote it, or train again',
      cause,
    });
  }
}

/** The preprocessing must be possible, and make what the network takes. */
function checkPreprocessing(path: string, { preprocessing, network }: CheckpointHeader): void {
  const { inputShape } = network.options;
  try {
    const made = preprocessedShape(preprocessing);
    if (same(made, inputShape)) return;
    throw corrupt(
      path,
      'the preprocessing does not make what the network takes',
      made.join(' x '),
      inputShape.join(' x '),
    );
  } catch (cause) {
    if (!(cause instanceof NetworkError)) throw cause;
    throw corrupt(path, 'the preprocessing is not valid', cause.message);
  }
}

/** One changed digit of the preprocessing or a class would not show anywhere else. */
function checkDescription(path: string, metadata: Record<string, string>): void {
  // Files of before this check was written have none.
  const { spectraloom, spectraloomSha256 } = metadata;
  if (spectraloomSha256 === undefined) return;
  const found = sha256Of(spectraloom!);
  if (found === spectraloomSha256) return;
  throw corrupt(
    path,
    'the description of the network is not the one that was written',
    found,
    spectraloomSha256,
  );
}

function checkFinite(path: string, entries: TensorEntry[], values: Float32Array[]): void {
  for (const [i, tensor] of values.entries()) {
    const at = tensor.findIndex((v) => !Number.isFinite(v));
    if (at < 0) continue;
    throw corrupt(
      path,
      `weight ${entries[i]!.name} holds values that are not numbers`,
      `${tensor[at]} at ${at} of ${tensor.length}`,
      'finite numbers',
    );
  }
}

function checkAgainstNetwork(path: string, header: CheckpointHeader, network: Network): void {
  // Options are written with their defaults: one that is missing came later, and its default may be another network.
  const missing = Object.keys(network.options).filter((key) => !(key in header.network.options));
  if (missing.length > 0) {
    const got = `no option ${missing.join(', ')}: made before there was one`;
    throw corrupt(path, `the description of the ${network.name} is not complete`, got);
  }
  const weights = weightsOf(network);
  const list = (items: readonly { name: string; shape: readonly number[] }[]) =>
    items.map(({ name, shape }) => `${name} [${shape.join(', ')}]`).join(', ');
  if (list(weights) !== list(header.weights)) {
    throw corrupt(
      path,
      `the weights do not make a ${network.name}`,
      list(header.weights),
      list(weights),
    );
  }
}

function optimiserState(
  path: string,
  { resume, weights }: CheckpointHeader,
  network: Network,
  entries: TensorEntry[],
  values: Float32Array[],
): OptimiserState | undefined {
  if (!resume) return undefined;
  const trained = weightsOf(network).filter((w) => w.trainable);
  const stored = entries.slice(weights.length);
  const names = [...new Set(stored.map(({ name }) => name.split('/')[1]!))];
  const expected = names.flatMap((slot) =>
    trained.map(({ name, shape }) => ({ name: `optimiser/${slot}/${name}`, shape })),
  );
  const fits =
    stored.length > 0 &&
    stored.length === expected.length &&
    expected.every((e, i) => e.name === stored[i]!.name && same(e.shape, stored[i]!.shape));
  if (!fits) {
    network.dispose();
    throw corrupt(path, 'the state of the optimiser does not fit the network');
  }
  const at = (i: number) => weights.length + i * trained.length;
  return {
    step: resume.step,
    slots: Object.fromEntries(names.map((slot, i) => [slot, values.slice(at(i), at(i + 1))])),
  };
}

function same(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((n, i) => n === b[i]);
}
