import { cpus, totalmem } from 'node:os';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReportData } from '@spectraloom/report';
import { DatasetReader, readNpy } from '@spectraloom/shards';
import type { StageRecord } from '../../stages/stage.js';
import type { AblationTable } from '../ablation/table.js';
import type { EvaluationFile } from '../evaluateStage.js';
import { explainFiles, type Explanation } from '../explainStage.js';
import { type Experiment, packageVersions } from '../experiment.js';
import type { MethodRecord } from '../learn/methods.js';
import { takeMeasurement } from '../measurement.js';
import type { DrawSummary } from '../planStage.js';
import { preprocessingOf, type TimedEpoch } from '../trainStage.js';
import {
  ablationReport,
  calibrationReport,
  doubtReport,
  learntReport,
  placesReport,
  reliabilityBins,
} from './doubt.js';
import { otherTrainings } from './others.js';
import { reportLayout } from './layout.js';
import { stageCourses } from './course.js';
import { describePreprocessing, measuredReport, priorText } from './parts.js';

type StageName = 'plan' | 'images' | 'train' | 'calibrate' | 'outside' | 'evaluate' | 'explain';

/** What the stages left behind. */
export interface ReportSources {
  readonly records: Readonly<Record<StageName, StageRecord & { readonly folder: string }>>;
  readonly history: readonly TimedEpoch[];
  readonly evaluation: EvaluationFile;
  readonly explanation: Explanation;
  /** Of the pipeline's ablation, where one has been run. */
  readonly ablation?: AblationTable;
}

/** Everything the report shows, from what the stages left. */
export async function assembleReport(
  experiment: Experiment,
  sources: ReportSources,
): Promise<ReportData> {
  const { pipeline, preset, presetName, classes, spec } = experiment;
  const { records } = sources;
  const { mask } = await maskOf(sources);
  return {
    format: 'spectraloom-report/1',
    title: pipeline.file.title,
    pipeline: pipeline.file.name,
    preset: presetName,
    createdAt: new Date().toISOString(),
    ...(pipeline.file.description ? { summary: [pipeline.file.description] } : {}),
    caveats: preset.shrinks,
    layout: reportLayout(spec, experiment.layout),
    intensity: { label: 'S(Q, E)', unit: `${spec.scale} x 1/meV per magnetic cell` },
    classes: classes.map(({ label, model, file }) => ({
      name: label,
      label: label.charAt(0).toUpperCase() + label.slice(1),
      description: model.name,
      file: file.path.replace(`${experiment.root}/`, ''),
      parameters: model.parameters.map((p) => ({
        name: p.name,
        unit: p.unit,
        value: p.value,
        ...(p.prior ? { prior: priorText(p.prior) } : {}),
      })),
    })),
    examples: await examples(experiment, records.images.results as { dataset: string }, mask),
    draws: (records.plan.results as unknown as { draws: DrawSummary[] }).draws.map((d) => ({
      className: d.label,
      drawn: d.attempts,
      accepted: d.accepted,
      rejected: d.rejectedBy,
    })),
    training: {
      ...trainingReport(experiment, sources),
      others: await otherTrainings(
        records.calibrate.folder,
        (records.calibrate.results as { networks?: MethodRecord[] }).networks ?? [],
      ),
    },
    evaluation: evaluationReports(sources.evaluation),
    measured: await measuredReport(await takeMeasurement(experiment), sources.explanation, {
      measured: await image(sources, explainFiles.measured),
      match: await image(sources, explainFiles.match),
      map: await image(sources, explainFiles.map),
      mask,
    }),
    doubt: doubtReport(
      sources.evaluation,
      sources.explanation,
      classes.map((c) => c.label),
    ),
    places: placesReport(sources.explanation),
    learnt: await learntReport(sources.explanation, (file) => image(sources, file)),
    ...(sources.ablation ? { ablation: ablationReport(sources.ablation) } : {}),
    timing: Object.values(records).map((r) => ({
      stage: r.stage,
      seconds: r.seconds,
      detail: r.summary,
    })),
    courses: stageCourses(join(records.images.folder, '..', '..'), records.images, 'images'),
    provenance: provenance(experiment, sources),
  };
}

async function image({ records }: ReportSources, name: string): Promise<Float32Array> {
  const path = join(records.explain.folder, name);
  return readNpy(await readFile(path), path).data as Float32Array;
}

/** Pixels without a detector, as the explain stage masked the measurement: from its own file. */
async function maskOf(sources: ReportSources): Promise<{ mask: Uint8Array }> {
  const path = join(sources.records.explain.folder, explainFiles.mask);
  return { mask: Uint8Array.from(readNpy(await readFile(path), path).data as Float32Array) };
}

