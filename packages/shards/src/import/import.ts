import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, readdir, rm, rmdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { canonicalJson, rowSeed } from '@spectraloom/sampling';
import { z } from 'zod';
import {
  checkLayout,
  type DatasetLayout,
  type DatasetRow,
  imageLength,
  shardCount,
  shardRange,
} from '../dataset/layout.js';
import {
  makeManifest,
  type Manifest,
  manifestName,
  readManifest,
  writeManifest,
} from '../dataset/manifest.js';
import { datasetLockName } from '../dataset/status.js';
import { verifyDataset } from '../dataset/verify.js';
import { openShard } from '../dataset/writer.js';
import { ShardsError } from '../errors.js';
import { removePartialFiles } from '../files/durable.js';
import { systemError } from '../files/system-errors.js';
import { acquireLock } from '../lock/lock.js';
import { writeCatalogue } from '../parquet/catalogue.js';
import { type Column, readColumn } from './column.js';

const source = z.strictObject({ file: z.string().min(1), name: z.string().optional() });

/** What external data mean: which file holds images, labels and parameters. */
export const importSchema = z.strictObject({
  images: source,
  /** Shape of an image; default that of the array behind its first axis. */
  imageShape: z.array(z.int().min(1)).min(1).optional(),
  /** A column of names, or of class numbers with `names`; or one label for all rows. */
  label: z.union([
    source.extend({ names: z.array(z.string().min(1)).min(1).optional() }),
    z.strictObject({ constant: z.string().min(1) }),
  ]),
  /** Columns of numbers; an empty or NaN value is a parameter that the row has not. */
  parameters: z
    .array(z.strictObject({ name: z.string().min(1), unit: z.string(), from: source }))
    .default([]),
  rowsPerShard: z.int().min(1).max(1_000_000).default(64),
  /** Where the data come from, and their terms. */
  provenance: z.record(z.string(), z.string()).default({}),
});

/** As a user writes it; files are relative to the present folder. */
export type ImportSpec = z.input<typeof importSchema>;

/** What an import did; see `ImportOptions.onOutcome`. */
export type ImportOutcome = 'made' | 'kept' | 'remade';

/** A way to stop an import, and to see it go on. */
export interface ImportOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: { rows: number; of: number }) => void;
  /**
   * What came of it: `made`; `kept`, the folder held the same data and every byte was right, so nothing
   * was written; `remade`, it held them damaged, or in another shard size or with other provenance.
   */
  readonly onOutcome?: (outcome: ImportOutcome) => void;
}

/**
 * Brings external data into the form of all data sets: shards, catalogue, manifest. Its planId is a
 * hash of the files and of what they mean, so the same data make the same data set anywhere. One that
 * fails or is stopped leaves nothing of its own behind.
 * @throws ShardsError IMPORT_INVALID, NPY_FORMAT, ROW_INVALID, DISK_FULL, NOT_WRITABLE, IO;
 *   DatasetLocked; the signal's reason when aborted
 */
export async function importDataset(
  folder: string,
  spec: ImportSpec,
  options: ImportOptions = {},
): Promise<Manifest> {
  const parsed = importSchema.safeParse(spec);
  if (!parsed.success) {
    throw invalid(
      'The description of the data does not hold',
      parsed.error.issues.map((i) => `${i.path.map(String).join('.')}: ${i.message}`).join('; '),
    );
  }
  const { images, imageShape, label, parameters, rowsPerShard, provenance } = parsed.data;
  const pixels = await readColumn(images);
  const labels = 'constant' in label ? undefined : await readColumn(label);
  const values: Column[] = [];
  for (const { from } of parameters) values.push(await readColumn(from));
  for (const column of [...(labels ? [labels] : []), ...values]) {
    if (column.rows !== pixels.rows || column.shape.length > 0) {
      throw invalid(
        'A column does not fit the images',
        `${column.rows} rows of shape (${column.shape.join(', ')}) in ${column.source}`,
        `${pixels.rows} single values`,
      );
    }
  }
  const shape = imageShape ?? pixels.shape;
  const labelOf = (row: number): string => {
    if ('constant' in label) return label.constant;
    if (!label.names) return labels!.text(row);
    const name = label.names[labels!.number(row)];
    if (name !== undefined) return name;
    throw invalid(
      'A class number has no name',
      `${labels!.text(row)} in row ${row}`,
      `0 .. ${label.names.length - 1}`,
    );
  };
  if (!(pixels.rows >= 1)) {
    throw invalid('There are no images', `${pixels.rows} rows in ${pixels.source}`, 'at least 1');
  }
  const seen = new Set(Array.from({ length: pixels.rows }, (_, row) => labelOf(row)));
  const layout: DatasetLayout = {
    planId: await contentId(parsed.data),
    rows: pixels.rows,
    rowsPerShard,
    imageShape: shape,
    labels: ('names' in label && label.names) || [...seen].sort(),
    parameters: parameters.map(({ name, unit }) => ({ name, unit })),
    provenance: { ...provenance, task: 'import' },
  };
  checkLayout(layout);
  if (imageLength(layout) !== pixels.shape.reduce((product, n) => product * n, 1)) {
    throw invalid(
      'The images have another size',
      `shape (${pixels.shape.join(', ')}) in ${pixels.source}`,
      `shape (${shape.join(', ')})`,
    );
  }
  const rowOf = (row: number): DatasetRow => ({
    row,
    label: labelOf(row),
    seed: rowSeed(layout.planId, row),
    parameters: Object.fromEntries(
      parameters.flatMap(({ name }, i) => {
        const value = values[i]!.number(row);
        return Number.isNaN(value) ? [] : [[name, value]];
      }),
    ),
  });
  return writeDataset(folder, layout, rowOf, (row) => pixels.image(row), options);
}

