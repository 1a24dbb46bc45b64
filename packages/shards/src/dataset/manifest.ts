import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson } from '@spectraloom/sampling';
import { z } from 'zod';
import { ShardsError } from '../errors.js';
import { type CatalogueEntry, catalogueName } from '../parquet/catalogue.js';
import { writeFileDurably } from '../files/durable.js';
import { systemError } from '../files/system-errors.js';
import {
  type DatasetLayout,
  imageLength,
  recordBatchRows,
  shardCount,
  shardRange,
} from './layout.js';

/** Name of the manifest in a data set's folder. */
export const manifestName = 'manifest.json';

/** A finished shard. */
export interface ShardEntry {
  readonly name: string;
  readonly firstRow: number;
  readonly rows: number;
  readonly bytes: number;
  /** Of the whole file, hexadecimal. */
  readonly sha256: string;
  /**
   * The last bytes of the file: Arrow's footer, which holds the checks of everything in front (see
   * `checks/`). A shard of version 1 has none, and is compared as a whole before it is read.
   */
  readonly tail?: { readonly bytes: number; readonly sha256: string };
}

/**
 * What a data set is: its layout and every shard with size and hash. Nothing in it depends on when,
 * where, in which order or by how many workers the shards were made.
 */
export interface Manifest extends DatasetLayout {
  readonly format: 'spectraloom-dataset';
  /** 1: no shard has a tail. */
  readonly version: 1 | 2;
  readonly recordBatchRows: number;
  readonly shards: readonly ShardEntry[];
  /** The rows without their images; see `parquet/`. */
  readonly catalogue?: CatalogueEntry;
  /** sha256 of the canonical JSON of all the rest. */
  readonly manifestHash: string;
}

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.int().min(1);
const schema = z.strictObject({
  format: z.literal('spectraloom-dataset'),
  version: z.union([z.literal(1), z.literal(2)]),
  planId: z.string().min(1),
  rows: count,
  rowsPerShard: count,
  recordBatchRows: z.literal(recordBatchRows),
  imageShape: z.array(count).min(1),
  imageAxes: z.array(z.string()).optional(),
  labels: z.array(z.string().min(1)).min(1),
  parameters: z.array(z.strictObject({ name: z.string().min(1), unit: z.string() })),
  provenance: z.record(z.string(), z.string()),
  shards: z.array(
    z.strictObject({
      name: z.string().regex(/^shard-\d{6,}\.arrow$/),
      firstRow: z.int().min(0),
      rows: count,
      bytes: count,
      sha256: hash,
      tail: z.strictObject({ bytes: count, sha256: hash }).optional(),
    }),
  ),
  catalogue: z
    .strictObject({ name: z.literal(catalogueName), bytes: count, sha256: hash })
    .optional(),
  manifestHash: hash,
});

/** Puts a manifest together; the shards are sorted by their rows. */
export function makeManifest(
  layout: DatasetLayout,
  shards: readonly ShardEntry[],
  catalogue?: CatalogueEntry,
): Manifest {
  const { planId, rows, rowsPerShard, imageShape, imageAxes, labels, parameters, provenance } =
    layout;
  const body = {
    format: 'spectraloom-dataset' as const,
    version: shards.some((shard) => shard.tail) ? (2 as const) : (1 as const),
    planId,
    rows,
    rowsPerShard,
    recordBatchRows,
    imageShape,
    ...(imageAxes && { imageAxes }),
    labels,
    parameters: parameters.map(({ name, unit }) => ({ name, unit })),
    provenance,
    shards: shards
      .map(({ name, firstRow, rows: n, bytes, sha256, tail }) => ({
        name,
        firstRow,
        rows: n,
        bytes,
        sha256,
        ...(tail && { tail: { bytes: tail.bytes, sha256: tail.sha256 } }),
      }))
      .sort((a, b) => a.firstRow - b.firstRow),
    ...(catalogue && { catalogue }),
  };
  const manifest = { ...body, manifestHash: hashOf(body) };
  checkManifest(manifest, manifestName);
  return manifest;
}

function hashOf(body: object): string {
  return createHash('sha256').update(canonicalJson(body)).digest('hex');
}

/** Writes the manifest, the last act of making a data set. */
export function writeManifest(folder: string, manifest: Manifest): void {
  writeFileDurably(join(folder, manifestName), `${JSON.stringify(manifest, null, 1)}\n`);
}

/**
 * Reads and checks the manifest of a folder.
 * @throws ShardsError MANIFEST_MISSING, MANIFEST_INVALID
 */
export function readManifest(folder: string): Manifest {
  const path = join(folder, manifestName);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw systemError(error, 'read the manifest', path);
    }
    throw new ShardsError(
      {
        code: 'MANIFEST_MISSING',
        what: 'There is no finished data set here',
        where: folder,
        got: `no ${manifestName}`,
        next: 'check the folder, or run the generation again: finished shards are kept',
      },
      { cause: error },
    );
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw invalid(path, (error as Error).message, 'JSON');
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const issues = parsed.error.issues.slice(0, 5);
    throw invalid(
      path,
      issues.map((i) => `${i.path.map(String).join('.')}: ${i.message}`).join('; '),
      'a manifest of spectraloom-dataset version 1 or 2',
    );
  }
  const { manifestHash, ...body } = parsed.data;
  const found = hashOf(body);
  if (found !== manifestHash) throw invalid(path, `sha256 ${found}`, `sha256 ${manifestHash}`);
  checkManifest(parsed.data, path);
  return parsed.data;
}

/** Shards that cover the rows once, in order, each large enough for its images. */
function checkManifest(manifest: Manifest, where: string): void {
  const wanted = shardCount(manifest);
  if (manifest.shards.length !== wanted) {
    throw invalid(where, `${manifest.shards.length} shards`, `${wanted}`);
  }
  manifest.shards.forEach((shard, index) => {
    const range = shardRange(manifest, index);
    const least = range.rows * imageLength(manifest) * 4 + (shard.tail?.bytes ?? 0);
    if (
      shard.name !== range.name ||
      shard.firstRow !== range.firstRow ||
      shard.rows !== range.rows ||
      shard.bytes < least
    ) {
      throw invalid(
        where,
        `${shard.name}: ${shard.rows} rows from ${shard.firstRow}, ${shard.bytes} bytes`,
        `${range.name}: ${range.rows} rows from ${range.firstRow}, at least ${least} bytes`,
      );
    }
  });
}

function invalid(where: string, got: string, expected: string): ShardsError {
  return new ShardsError({
    code: 'MANIFEST_INVALID',
    what: 'The manifest does not hold',
    where,
    got,
    expected,
    next: 'restore the file, or delete it and run the generation again: finished shards are kept',
  });
}
