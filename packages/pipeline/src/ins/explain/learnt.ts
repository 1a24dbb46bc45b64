import { codesOf, embedding, filterView, maximise, type MaximalInput } from '@spectraloom/explain';
import { pullBack } from '@spectraloom/explain';
import type { Network, Preprocessing } from '@spectraloom/models';
import { prepareImages, prepareSource, type Prepared } from '../outside/prepared.js';
import type { Augmentation, BatchSource } from '@spectraloom/training';

/** A point of the map of codes. */
export interface CodePoint {
  readonly x: number;
  readonly y: number;
  /** Class of an image from inside, name of a set from outside, or `measured`. */
  readonly group: string;
  readonly kind: 'inside' | 'outside' | 'measured';
}

export interface CodesFile {
  readonly method: string;
  readonly points: readonly CodePoint[];
}

export interface CodesOptions {
  readonly network: Network;
  readonly preprocessing: Preprocessing;
  readonly inside: BatchSource;
  readonly sets: readonly { readonly name: string; readonly images: readonly Float32Array[] }[];
  readonly measured: Float32Array;
  readonly augmentation: Augmentation | undefined;
  /** Images from inside, and of each set, at most. */
  readonly limit: number;
  readonly seed: number;
}

/** Codes of images from inside, from outside and of the measurement, on one map. */
export async function codesMap(options: CodesOptions): Promise<CodesFile> {
  const { network, preprocessing, inside, sets, measured, augmentation, limit, seed } = options;
  const { classes } = network.options;
  const noise = { augmentation, seed };
  const groups: { prepared: Prepared; of: (i: number) => Pick<CodePoint, 'group' | 'kind'> }[] = [];
  const own = await prepareSource(inside, preprocessing, { ...noise, limit });
  groups.push({
    prepared: own,
    of: (i) => ({ group: classes[own.labels[i]!]!, kind: 'inside' }),
  });
  for (const { name, images } of sets) {
    const some = images.slice(0, Math.ceil(limit / 5));
    groups.push({
      prepared: prepareImages(some, preprocessing, noise),
      of: () => ({ group: name, kind: 'outside' }),
    });
  }
  groups.push({
    prepared: prepareImages([measured], preprocessing),
    of: () => ({ group: 'measured', kind: 'measured' }),
  });
  const parts: Float32Array[] = [];
  const points: Pick<CodePoint, 'group' | 'kind'>[] = [];
  let width = 0;
  for (const { prepared, of } of groups) {
    const codes = await codesOf(network, prepared.inputs, prepared.count);
    parts.push(codes.values);
    width = Math.max(width, codes.width);
    for (let i = 0; i < prepared.count; i++) points.push(of(i));
  }
  const values = new Float32Array(points.length * width);
  let at = 0;
  for (const part of parts) {
    values.set(part, at);
    at += part.length;
  }
  const map = embedding({ values, count: points.length, width }, { seed });
  return {
    method: `UMAP of the ${width} features before the classes, seed ${seed}`,
    points: points.map((p, i) => ({ ...p, x: map[2 * i]!, y: map[2 * i + 1]! })),
  };
}

/** The image each class answers to most, at the size of an image: [rows * cols], not negative. */
export async function maximalImages(
  network: Network,
  preprocessing: Preprocessing,
  steps: number,
): Promise<{ label: string; image: Float32Array; trace: MaximalInput['trace'] }[]> {
  const found = [];
  const grid = network.options['grid'] as [number, number] | undefined;
  for (const label of network.options.classes) {
    const { input, shape, trace } = await maximise({ network, of: { target: label }, steps });
    const flat = new Float32Array(shape[0] * shape[1]);
    input.forEach((v, i) => (flat[Math.floor(i / shape[2])]! += v));
    found.push({ label, trace, image: pullBack(preprocessing, flat, grid) });
  }
  return found;
}

/**
 * How strongly the first convolution listens to each tile, where its channels are the tiles: mean
 * over its filters of their root mean square in that channel. Undefined for other networks.
 */
export async function tilesListenedTo(
  network: Network,
  tiles: number,
): Promise<{ layer: string; filters: number; strength: number[] } | undefined> {
  const layer = network.logits.layers.find((l) => l.getWeights()[0]?.rank === 4);
  if (!layer) return undefined;
  const view = await filterView(network, layer.name);
  if (view.shape[2] !== tiles) return undefined;
  const strength = Array.from(
    { length: tiles },
    (_, t) => view.channelStrength.reduce((sum, s) => sum + s[t]!, 0) / view.shape[3],
  );
  return { layer: layer.name, filters: view.shape[3], strength };
}