async function writeDataset(
  folder: string,
  layout: DatasetLayout,
  rowOf: (row: number) => DatasetRow,
  imageOf: Column['image'],
  { signal, onProgress, onOutcome }: ImportOptions,
): Promise<Manifest> {
  const made = await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw systemError(error, 'make the folder', folder);
  });
  const lock = await acquireLock(folder, { name: datasetLockName });
  let before: Manifest | undefined;
  const strange = new Set(await readdir(folder));
  try {
    await removePartialFiles(folder);
    before = sameOrNone(folder, layout);
    const kept = before && (await keptWhole(folder, before, layout, signal));
    if (kept) {
      onOutcome?.('kept');
      return kept;
    }
    // From here on the folder holds no finished data set until the new manifest is there.
    await rm(join(folder, manifestName), { force: true });
    // One shard after the other: the hash can take the other core, unless its thread costs more.
    const hashBeside = layout.rows * imageLength(layout) > 2 ** 25 && availableParallelism() > 1;
    const shards = [];
    for (let index = 0; index < shardCount(layout); index++) {
      signal?.throwIfAborted();
      const shard = openShard(folder, layout, index, layout.planId, { hashBeside });
      const { firstRow, rows } = shardRange(layout, index);
      try {
        for (let row = firstRow; row < firstRow + rows; row++)
          shard.append(rowOf(row), await imageOf(row));
        shards.push(shard.finish());
      } catch (error) {
        shard.abort();
        throw error;
      }
      onProgress?.({ rows: firstRow + rows, of: layout.rows });
      await new Promise((resolve) => setImmediate(resolve));
    }
    const all = Array.from({ length: layout.rows }, (_, row) => rowOf(row));
    const manifest = makeManifest(layout, shards, writeCatalogue(folder, layout, all));
    writeManifest(folder, manifest);
    onOutcome?.(before ? 'remade' : 'made');
    return manifest;
  } catch (error) {
    // Nothing of it could be gone on with. What was there before stays.
    if (!before) await removeNew(folder, strange);
    throw error;
  } finally {
    await lock.release();
    // A folder that this call made, and that is empty again.
    if (made !== undefined) await rmdir(folder).catch(() => undefined);
  }
}

/** Removes the files of a data set that were not there before. */
async function removeNew(folder: string, strange: ReadonlySet<string>): Promise<void> {
  const own = /^(shard-\d{6,}\.arrow|journal\.jsonl|catalog\.parquet|manifest\.json)$/;
  for (const name of await readdir(folder)) {
    if (own.test(name) && !strange.has(name)) await rm(join(folder, name), { force: true });
  }
}

/** The manifest, when the folder holds these data in this form and every byte is right. */
async function keptWhole(
  folder: string,
  manifest: Manifest,
  layout: DatasetLayout,
  signal: AbortSignal | undefined,
): Promise<Manifest | undefined> {
  const { rowsPerShard, provenance } = manifest;
  const form = canonicalJson({ rowsPerShard, provenance });
  const wanted = canonicalJson({
    rowsPerShard: layout.rowsPerShard,
    provenance: layout.provenance,
  });
  if (form !== wanted) return undefined;
  const { problems } = await verifyDataset(folder, { full: true, ...(signal && { signal }) });
  return problems.length === 0 ? manifest : undefined;
}

/** A folder keeps the data set that it has. @returns its manifest, when it is the same data */
function sameOrNone(folder: string, layout: DatasetLayout): Manifest | undefined {
  if (!existsSync(join(folder, manifestName))) return undefined;
  const manifest = readManifest(folder);
  if (manifest.planId === layout.planId) return manifest;
  const { planId } = manifest;
  throw new ShardsError({
    code: 'IMPORT_INVALID',
    what: 'The folder holds another data set',
    where: folder,
    got: `planId ${planId}`,
    expected: `planId ${layout.planId}, or an empty folder`,
    next: 'choose another folder',
  });
}

/** Hash of the description and of the bytes of every file it names (not of where they lie). */
async function contentId(spec: z.output<typeof importSchema>): Promise<string> {
  const hashes = new Map<string, string>();
  const named = async <T extends { file: string }>(part: T): Promise<T> => {
    const known = hashes.get(part.file);
    if (known === undefined) {
      const hash = createHash('sha256');
      await pipeline(createReadStream(part.file), hash);
      hashes.set(part.file, hash.digest('hex'));
    }
    return { ...part, file: `${basename(part.file)} ${hashes.get(part.file)}` };
  };
  const content = {
    ...spec,
    rowsPerShard: undefined,
    images: await named(spec.images),
    label: 'constant' in spec.label ? spec.label : await named(spec.label),
    parameters: await Promise.all(
      spec.parameters.map(async (p) => ({ ...p, from: await named(p.from) })),
    ),
  };
  return createHash('sha256').update(canonicalJson(content)).digest('hex');
}

function invalid(what: string, got: string, expected?: string): ShardsError {
  return new ShardsError({
    code: 'IMPORT_INVALID',
    what,
    got,
    expected,
    next: 'correct the description or the files, and import again',
  });
}
