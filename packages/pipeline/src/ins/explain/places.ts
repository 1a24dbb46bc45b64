import {
  activationMap,
  type Cascade,
  compareTiles,
  deletionInsertion,
  type DeletionInsertion,
  integratedGradients,
  type MeanOcclusion,
  occlusion,
  rankTiles,
  randomisedWeights,
  type RankedTile,
  type TileAgreement,
} from '@spectraloom/explain';
import type { ImageLayout } from '@spectraloom/imaging';
import type { Network, Preprocessing } from '@spectraloom/models';

/** What one way of asking says of each tile of the measured image. */
export interface TilesFile {
  readonly name: string;
  /** In words, for the report. */
  readonly what: string;
  /** [tiles]; null where nothing is known. */
  readonly tiles: readonly (number | null)[];
  /** Three strongest by magnitude, as (Ei, energy range). */
  readonly strongest: readonly RankedTile[];
  readonly warnings: readonly string[];
}

/** Two of them against each other. */
export interface AgreementFile extends TileAgreement {
  readonly of: string;
  readonly with: string;
}

export interface PlacesFile {
  readonly maps: readonly TilesFile[];
  readonly agreement: readonly AgreementFile[];
  /** Completeness of the integrated gradients. */
  readonly completeness?: {
    readonly sum: number;
    readonly difference: number;
    readonly error: number;
    readonly steps: number;
    /** Image that the path starts from, in words. */
    readonly from: string;
  };
  readonly cascade?: Cascade;
  readonly curves?: DeletionInsertion;
  /** The tile a publication names, and its place in each map (1: strongest). */
  readonly published?: {
    readonly what: string;
    readonly tile: number;
    readonly eiMeV: number;
    readonly energyMeV: readonly [number, number];
    readonly places: Readonly<Record<string, number>>;
  };
}

export interface PlacesOptions {
  readonly network: Network;
  readonly preprocessing: Preprocessing;
  readonly image: Float32Array;
  readonly target: string;
  readonly layout: ImageLayout;
  /** Preset's `explain`: 0 leaves a part out. */
  readonly steps: number;
  readonly cascade: number;
  readonly orders: number;
  /** Raw image that the integrated gradients start from: the mean simulated one. */
  readonly baseline: Float32Array;
  /** Occlusion over simulated images, [tiles]. */
  readonly general?: MeanOcclusion | undefined;
  /** Discrimination by physics, [tiles], NaN where there is no detector. */
  readonly physics?: ArrayLike<number>;
  /** The same of images with the training's noise. */
  readonly physicsNoisy?: ArrayLike<number> | undefined;
  readonly published?:
    | {
        readonly what: string;
        readonly eiMeV: number;
        readonly energyMeV: readonly [number, number];
      }
    | undefined;
  readonly signal: AbortSignal;
}

/** Names of the two maps that can be compared: of many images, under the same noise. */
export const inGeneralName = 'occlusion in general';
export const physicsNoisyName = 'physics with noise';

