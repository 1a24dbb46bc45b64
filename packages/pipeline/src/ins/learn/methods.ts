import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  buildNetwork,
  copyWeights,
  defaultPreprocessing,
  type Network,
  type Preprocessing,
  preprocessedShape,
  readWeights,
} from '@spectraloom/models';
import {
  type Augmentation,
  augmentationFrom,
  type AugmentationSpec,
  type BatchSource,
  bestCheckpointName,
  calibrate,
  type Calibration,
  denoiserMethod,
  dduMethod,
  duqMethod,
  ensembleMethod,
  fitClassifier,
  fitDdu,
  fitSubspace,
  fitDenoiser,
  type FitSettings,
  loadCheckpoint,
  parseDenoiserSettings,
  parseFitSettings,
  predictSource,
  saveUncertainty,
  searchLengthScale,
  softmaxMethod,
  subspaceMethod,
  type StoredMethod,
  type StoredNetwork,
  type TrainedNetwork,
  uncertaintyName,
  type UncertaintyMethod,
} from '@spectraloom/training';
import type { Emit } from '../../stages/events.js';
import { historyName } from '../historyName.js';
import { attainableLevel } from '../outside/judge.js';
import { trainingEvents } from './progress.js';
import type { UncertaintySettings } from './settings.js';

export interface MethodsContext {
  readonly folder: string;
  readonly settings: UncertaintySettings;
  readonly main: TrainedNetwork;
  readonly network: { readonly name: string; readonly options: Record<string, unknown> };
  /** Seed of initial weights. */
  readonly seed: number;
  readonly fit: FitSettings;
  readonly source: (split: 'train' | 'validation' | 'calibration') => BatchSource;
  readonly augmentation?: Augmentation | undefined;
  /** As the preset declares it, for the denoiser: its steps are shared out. */
  readonly declared?: AugmentationSpec | undefined;
  readonly keys: Record<string, string>;
  /** [rows, cols] of a tile, and 1 where a pixel has no detector. */
  readonly tile: readonly [number, number];
  readonly mask?: Uint8Array | undefined;
  readonly signal: AbortSignal;
  readonly emit: Emit;
}

/** A network beside the main one, and how the file names it. */
interface Trained extends TrainedNetwork {
  stored: StoredNetwork;
}

/** What the stage's record says of such a network. */
export interface MethodRecord {
  readonly network: string;
  readonly folder: string;
  readonly parameters: number;
  readonly epochs: number;
  readonly bestEpoch: number;
  readonly validation: Readonly<Record<string, number>>;
  readonly seconds: number;
}

export interface MethodsOutcome {
  /** Checkpoints and histories, relative to the folder. */
  readonly files: readonly string[];
  readonly methods: readonly string[];
  readonly networks: readonly MethodRecord[];
  /** The search for DUQ's length scale; null without DUQ. */
  readonly lengthScales: Awaited<ReturnType<typeof searchLengthScale>> | null;
  /** Calibration images. */
  readonly images: number;
  /** Level below which an image is outside, as far as that many images can tell. */
  readonly outsideBelow: number;
  /** Of the main network. */
  readonly temperature: number;
}

/** Steps of an augmentation that a clean image has too; the others are what a denoiser takes away. */
const keptSteps = ['gain', 'damping', 'relative-gain', 'shift', 'rotate', 'mirror'];

/**
 * Trains the networks of the methods that the preset names, fits what they need, calibrates all on
 * images that neither trained nor chose a network, and writes them beside the main checkpoint. Each
 * network has a folder of its own, from which an interrupted training goes on.
 */