/** The first rows of each class: two images a class. */
async function examples(
  { classes }: Experiment,
  { dataset }: { dataset: string },
  mask: Uint8Array,
): Promise<ReportData['examples']> {
  const reader = DatasetReader.open(dataset);
  try {
    const { manifest } = reader;
    const count = Math.min(manifest.rows, 8 * classes.length);
    const batch = await reader.read(Array.from({ length: count }, (_, i) => i));
    const pixels = batch.images.length / count;
    const width = manifest.parameters.length;
    return classes.flatMap(({ label }) => {
      const own = Array.from({ length: count }, (_, i) => i)
        .filter((i) => manifest.labels[batch.labels[i]!] === label)
        .slice(0, 2);
      return own.map((i) => ({
        className: label,
        image: { values: batch.images.slice(i * pixels, (i + 1) * pixels), mask },
        parameters: Object.fromEntries(
          manifest.parameters
            .map(({ name }, j) => [name, batch.parameters[i * width + j]!] as const)
            .filter(([, value]) => !Number.isNaN(value)),
        ),
        row: batch.rows[i]!,
        seed: String(batch.seeds[i]),
      }));
    });
  } finally {
    reader.close();
  }
}

function trainingReport(
  experiment: Experiment,
  { records, history }: ReportSources,
): NonNullable<ReportData['training']> {
  const { preset } = experiment;
  const results = records.train.results as unknown as {
    parameters: number;
    bestEpoch: number;
    stopped: string;
    inputShape: number[];
    backend: { name: string; device: string; passedOver: { name: string; why: string }[] };
    splits: Record<string, number>;
  };
  const { backend } = results;
  const passed = backend.passedOver.map((p) => `${p.name}: ${p.why}`).join('; ');
  return {
    network: preset.train.network,
    parameterCount: results.parameters,
    inputShape: results.inputShape,
    preprocessing: describePreprocessing(preprocessingOf(experiment)),
    lossLabel: 'cross-entropy (nats)',
    splits: Object.entries(results.splits).map(([name, images]) => ({ name, images })),
    epochs: history.map((e) => ({
      epoch: e.epoch,
      trainLoss: e.trainLoss,
      trainAccuracy: e.trainAccuracy,
      validationLoss: e.validation.nll,
      validationAccuracy: e.validation.accuracy,
      ...(e.seconds > 0 ? { seconds: e.seconds } : {}),
    })),
    bestEpoch: results.bestEpoch,
    stoppedBecause:
      results.stopped === 'patience'
        ? 'no better epoch for as long as the preset waits'
        : 'all epochs of the preset were done',
    settings: {
      ...(preset.train.fit as Record<string, never>),
      networkSeed: preset.train.seed,
      networkOptions: preset.train.options as never,
      augmentation: (preset.train.augmentation ?? 'none') as never,
    },
    backend: `${backend.name}, ${backend.device}${passed ? ` (passed over: ${passed})` : ''}`,
  };
}

function evaluationReports({
  clean,
  augmented,
  calibration,
}: EvaluationFile): ReportData['evaluation'] {
  const one = (
    split: string,
    description: string,
    m: EvaluationFile['clean'],
    error: EvaluationFile['calibration']['clean'],
  ): NonNullable<ReportData['evaluation']>[number] => ({
    split,
    description,
    confusion: m.confusion,
    nll: m.nll,
    ece: m.ece,
    calibration: calibrationReport(error),
    reliability: reliabilityBins(m),
  });
  return [
    one(
      'test',
      'held-out simulated images; no parameter set is in two splits',
      clean,
      calibration.clean,
    ),
    ...(augmented
      ? [
          one(
            'test, as an experiment would have it',
            'the same images with the noise, background and losses of the training added anew',
            augmented,
            calibration.augmented!,
          ),
        ]
      : []),
  ];
}

function provenance(experiment: Experiment, { records }: ReportSources): ReportData['provenance'] {
  const { preset, pipeline, choice } = experiment;
  const images = records.images.results as { dataset: string; manifestHash: string };
  const plan = records.plan.results as { planId: string };
  return {
    command: `npx spectraloom ${choice.commandLine.join(' ')}`,
    seeds: {
      plan: String(preset.plan.seed),
      'network weights': String(preset.train.seed),
      'order and augmentation': String(preset.train.fit['seed'] ?? 0),
      'stand-in measurement': String(pipeline.file.standIn.seed),
    },
    keys: [
      { name: 'planId', value: plan.planId, covers: 'every parameter set and row seed' },
      { name: 'manifestHash', value: images.manifestHash, covers: 'every shard, by sha256' },
      ...Object.values(records).map((r) => ({
        name: `${r.stage} key`,
        value: r.key,
        covers: `the inputs of the stage ${r.stage}`,
      })),
    ],
    versions: {
      node: process.versions.node,
      ...packageVersions(
        'spinwave',
        'instrument',
        'imaging',
        'sampling',
        'shards',
        'models',
        'training',
        'report',
      ),
    },
    machine: {
      processor: cpus()[0]?.model.trim() ?? process.arch,
      cores: cpus().length,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      platform: `${process.platform} ${process.arch}`,
    },
    settings: { pipeline: pipeline.file as never, preset: preset as never },
    files: [
      { path: images.dataset, what: 'simulated images (Arrow shards)' },
      { path: records.train.folder, what: 'trained network' },
      { path: records.explain.folder, what: 'measured image, best match, activation map (.npy)' },
    ],
  };
}