/** Where a network looks, asked in several ways, and whether physics would look there too. */
export async function lookedAt(options: PlacesOptions): Promise<PlacesFile> {
  const { network, preprocessing, image, target, layout, signal } = options;
  const tile: [number, number] = [layout.h.count, layout.k.count];
  const common = { network, preprocessing, image, target, tile };
  const file = (
    name: string,
    what: string,
    values: ArrayLike<number>,
    warnings: readonly string[] = [],
  ): TilesFile => {
    const size = Array.from(values, Math.abs);
    return {
      ...{ name, what, warnings },
      tiles: Array.from(values, (v) => (Number.isFinite(v) ? v : null)),
      strongest: rankTiles(size, layout.tiles)
        .slice(0, 3)
        .map((t) => ({ ...t, value: values[t.tile]! })),
    };
  };
  const maps: TilesFile[] = [];
  const activation = await activationMap(common);
  signal.throwIfAborted();
  maps.push(
    file(
      'activation',
      `share of each tile in the score, at layer ${activation.layer}`,
      activation.tiles.signed.means,
      activation.warnings,
    ),
  );
  let completeness: PlacesFile['completeness'];
  if (options.steps > 0) {
    // From an empty image they would be the activation map again: a network of convolutions and ReLU
    // without biases is proportional to its input.
    const { baseline } = options;
    const found = await integratedGradients({ ...common, baseline, steps: options.steps });
    signal.throwIfAborted();
    maps.push(
      file(
        'integrated gradients',
        'share of each tile in what the score gains from the mean simulated image to this one',
        found.tiles.means,
        found.warnings,
      ),
    );
    const from = 'the mean simulated image';
    completeness = { ...found.completeness, steps: options.steps, from };
  }
  const covering = await occlusion({ ...common, cover: 'input-mean' });
  signal.throwIfAborted();
  maps.push(
    file(
      'occlusion',
      'fall of the score when the tile is covered by its mean, as the network sees it',
      covering.drops,
      covering.warnings,
    ),
  );
  const { general, physicsNoisy } = options;
  if (general) {
    maps.push(
      file(
        inGeneralName,
        `how far the score moves when the tile is covered, mean over ${general.images} simulated images with the training's noise, not this one`,
        general.size,
      ),
    );
  }
  if (options.physics) {
    maps.push(
      file(
        'physics',
        'mean over the tile of (mu1 - mu2)^2 / (var1 + var2 + noise) of the two models over their draws; no network',
        options.physics,
      ),
    );
  }
  if (physicsNoisy) {
    maps.push(
      file(
        physicsNoisyName,
        "the same of images with the training's noise, background and damping: what the network had to learn from; no network",
        physicsNoisy,
      ),
    );
  }
  const magnitude = (m: TilesFile): number[] =>
    m.tiles.map((v) => (v === null ? NaN : Math.abs(v)));
  const agreement = maps.flatMap((a, i) =>
    maps.slice(i + 1).map((b): AgreementFile => ({
      of: a.name,
      with: b.name,
      ...compareTiles(magnitude(a), magnitude(b)),
    })),
  );
  const cascade =
    options.cascade > 0
      ? await randomisedWeights(
          network,
          async (n) => (await activationMap({ ...common, network: n })).tiles.signed.means,
          { repeats: options.cascade },
        )
      : undefined;
  signal.throwIfAborted();
  const curves =
    options.orders > 0
      ? await deletionInsertion({
          ...common,
          tileValues: covering.drops,
          randomOrders: options.orders,
        })
      : undefined;
  const published = options.published && publishedPlace(options.published, layout, maps);
  return {
    ...{ maps, agreement },
    ...(completeness ? { completeness } : {}),
    ...(cascade ? { cascade } : {}),
    ...(curves ? { curves } : {}),
    ...(published ? { published } : {}),
  };
}

/** The tile that shares most of a published energy range at its Ei, and its place in each map. */
function publishedPlace(
  { what, eiMeV, energyMeV: [low, high] }: NonNullable<PlacesOptions['published']>,
  { tiles }: ImageLayout,
  maps: readonly TilesFile[],
): PlacesFile['published'] {
  const shared = tiles.map((t) =>
    t.eiMeV === eiMeV ? Math.min(high, t.energyMeV[1]) - Math.max(low, t.energyMeV[0]) : -Infinity,
  );
  const tile = shared.indexOf(Math.max(...shared));
  if (!(shared[tile]! > 0)) return undefined;
  const place = ({ tiles: values }: TilesFile): number => {
    const own = Math.abs(values[tile] ?? NaN);
    return 1 + values.filter((v) => v !== null && Math.abs(v) > own).length;
  };
  return {
    ...{ what, tile, eiMeV, energyMeV: tiles[tile]!.energyMeV },
    places: Object.fromEntries(maps.map((m) => [m.name, place(m)])),
  };
}
