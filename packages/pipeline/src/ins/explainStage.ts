import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { activationMap } from '@spectraloom/explain';
import { createImager, measurementCorrelation } from '@spectraloom/imaging';
import { parseInstrument } from '@spectraloom/instrument';
import { DatasetReader, writeNpy } from '@spectraloom/shards';
import { prepare } from '@spectraloom/spinwave';
import {
  bestCheckpointName,
  type Checkpoint,
  loadCheckpoint,
  loadUncertainty,
  predict,
} from '@spectraloom/training';
import type { Stage, StageContext } from '../stages/stage.js';
import { trainingAugmentation } from './augmentation.js';
import { type Experiment, packageVersions } from './experiment.js';
import { Gathered, inGeneral } from './explain/general.js';
import { type CodesFile, codesMap, maximalImages, tilesListenedTo } from './explain/learnt.js';
import { countsPerUnit, physicsAnswer } from './explain/physics.js';
import { lookedAt, type PlacesFile } from './explain/places.js';
import { masked } from './masked.js';
import { measurementKey, takeMeasurement } from './measurement.js';
import { type OutsideFile, readOutside } from './outside/stage.js';
import { splitSource } from './source.js';
import { leadingVerdict, type MethodVerdict, verdictsOn } from './verdicts.js';
import { plainYaml } from './yaml.js';
import { chosenBackend } from './trainStage.js';

export const explainFiles = {
  /** As the network saw it: in the orientation of a simulated image, masked like one. */
  measured: 'measured.npy',
  match: 'best-match.npy',
  map: 'activation-map.npy',
  mask: 'mask.npy',
  /** Discrimination of each pixel between the two models. */
  physics: 'physics.npy',
  facts: 'explanation.json',
} as const;

/** Measured values are clipped here before they are compared: a few bright pixels would decide. */
export const matchClip = 40;

/** What the network made of the measurement; images lie beside it as .npy. */
export interface Explanation {
  readonly scores: { readonly [label: string]: number };
  readonly called: string;
  readonly match: {
    readonly label: string;
    readonly row: number;
    readonly seed: string;
    readonly parameters: { readonly [name: string]: number };
    readonly correlation: number;
    readonly candidates: number;
  };
  /** Best of each class in the data set, and each model at its file's parameters. */
  readonly compared: readonly {
    readonly label: string;
    readonly what: string;
    readonly correlation: number;
  }[];
  /** Every calibrated method's verdict; empty without a calibration split. */
  readonly verdicts: readonly MethodVerdict[];
  readonly places: PlacesFile;
  readonly codes?: CodesFile;
  /** Files of the image that each class answers to most. */
  readonly maximal: readonly { readonly label: string; readonly file: string }[];
  /** First layer's strength in each tile, where its channels are tiles. */
  readonly listened?: {
    readonly layer: string;
    readonly filters: number;
    readonly strength: readonly number[];
  };
  readonly map: {
    readonly method: string;
    readonly layer: string;
    readonly shape: readonly [number, number];
    readonly tileMeans: readonly number[];
    readonly warnings: readonly string[];
  };
  /** Pixels with a detector, in the simulation's mask. */
  readonly unmasked: number;
  readonly measuredPixels: number;
}

