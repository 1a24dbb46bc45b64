import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  buildNetwork,
  defaultPreprocessing,
  type Preprocessing,
  preprocessedShape,
} from '@spectraloom/models';
import { DatasetReader } from '@spectraloom/shards';
import {
  type Augmentation,
  bestCheckpointName,
  calibrate,
  type Checkpoint,
  denoiserMethod,
  duqMethod,
  dduMethod,
  ensembleMethod,
  fitClassifier,
  fitDdu,
  fitDenoiser,
  loadCheckpoint,
  predictSource,
  saveUncertainty,
  softmaxMethod,
  type StoredMethod,
  type StoredNetwork,
  type UncertaintyMethod,
  uncertaintyName,
} from '@spectraloom/training';
import type { Stage, StageContext, StageOutcome } from '../stages/stage.js';
import { trainingAugmentation } from './augmentation.js';
import { type Experiment, packageVersions } from './experiment.js';
import { splitSource } from './source.js';
import { chosenBackend, preprocessingOf } from './trainStage.js';

/** Of the noise on calibration images: none of the training, none of the test. */
const calibrationSeed = 31_337;

/** A network of the calibrate stage: its checkpoint, relative to the stage's folder. */
interface Member {
  readonly checkpoint: Checkpoint;
  readonly stored: StoredNetwork;
}

/**
 * Fits what says how far the network can be believed, on images that neither trained nor chose it:
 * temperature, conformal sets, and for each method the likeness below which an image is outside.
 * Trains what a method needs beside the network (members of an ensemble, DUQ, the denoiser), each
 * resumable. Without a calibration split nothing is fitted, and later stages give no verdict.
 */
export function calibrateStage(experiment: Experiment): Stage {
  const { preset } = experiment;
  return {
    name: 'calibrate',
    title: 'calibrate on images of their own',
    dependsOn: ['images', 'train'],
    inputs: () => ({
      uncertainty: preset.uncertainty as never,
      train: {
        network: preset.train.network,
        options: preset.train.options,
        seed: preset.train.seed,
        fit: preset.train.fit as never,
        preprocessing: (preset.train.preprocessing ?? null) as never,
      },
      split: preset.split,
      augmentation: preset.train.augmentation ?? {},
      versions: packageVersions('compute', 'models', 'training', 'pipeline'),
    }),
    async run(context): Promise<StageOutcome> {
      const { folder, emit, signal, upstream } = context;
      if (!preset.split.calibration) {
        emit({
          type: 'note',
          stage: 'calibrate',
          message: 'the preset keeps no images for calibration (split.calibration): no verdict',
        });
        return { results: { methods: [] }, files: [], summary: 'nothing: no calibration split' };
      }
      await chosenBackend(experiment);
      const { dataset } = upstream('images').results as { dataset: string };
      const reader = DatasetReader.open(dataset, { fractions: preset.split });
      const loaded: Checkpoint[] = [];
      const take = async (name: string): Promise<Member> => {
        const checkpoint = await loadCheckpoint(join(folder, name));
        loaded.push(checkpoint);
        return { checkpoint, stored: { file: name, sha256: checkpoint.header.sha256 } };
      };
      try {
        await copyFile(
          join(upstream('train').folder, bestCheckpointName),
          join(folder, bestCheckpointName),
        );
        const main = await take(bestCheckpointName);
        const augmentation = trainingAugmentation(experiment);
        const data = { reader, augmentation };
        const found: [UncertaintyMethod, Omit<StoredMethod, 'calibration'>][] = [];
        found.push([softmaxMethod(main.checkpoint), { name: 'softmax', networks: [main.stored] }]);
        const gaussians = await fitDdu(main.checkpoint, splitSource(reader, 'train', signal), {
          ...(augmentation ? { augmentation } : {}),
          seed: calibrationSeed,
          signal,
        });
        found.push([
          dduMethod(main.checkpoint, gaussians),
          { name: 'ddu', networks: [main.stored], gaussians } as never,
        ]);
        const { ensemble, duq, denoiser, alpha, outsideBelow } = preset.uncertainty;
        if (ensemble > 1) {
          const members = [main];
          for (let i = 1; i < ensemble; i++) {
            members.push(await take(await trainMember(experiment, context, data, i)));
          }
          found.push([
            ensembleMethod(members.map((m) => m.checkpoint)),
            { name: 'ensemble', networks: members.map((m) => m.stored) },
          ]);
        }
        if (duq) {
          const member = await take(await trainDuq(experiment, context, data));
          found.push([duqMethod(member.checkpoint), { name: 'duq', networks: [member.stored] }]);
        }
        if (denoiser) {
          const member = await take(await trainDenoiser(experiment, context, data));
          found.push([
            denoiserMethod(member.checkpoint, softmaxMethod(main.checkpoint)),
            { name: 'denoiser', networks: [member.stored, main.stored] },
          ]);
        }
        const source = splitSource(reader, 'calibration', signal);
        // With n images no p-value is below 1 / (n + 1).
        const level = Math.max(outsideBelow, 1.5 / (source.length + 1));
        if (level > outsideBelow) {
          emit({
            type: 'note',
            stage: 'calibrate',
            message: `${source.length} calibration images: images count as outside below p = ${level.toFixed(3)} and not ${outsideBelow}`,
          });
        }
        const methods: StoredMethod[] = [];
        for (const [method, stored] of found) {
          const output = await predictSource(method, source, {
            ...(augmentation ? { augmentation } : {}),
            seed: calibrationSeed,
            signal,
          });
          const calibration = calibrate(method, output, { alpha, outsideBelow: level });
          methods.push({ ...stored, calibration } as StoredMethod);
        }
        await saveUncertainty(folder, methods);
        const names = methods.map((m) => m.name);
        const files = new Set(methods.flatMap((m) => m.networks.map((n) => n.file)));
        return {
          results: {
            methods: names,
            images: source.length,
            outsideBelow: level,
            temperature: methods[0]!.calibration.temperature,
          },
          files: [uncertaintyName, ...files],
          summary: `${names.join(', ')} on ${source.length} images, temperature ${methods[0]!.calibration.temperature.toFixed(2)}`,
        };
      } finally {
        loaded.forEach(({ network }) => network.dispose());
        reader.close();
      }
    },
  };
}