export async function trainMethods(context: MethodsContext): Promise<MethodsOutcome> {
  const { settings, folder, main } = context;
  const networks: MethodRecord[] = [];
  const open: Network[] = [];
  const files = [uncertaintyName];
  const add = (record: MethodRecord, network: Network) => {
    networks.push(record);
    open.push(network);
    files.push(join(record.folder, bestCheckpointName), join(record.folder, historyName));
  };
  try {
    const own = await storedNetwork(folder, bestCheckpointName);
    const stored: StoredMethod[] = [];
    const softmax = softmaxMethod(main);
    const level = attainable(context);
    const calibrated = (method: UncertaintyMethod) => calibrateMethod(context, method, level);
    const first = await calibrated(softmax);
    stored.push({ name: 'softmax', networks: [own], calibration: first });

    const density = async (name: 'ddu' | 'ddu-bounded', dense: Trained) => {
      const gaussians = await fitDdu(dense, context.source('train'), pass(context, 0));
      const calibration = await calibrated(dduMethod(dense, gaussians, name));
      stored.push({ name, networks: [dense.stored], gaussians, calibration });
    };
    await density('ddu', { ...main, stored: own });
    if (settings.ddu) {
      const { network: name, options, fit } = settings.ddu;
      const { trained, record } = await trainOne(context, {
        ...{ folder: 'ddu', network: { name, options }, seed: context.seed },
        fit: parseFitSettings({ ...context.fit, ...fit }),
      });
      add(record, trained.network);
      await density('ddu-bounded', trained);
    }

    const subspace = await fitSubspace({
      ...{ train: context.source('train'), validation: context.source('validation') },
      ...{ tile: context.tile, mask: context.mask, augmentation: context.augmentation },
      ...{ seed: context.fit.seed, signal: context.signal },
    });
    stored.push({
      ...{ name: 'subspace', networks: [own], subspace },
      calibration: await calibrated(subspaceMethod(subspace, softmax)),
    });

    if (settings.ensemble > 1) {
      const members: TrainedNetwork[] = [main];
      const parts = [own];
      for (let m = 2; m <= settings.ensemble; m++) {
        const fit = { ...context.fit, seed: context.fit.seed + m - 1 };
        const member = await trainOne(context, {
          ...{ folder: `ensemble-${m}`, network: context.network, seed: context.seed + m - 1 },
          ...{ fit, preprocessing: main.preprocessing },
        });
        add(member.record, member.trained.network);
        members.push(member.trained);
        parts.push(member.trained.stored);
      }
      const calibration = await calibrated(ensembleMethod(members));
      stored.push({ name: 'ensemble', networks: parts, calibration });
    }

    let lengthScales: MethodsOutcome['lengthScales'] = null;
    if (settings.duq) {
      const { record, trained, search } = await trainDuq(context, settings.duq);
      add(record, trained.network);
      lengthScales = search;
      const calibration = await calibrated(duqMethod(trained));
      stored.push({ name: 'duq', networks: [trained.stored], calibration });
    }

    if (settings.denoiser) {
      const { record, trained } = await trainDenoiser(context, settings.denoiser);
      add(record, trained.network);
      const calibration = await calibrated(denoiserMethod(trained, softmax));
      stored.push({ name: 'denoiser', networks: [trained.stored, own], calibration });
    }

    await saveUncertainty(folder, stored);
    const methods = stored.map((m) => m.name);
    const { temperature, scores } = first;
    return {
      ...{ files, methods, networks, lengthScales, temperature },
      ...{ images: scores.length, outsideBelow: level },
    };
  } finally {
    open.forEach((network) => network.dispose());
  }
}

/** The level asked for, or what so few images can tell, with a note. */
function attainable({ settings, source, emit }: MethodsContext): number {
  const images = source('calibration').length;
  const level = attainableLevel(settings.outsideBelow, images);
  if (level > settings.outsideBelow) {
    emit({
      type: 'note',
      stage: 'calibrate',
      message: `${images} calibration images: images count as outside below p = ${level.toFixed(3)} and not ${settings.outsideBelow}`,
    });
  }
  return level;
}

function pass({ augmentation, fit, signal }: MethodsContext, add: number) {
  return { seed: fit.seed + add, signal, ...(augmentation ? { augmentation } : {}) };
}

async function calibrateMethod(
  context: MethodsContext,
  method: UncertaintyMethod,
  outsideBelow: number,
): Promise<Calibration> {
  const { alpha } = context.settings;
  const output = await predictSource(method, context.source('calibration'), pass(context, 1));
  return calibrate(method, output, { alpha, outsideBelow });
}