/** Classifies the measured image, finds where the network looked, and the simulation most like it. */
export function explainStage(experiment: Experiment): Stage {
  const { classes, spec, instrument } = experiment;
  return {
    name: 'explain',
    title: 'classify and explain the measurement',
    dependsOn: ['images', 'train', 'calibrate', 'outside'],
    inputs: async () => ({
      measurement: await measurementKey(experiment),
      matchClip,
      explain: experiment.preset.explain,
      published: (experiment.pipeline.file.published ?? null) as never,
      countsPerUnit: countsPerUnit(experiment.pipeline.file),
      split: experiment.preset.split,
      augmentation: experiment.preset.train.augmentation ?? {},
      // The models at their files' parameters are simulated here.
      models: Object.fromEntries(classes.map((c) => [c.label, plainYaml(c.file) as never])),
      image: spec as never,
      versions: packageVersions(
        ...['compute', 'models', 'explain', 'training', 'imaging', 'pipeline'],
      ),
    }),
    async run(context) {
      const { folder, signal, emit, upstream } = context;
      await chosenBackend(experiment);
      const measurement = await takeMeasurement(experiment);
      const raw = 'file' in measurement ? measurement.file.image : measurement.standIn.image;

      const parsed = parseInstrument(instrument.text, { source: instrument.path });
      const compared: { label: string; what: string; correlation: number }[] = [];
      let mask: Uint8Array | undefined;
      let measured = raw;
      for (const { label, model } of classes) {
        const prepared = prepare(model);
        const imager = createImager({ prepared, instrument: parsed, spec });
        mask ??= imager.mask;
        measured = masked(raw, mask);
        const image = imager.simulate(prepared.parameterVector());
        compared.push({
          label,
          what: `${label} at its file's parameters`,
          correlation: measurementCorrelation(image, measured, matchClip),
        });
        signal.throwIfAborted();
      }

      const checkpoint = await loadCheckpoint(join(upstream('train').folder, bestCheckpointName));
      const { network, preprocessing, temperature } = checkpoint;
      try {
        const { called, probabilities } = await predict(
          { network, preprocessing, temperature },
          measured,
        );
        const map = await activationMap({
          network,
          preprocessing,
          image: measured,
          target: called,
          tile: [experiment.layout.h.count, experiment.layout.k.count],
        });
        const { dataset } = upstream('images').results as { dataset: string };
        const augmentation = trainingAugmentation(experiment);
        const gathered = new Gathered(measured.length, classes.length, augmentation);
        const { match, image, best } = await bestMatch(dataset, measured, {
          signal,
          onImage: (label, image, row) => gathered.add(label, image, row),
          emit: (done, total) =>
            emit({ type: 'progress', stage: 'explain', done, total, unit: 'images compared' }),
        });
        for (const [label, correlation] of best) {
          compared.push({ label, what: `best ${label} of the data set`, correlation });
        }
        const { layout, preset } = experiment;
        const { explain } = preset;
        const counts = countsPerUnit(experiment.pipeline.file);
        const physics = physicsAnswer(gathered.clean, layout, mask!, counts);
        const physicsNoisy = physicsAnswer(gathered.noisy, layout, mask!, Infinity);
        const general = await generalTiles(experiment, context, checkpoint);
        emit({ type: 'note', stage: 'explain', message: `where the network looked for ${called}` });
        const places = await lookedAt({
          ...{ network, preprocessing, image: measured, target: called, layout, signal },
          steps: explain.gradientSteps,
          cascade: explain.randomWeights,
          orders: explain.randomOrders,
          baseline: gathered.mean(),
          general,
          ...(physics ? { physics: physics.tiles } : {}),
          physicsNoisy: physicsNoisy?.tiles,
          published: experiment.pipeline.file.published,
        });
        const codes =
          explain.codes > 0
            ? await codesOfAll(experiment, context, checkpoint, measured)
            : undefined;
        const maximal =
          explain.maximalSteps > 0
            ? await maximalImages(network, preprocessing, explain.maximalSteps)
            : [];
        const listened = await tilesListenedTo(network, layout.tiles.length);
        const judged = await judgedBy(context, measured, raw);
        // After the temperature, where one was fitted.
        const p = leadingVerdict(judged)?.probabilities ?? probabilities;
        const explanation: Explanation = {
          verdicts: judged,
          places,
          ...(codes ? { codes } : {}),
          maximal: maximal.map(({ label }) => ({ label, file: `maximal-${label}.npy` })),
          ...(listened ? { listened } : {}),
          called,
          scores: Object.fromEntries(classes.map((c, i) => [c.label, p[i]!])),
          match,
          compared,
          map: {
            method: map.method,
            layer: map.layer,
            shape: map.imageShape,
            tileMeans: [...map.tiles.signed.means],
            warnings: map.warnings,
          },
          unmasked: mask!.reduce((n, m) => n + (m === 0 ? 1 : 0), 0),
          measuredPixels: measured.reduce((n, v) => n + (v !== 0 ? 1 : 0), 0),
        };
        const { shape } = experiment.layout;
        await writeFile(join(folder, explainFiles.measured), writeNpy(measured, shape));
        await writeFile(join(folder, explainFiles.match), writeNpy(image, shape));
        await writeFile(join(folder, explainFiles.map), writeNpy(map.signed, shape));
        await writeFile(join(folder, explainFiles.mask), writeNpy(Float32Array.from(mask!), shape));
        await writeFile(join(folder, explainFiles.facts), JSON.stringify(explanation));
        for (const { label, image } of maximal) {
          await writeFile(join(folder, `maximal-${label}.npy`), writeNpy(image, shape));
        }
        if (physics) {
          await writeFile(join(folder, explainFiles.physics), writeNpy(physics.pixels, shape));
        }
        const scores = Object.entries(explanation.scores)
          .map(([label, score]) => `${label} ${score.toFixed(3)}`)
          .join(', ');
        return {
          results: {
            called,
            scores: explanation.scores,
            source: measurement.source.kind,
            verdicts: Object.fromEntries(
              judged.map((v) => [
                v.method,
                { verdict: v.verdict, pValue: v.pValue, probabilities: v.probabilities },
              ]),
            ),
          },
          files: [
            ...Object.values(explainFiles).filter((name) => physics || name !== 'physics.npy'),
            ...maximal.map(({ label }) => `maximal-${label}.npy`),
          ],
          summary: `${sourceWords[measurement.source.kind]}: ${scores}${judged
            .map((v) => `; ${v.method}: ${v.verdict} (p ${v.pValue.toFixed(3)})`)
            .join('')}`,
        };
      } finally {
        network.dispose();
      }
    },
  };
}

