import { z } from 'zod';

const finite = z.number();
const text = z.string().min(1);
const count = z.number().int().nonnegative();
const image = z.custom<Float32Array>((v) => v instanceof Float32Array, {
  error: 'expected a Float32Array',
});
const curve = z.strictObject({
  parts: z.array(finite),
  scores: z.array(finite),
  area: finite.nullable(),
  randomArea: finite.nullable(),
  randomSpread: finite.nullable(),
});

export const placesSchema = z.strictObject({
  /** Class that the maps explain. */
  className: text,
  /** Each way of asking: a value a tile, null where nothing is known. */
  maps: z
    .array(
      z.strictObject({
        name: text,
        what: text,
        tiles: z.array(finite.nullable()),
        warnings: z.array(z.string()),
      }),
    )
    .max(12),
  /** The two maps whose agreement answers whether network and physics look at the same place. */
  compared: z.tuple([text, text]).optional(),
  agreement: z.array(
    z.strictObject({
      of: text,
      with: text,
      /** Spearman's over tiles, of magnitudes; null where one is constant. */
      rankCorrelation: finite.nullable(),
      sameTop: z.boolean(),
      sharedTopFive: count,
      sharedByChance: finite,
    }),
  ),
  completeness: z
    .strictObject({
      sum: finite,
      difference: finite,
      error: finite,
      steps: count,
      /** Image that the path starts from; the empty one if not given. */
      from: text.optional(),
    })
    .optional(),
  /** The map as weights are replaced by fresh ones, from the last layer on. */
  cascade: z
    .strictObject({
      repeats: count,
      steps: z.array(
        z.strictObject({
          layer: text,
          rankCorrelation: finite,
          range: z.tuple([finite, finite]),
        }),
      ),
      warnings: z.array(z.string()),
    })
    .optional(),
  curves: z.strictObject({ deletion: curve, insertion: curve }).optional(),
  /** A tile that a publication names, and its place in each map, 1 the strongest. */
  published: z
    .strictObject({ what: text, tile: count, places: z.record(z.string(), count) })
    .optional(),
});

export const learntSchema = z.strictObject({
  codes: z
    .strictObject({
      method: text,
      points: z.array(
        z.strictObject({
          x: finite,
          y: finite,
          group: text,
          kind: z.enum(['inside', 'outside', 'measured']),
        }),
      ),
    })
    .optional(),
  /** The image that a class answers to most. */
  maximal: z.array(z.strictObject({ className: text, values: image })),
  /** How strongly the first layer listens to each tile. */
  listened: z.strictObject({ layer: text, filters: count, strength: z.array(finite) }).optional(),
});

/** Where the network looked, asked in several ways, beside what physics says. */
export type PlacesReport = z.infer<typeof placesSchema>;
/** What the network has learnt. */
export type LearntReport = z.infer<typeof learntSchema>;
