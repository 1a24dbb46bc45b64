import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatasetReader, readNpy, writeNpy } from '@spectraloom/shards';
import type { Stage } from '../../stages/stage.js';
import { type Experiment, packageVersions } from '../experiment.js';
import { trainingAugmentation } from '../augmentation.js';
import { progressMeter } from '../../stages/events.js';
import { plainYaml } from '../yaml.js';
import { readMagnets } from './magnets.js';
import { type InsideImage, outsideSets } from './sets.js';

/** One set as it lies in the stage's folder. */
export interface OutsideFile {
  readonly name: string;
  readonly what: string;
  readonly file: string;
  readonly images: number;
  /** They have noise and background: none is to be added. */
  readonly noisy?: boolean;
}

/**
 * Makes images from outside what the network is trained on, set by set: what its doubts are tried
 * on. Nothing is trained or chosen by them.
 */
export function outsideStage(experiment: Experiment): Stage {
  const { pipeline, preset, spec, instrument } = experiment;
  const { magnets = [], instruments = [] } = pipeline.file.outside ?? {};
  return {
    name: 'outside',
    title: 'make images from outside the training set',
    dependsOn: ['images'],
    inputs: async () => ({
      ...preset.outside,
      image: spec as never,
      instrument: plainYaml(instrument) as never,
      magnets: (await readMagnets(pipeline.folder, magnets)).map(
        ({ text, path, axes, topMeV }) => ({
          model: plainYaml({ text, path }) as never,
          axes: (axes ?? null) as never,
          topMeV,
        }),
      ),
      instruments,
      augmentation: preset.train.augmentation ?? {},
      sets: outsideSets.map((s) => s.name),
      split: preset.split,
      versions: packageVersions('spinwave', 'instrument', 'imaging', 'pipeline'),
    }),
    async run({ folder, signal, emit, upstream }) {
      const { images: count, seed } = preset.outside;
      const { dataset } = upstream('images').results as { dataset: string };
      const sources = {
        experiment,
        magnets: await readMagnets(pipeline.folder, magnets),
        instruments,
        count,
        seed,
        inside: await insideImages(dataset, preset.split, count),
        augmentation: trainingAugmentation(experiment),
      };
      const files: OutsideFile[] = [];
      const meter = progressMeter(emit, 'outside', outsideSets.length, 'sets');
      for (const [i, { name, what, make, noisy }] of outsideSets.entries()) {
        // Simulating holds the thread: a stop is seen between sets.
        await new Promise((resolve) => setImmediate(resolve));
        signal.throwIfAborted();
        if (name.startsWith('stitched') && magnets.length === 0) continue;
        if (name === 'other-instrument' && instruments.length === 0) continue;
        const images = make(sources);
        if (images.length === 0) continue;
        const file = `${name}.npy`;
        const [rows, cols] = experiment.layout.shape;
        const all = new Float32Array(images.length * rows * cols);
        images.forEach((image, at) => all.set(image, at * rows * cols));
        await writeFile(join(folder, file), writeNpy(all, [images.length, rows, cols]));
        files.push({ name, what, file, images: images.length, ...(noisy ? { noisy } : {}) });
        meter(i + 1, name);
      }
      const total = files.reduce((sum, f) => sum + f.images, 0);
      return {
        results: { sets: files as never },
        files: files.map((f) => f.file),
        summary: `${total} images in ${files.length} sets: ${files.map((f) => f.name).join(', ')}`,
      };
    },
  };
}

/** Rows of the test split, as many as are there of those asked for. */
async function insideImages(
  dataset: string,
  fractions: Experiment['preset']['split'],
  count: number,
): Promise<InsideImage[]> {
  const reader = DatasetReader.open(dataset, { fractions });
  try {
    const rows = reader.rowsOf('test').slice(0, count);
    const batch = await reader.read(rows);
    const { labels, parameters } = reader.manifest;
    const pixels = batch.images.length / batch.count;
    return Array.from({ length: batch.count }, (_, i) => ({
      image: batch.images.slice(i * pixels, (i + 1) * pixels),
      label: labels[batch.labels[i]!]!,
      parameters: Object.fromEntries(
        parameters
          .map(({ name }, j) => [name, batch.parameters[i * parameters.length + j]!] as const)
          .filter(([, value]) => !Number.isNaN(value)),
      ),
    }));
  } finally {
    reader.close();
  }
}

/** The images of one set, as the stage left them. */
export async function readOutside(folder: string, { file }: OutsideFile): Promise<Float32Array[]> {
  const path = join(folder, file);
  const { data, shape } = readNpy(await readFile(path), path);
  const pixels = shape[1]! * shape[2]!;
  return Array.from({ length: shape[0]! }, (_, i) =>
    (data as Float32Array).subarray(i * pixels, (i + 1) * pixels),
  );
}