/** Every calibrated method's verdict on the measurement. */
async function judgedBy({ upstream }: StageContext, image: Float32Array, unmasked: Float32Array) {
  const calibrated = upstream('calibrate');
  if ((calibrated.results as { methods: string[] }).methods.length === 0) return [];
  const loaded = await loadUncertainty(calibrated.folder);
  try {
    return await verdictsOn(loaded, image, unmasked);
  } finally {
    loaded.dispose();
  }
}

/** Occlusion of simulated test images. */
async function generalTiles(
  experiment: Experiment,
  { upstream, signal, emit }: StageContext,
  { network, preprocessing }: Checkpoint,
) {
  const { split, explain } = experiment.preset;
  if (explain.images === 0) return undefined;
  const { dataset } = upstream('images').results as { dataset: string };
  const reader = DatasetReader.open(dataset, { fractions: split });
  try {
    return await inGeneral({
      ...{ network, preprocessing, signal, images: explain.images },
      source: splitSource(reader, 'test', signal),
      augmentation: trainingAugmentation(experiment),
      tile: [experiment.layout.h.count, experiment.layout.k.count],
      onImage: (done, total) =>
        emit({ type: 'progress', stage: 'explain', done, total, unit: 'images covered' }),
    });
  } finally {
    reader.close();
  }
}

/** The map of codes: test images, sets from outside, the measurement. */
async function codesOfAll(
  experiment: Experiment,
  { upstream, signal }: StageContext,
  { network, preprocessing }: Checkpoint,
  measured: Float32Array,
): Promise<CodesFile> {
  const { dataset } = upstream('images').results as { dataset: string };
  const { split, explain } = experiment.preset;
  const outside = upstream('outside');
  const sets = [];
  for (const set of (outside.results as unknown as { sets: OutsideFile[] }).sets) {
    sets.push({ name: set.name, images: await readOutside(outside.folder, set) });
  }
  const reader = DatasetReader.open(dataset, { fractions: split });
  try {
    return await codesMap({
      ...{ network, preprocessing, sets, measured, limit: explain.codes, seed: 1 },
      inside: splitSource(reader, 'test', signal),
      augmentation: trainingAugmentation(experiment),
    });
  } finally {
    reader.close();
  }
}

const sourceWords = {
  'user-file': 'your measured image',
  'fetched-dataset': 'the published measurement',
  'simulated-stand-in': 'a simulated stand-in (no measurement at hand)',
} as const;

/** The row of a data set that correlates best with the measurement. */
async function bestMatch(
  dataset: string,
  measured: Float32Array,
  options: {
    readonly signal: AbortSignal;
    readonly emit: (done: number, total: number) => void;
    /** Sees every image of the data set. */
    readonly onImage: (label: number, image: Float32Array, row: number) => void;
  },
) {
  const reader = DatasetReader.open(dataset);
  try {
    const { labels, parameters } = reader.manifest;
    let found: { row: number; correlation: number } = { row: -1, correlation: -Infinity };
    const best = new Map<string, number>();
    const total = reader.manifest.rows;
    for await (const batch of reader.epoch({
      batchSize: 32,
      shuffle: false,
      signal: options.signal,
    })) {
      const pixels = batch.images.length / batch.count;
      for (let i = 0; i < batch.count; i++) {
        const image = batch.images.subarray(i * pixels, (i + 1) * pixels);
        options.onImage(batch.labels[i]!, image, batch.rows[i]!);
        const correlation = measurementCorrelation(image, measured, matchClip);
        const label = labels[batch.labels[i]!]!;
        if (correlation > (best.get(label) ?? -Infinity)) best.set(label, correlation);
        if (correlation > found.correlation) found = { row: batch.rows[i]!, correlation };
      }
      options.emit(batch.position + batch.count, total);
    }
    const one = await reader.read([found.row]);
    const values: Record<string, number> = {};
    parameters.forEach(({ name }, i) => {
      const value = one.parameters[i]!;
      if (!Number.isNaN(value)) values[name] = value;
    });
    return {
      image: one.images,
      best,
      match: {
        label: labels[one.labels[0]!]!,
        row: found.row,
        seed: String(one.seeds[0]),
        parameters: values,
        correlation: found.correlation,
        candidates: total,
      },
    };
  } finally {
    reader.close();
  }
}
