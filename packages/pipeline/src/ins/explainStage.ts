import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { activationMap } from '@spectraloom/explain';
import { createImager, measurementCorrelation } from '@spectraloom/imaging';
import { parseInstrument } from '@spectraloom/instrument';
import { DatasetReader, writeNpy } from '@spectraloom/shards';
import { prepare } from '@spectraloom/spinwave';
import { bestCheckpointName, loadCheckpoint, predict } from '@spectraloom/training';
import type { Stage } from '../stages/stage.js';
import { type Experiment, packageVersions } from './experiment.js';
import { measurementKey, takeMeasurement } from './measurement.js';
import { chosenBackend } from './trainStage.js';

export const explainFiles = {
  /** As the network saw it: in the orientation of a simulated image, masked like one. */
  measured: 'measured.npy',
  match: 'best-match.npy',
  map: 'activation-map.npy',
  mask: 'mask.npy',
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
    dependsOn: ['images', 'train'],
    inputs: async () => ({
      measurement: await measurementKey(experiment),
      matchClip,
      versions: packageVersions('explain', 'training', 'imaging'),
    }),
    async run({ folder, signal, emit, upstream }) {
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
        const { match, image, best } = await bestMatch(dataset, measured, {
          signal,
          emit: (done, total) =>
            emit({ type: 'progress', stage: 'explain', done, total, unit: 'images compared' }),
        });
        for (const [label, correlation] of best) {
          compared.push({ label, what: `best ${label} of the data set`, correlation });
        }
        const explanation: Explanation = {
          called,
          scores: Object.fromEntries(classes.map((c, i) => [c.label, probabilities[i]!])),
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
        const scores = Object.entries(explanation.scores)
          .map(([label, score]) => `${label} ${score.toFixed(3)}`)
          .join(', ');
        return {
          results: { called, scores: explanation.scores, source: measurement.source.kind },
          files: Object.values(explainFiles),
          summary: `${sourceWords[measurement.source.kind]}: ${scores}`,
        };
      } finally {
        network.dispose();
      }
    },
  };
}

const sourceWords = {
  'user-file': 'your measured image',
  'fetched-dataset': 'the published measurement',
  'simulated-stand-in': 'a simulated stand-in (no measurement at hand)',
} as const;

/** Zero where a simulated image has no detector, so that the network sees the mask it was trained with. */
export function masked(image: Float32Array, mask: Uint8Array): Float32Array {
  return image.map((v, i) => (mask[i] === 1 ? 0 : v));
}

/** The row of a data set that correlates best with the measurement. */
async function bestMatch(
  dataset: string,
  measured: Float32Array,
  options: {
    readonly signal: AbortSignal;
    readonly emit: (done: number, total: number) => void;
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