async function storedNetwork(folder: string, file: string): Promise<StoredNetwork> {
  const { header, network } = await loadCheckpoint(join(folder, file));
  network.dispose();
  return { file, sha256: header.sha256 };
}

interface OneNetwork {
  folder: string;
  network: { name: string; options: Record<string, unknown> };
  seed: number;
  fit: FitSettings;
  /** The network's own if not given. */
  preprocessing?: Preprocessing;
  /** Without files: for a search. */
  trial?: boolean;
  /** Network whose weights it starts from, where layers but the last have name and shape in common. */
  startFrom?: TrainedNetwork;
}

async function trainOne(
  context: MethodsContext,
  one: OneNetwork,
): Promise<{ trained: Trained; record: MethodRecord }> {
  const { main, augmentation, keys, signal, source, emit } = context;
  const { name, options } = one.network;
  const preprocessing =
    one.preprocessing ?? defaultPreprocessing(name, main.preprocessing.imageShape, options);
  const network = buildNetwork(name, {
    ...options,
    inputShape: preprocessedShape(preprocessing),
    classes: main.network.options.classes,
    seed: one.seed,
  });
  try {
    const started = performance.now();
    const folder = join(context.folder, one.folder);
    if (!one.trial) await mkdir(folder, { recursive: true });
    const copied = one.startFrom ? await startTrunk(one.startFrom, { network, preprocessing }) : [];
    if (one.startFrom) {
      const message = copied.length
        ? `${one.folder}: starts from the trained ${copied.join(', ')}`
        : `${one.folder}: starts from drawn weights, no layer is that of ${main.network.name}`;
      emit({ type: 'note', stage: 'calibrate', message });
    }
    const start: Record<string, string> = copied.length
      ? { start: await digest(one.startFrom!) }
      : {};
    const result = await fitClassifier({
      ...one.fit,
      ...{ network, preprocessing, signal, keys: { ...keys, ...start } },
      ...{ train: source('train'), validation: source('validation') },
      ...(augmentation ? { augmentation, validationAugmentation: augmentation } : {}),
      ...(one.trial ? {} : { checkpoints: folder }),
      ...trainingEvents(emit, 'calibrate', one.folder, one.fit.epochs),
    });
    const best = result.history[result.best.epoch - 1]!;
    const record: MethodRecord = {
      network: name,
      folder: one.folder,
      parameters: network.parameters,
      epochs: result.history.length,
      bestEpoch: result.best.epoch,
      validation: best.validation,
      seconds: (performance.now() - started) / 1000,
    };
    const file = `${one.folder}/${bestCheckpointName}`;
    if (!one.trial) await writeFile(join(folder, historyName), JSON.stringify(result.history));
    const stored = one.trial
      ? { file, sha256: '0'.repeat(64) }
      : await storedNetwork(context.folder, file);
    return { trained: { network, preprocessing, stored }, record };
  } catch (error) {
    network.dispose();
    throw error;
  }
}

/** Trunks of `duq` that are those of a classifier, with the options that decide them. */
const duqTrunks: Record<string, (o: Record<string, unknown>) => Record<string, unknown>> = {
  'cnn-dense': () => ({ trunk: 'published' }),
  'cnn-gap-small': ({ grid, filters }) => ({ trunk: 'small', grid, smallFilters: filters }),
  compact: ({ grid, filters, pool }) => ({ trunk: 'compact', grid, filters, pool }),
};

/** Copies what fits; nothing where the images are prepared in another way. */
async function startTrunk(from: TrainedNetwork, to: TrainedNetwork): Promise<string[]> {
  const same = JSON.stringify(from.preprocessing) === JSON.stringify(to.preprocessing);
  return same ? copyWeights(from.network, to.network, { except: ['logits'] }) : [];
}

/** Of all weights: a training that starts from others is another one. */
async function digest({ network }: TrainedNetwork): Promise<string> {
  const hash = createHash('sha256');
  for (const values of await readWeights(network)) hash.update(values);
  return hash.digest('hex');
}