interface Data {
  readonly reader: DatasetReader;
  readonly augmentation: Augmentation | undefined;
}

const sources = ({ reader }: Data, signal: AbortSignal) => ({
  train: splitSource(reader, 'train', signal),
  validation: splitSource(reader, 'validation', signal),
});

/** Trains one more network of the preset's kind with the seeds of a member; its checkpoint's name. */
async function trainMember(
  experiment: Experiment,
  context: StageContext,
  data: Data,
  member: number,
): Promise<string> {
  const { network, options, seed, fit } = experiment.preset.train;
  const order = (fit['seed'] as number | undefined) ?? 0;
  return trainClassifier(experiment, context, data, {
    name: `member-${member}`,
    network,
    options,
    seed: seed + 1000 * member,
    fit: { ...fit, seed: order + 1000 * member },
    preprocessing: preprocessingOf(experiment),
  });
}

async function trainDuq(
  experiment: Experiment,
  context: StageContext,
  data: Data,
): Promise<string> {
  const { options, fit } = experiment.preset.uncertainty.duq!;
  const [rows, columns] = experiment.layout.shape;
  return trainClassifier(experiment, context, data, {
    name: 'duq',
    network: 'duq',
    options,
    seed: experiment.preset.train.seed,
    fit: { ...experiment.preset.train.fit, ...fit },
    preprocessing: defaultPreprocessing('duq', [rows, columns], options),
  });
}

async function trainClassifier(
  experiment: Experiment,
  { folder, signal, emit }: StageContext,
  data: Data,
  what: {
    readonly name: string;
    readonly network: string;
    readonly options: Record<string, unknown>;
    readonly seed: number;
    readonly fit: Record<string, unknown>;
    readonly preprocessing: Preprocessing;
  },
): Promise<string> {
  const { name, preprocessing, seed, options } = what;
  const network = buildNetwork(what.network, {
    ...options,
    inputShape: preprocessedShape(preprocessing),
    classes: experiment.classes.map((c) => c.label),
    seed,
  });
  const checkpoints = join(folder, name);
  await mkdir(checkpoints, { recursive: true });
  const { augmentation } = data;
  try {
    await fitClassifier({
      ...(what.fit as { epochs: number; batchSize: number; learningRate: number }),
      ...sources(data, signal),
      ...{ network, preprocessing, checkpoints, signal },
      ...(augmentation ? { augmentation, validationAugmentation: augmentation } : {}),
      keys: { member: name },
      onBatch: ({ epoch, epochs, done, total, loss }) =>
        emit({
          type: 'progress',
          stage: 'calibrate',
          done: (epoch - 1) * total + done,
          total: epochs * total,
          unit: 'images',
          detail: `${name}, epoch ${epoch}/${epochs}, loss ${loss.toFixed(3)}`,
        }),
    });
  } finally {
    network.dispose();
  }
  return `${name}/${bestCheckpointName}`;
}

async function trainDenoiser(
  experiment: Experiment,
  { folder, signal, emit }: StageContext,
  data: Data,
): Promise<string> {
  const { fit, options } = experiment.preset.uncertainty.denoiser!;
  const [rows, columns] = experiment.layout.shape;
  const preprocessing = defaultPreprocessing('vae-denoiser', [rows, columns], options);
  const network = buildNetwork('vae-denoiser', {
    ...options,
    inputShape: preprocessedShape(preprocessing),
    classes: experiment.classes.map((c) => c.label),
    seed: experiment.preset.train.seed,
  });
  const checkpoints = join(folder, 'denoiser');
  await mkdir(checkpoints, { recursive: true });
  try {
    await fitDenoiser({
      ...fit,
      ...sources(data, signal),
      ...{ network, preprocessing, checkpoints, signal },
      ...(data.augmentation ? { augmentation: data.augmentation } : {}),
      keys: { member: 'denoiser' },
      onBatch: ({ epoch, epochs, done, total, loss }) =>
        emit({
          type: 'progress',
          stage: 'calibrate',
          done: (epoch - 1) * total + done,
          total: epochs * total,
          unit: 'images',
          detail: `denoiser, epoch ${epoch}/${epochs}, loss ${loss.toFixed(1)}`,
        }),
    });
  } finally {
    network.dispose();
  }
  return `denoiser/${bestCheckpointName}`;
}