async function trainDuq(context: MethodsContext, duq: NonNullable<UncertaintySettings['duq']>) {
  // A trained trunk knows clean images: it needs none at the beginning.
  const { augmentationRamp, ...settings } = context.fit;
  const ramp = duq.start === 'trunk' || augmentationRamp === undefined ? {} : { augmentationRamp };
  const fit = parseFitSettings({ ...settings, ...ramp, ...duq.fit });
  const { name, options } = context.network;
  const trunk = duqTrunks[name]?.(options);
  const given = Object.entries({ trunk: 'compact', ...trunk, ...duq.options }).filter(
    ([, v]) => v !== undefined,
  );
  const ownTrunk = trunk && Object.fromEntries(given)['trunk'] === trunk['trunk'];
  const network = (lengthScale: number) => ({
    name: 'duq',
    options: { ...Object.fromEntries(given), lengthScale },
  });
  const common = {
    ...{ folder: 'duq', seed: context.seed },
    ...(duq.start === 'trunk' ? { startFrom: context.main } : {}),
    // Features of the trained network are those of images prepared as for it.
    ...(ownTrunk ? { preprocessing: context.main.preprocessing } : {}),
  };
  const search = await searchLengthScale(duq.lengthScales, async (lengthScale) => {
    if (duq.lengthScales.length === 1) return { nll: 0, accuracy: 0 };
    context.emit({
      type: 'note',
      stage: 'calibrate',
      message: `duq: length scale ${lengthScale}, ${duq.searchEpochs} epochs`,
    });
    const { trained, record } = await trainOne(context, {
      ...{ ...common, network: network(lengthScale), trial: true },
      fit: { ...fit, epochs: duq.searchEpochs },
    });
    trained.network.dispose();
    return { nll: record.validation['nll']!, accuracy: record.validation['accuracy']! };
  });
  const found = await trainOne(context, { ...common, network: network(search.best), fit });
  return { ...found, search };
}

async function trainDenoiser(
  context: MethodsContext,
  { options, fit }: NonNullable<UncertaintySettings['denoiser']>,
): Promise<{ trained: Trained; record: MethodRecord }> {
  const { main, declared, keys, signal, source, emit } = context;
  const name = 'vae-denoiser';
  const settings = parseDenoiserSettings({ seed: context.fit.seed, ...fit });
  const preprocessing = defaultPreprocessing(name, main.preprocessing.imageShape, options);
  const network = buildNetwork(name, {
    ...options,
    inputShape: preprocessedShape(preprocessing),
    classes: main.network.options.classes,
    seed: context.seed,
  });
  try {
    const started = performance.now();
    const folder = join(context.folder, 'denoiser');
    await mkdir(folder, { recursive: true });
    const part = (kept: boolean) =>
      declared
        ? augmentationFrom({
            ...declared,
            steps: declared.steps.filter((s) => keptSteps.includes(s.step) === kept),
          })
        : undefined;
    const [common, noise] = [part(true), part(false)];
    const result = await fitDenoiser({
      ...settings,
      ...{ network, preprocessing, keys, signal, checkpoints: folder },
      ...{ train: source('train'), validation: source('validation') },
      ...(common ? { commonAugmentation: common } : {}),
      ...(noise ? { augmentation: noise } : {}),
      ...trainingEvents(emit, 'calibrate', 'denoiser', settings.epochs),
    });
    await writeFile(join(folder, historyName), JSON.stringify(result.history));
    const record: MethodRecord = {
      network: name,
      folder: 'denoiser',
      parameters: network.parameters,
      epochs: result.history.length,
      bestEpoch: result.best.epoch,
      validation: result.history[result.best.epoch - 1]!.validation,
      seconds: (performance.now() - started) / 1000,
    };
    const stored = await storedNetwork(context.folder, `denoiser/${bestCheckpointName}`);
    return { trained: { network, preprocessing, stored }, record };
  } catch (error) {
    network.dispose();
    throw error;
  }
}
