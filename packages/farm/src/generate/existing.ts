import { createHash } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson } from '@spectraloom/sampling';
import {
  catalogueName,
  type DatasetLayout,
  journalName,
  type Manifest,
  manifestName,
  readJournal,
  readManifest,
  type ShardEntry,
  ShardsError,
} from '@spectraloom/shards';
import { FarmError } from '../errors.js';

/** Hash of everything that decides the bytes of a data set's shards. */
export function datasetKey(layout: DatasetLayout): string {
  const { planId, rows, rowsPerShard, imageShape, imageAxes, labels, parameters, provenance } =
    layout;
  const decisive = {
    planId,
    rows,
    rowsPerShard,
    imageShape,
    imageAxes,
    labels,
    parameters,
    provenance,
  };
  return createHash('sha256').update(canonicalJson(decisive)).digest('hex');
}

/**
 * What an earlier run left of the same data set: facts of its finished shards by name, from the
 * manifest and the journal. They are claims until the files have been hashed.
 * @param overwrite remove another data set that is in the folder
 * @throws FarmError OTHER_DATASET
 */
export async function existingShards(
  folder: string,
  key: string,
  overwrite: boolean,
): Promise<Map<string, ShardEntry>> {
  const manifest = manifestIfAny(folder);
  const journal = readJournal(folder);
  const own = journal.filter((entry) => entry.key === key);
  const other =
    (manifest && datasetKey(manifest) !== key) || (own.length === 0 && journal.length > 0);
  if (other) {
    if (!overwrite) throw otherDataset(folder, manifest);
    await removeDataset(folder);
    return new Map();
  }
  const entries = [...(manifest?.shards ?? []), ...own];
  return new Map(entries.map((entry) => [entry.name, entry]));
}

/** The manifest of the folder; one that does not hold says nothing. */
function manifestIfAny(folder: string): Manifest | undefined {
  try {
    return readManifest(folder);
  } catch (error) {
    const { code } = error as Partial<ShardsError>;
    if (code === 'MANIFEST_MISSING' || code === 'MANIFEST_INVALID') return undefined;
    throw error;
  }
}

async function removeDataset(folder: string): Promise<void> {
  // The manifest first: from here on nothing says that the data set exists.
  for (const name of [manifestName, journalName, catalogueName])
    await rm(join(folder, name), { force: true });
  for (const name of await readdir(folder)) {
    if (/^shard-\d{6,}\.arrow$/.test(name)) await rm(join(folder, name), { force: true });
  }
}

function otherDataset(folder: string, manifest: Manifest | undefined): FarmError {
  return new FarmError({
    code: 'OTHER_DATASET',
    what: 'The folder holds another data set',
    where: folder,
    got: manifest
      ? `plan ${manifest.planId.slice(0, 12)}, ${manifest.rows} rows, provenance ${JSON.stringify(manifest.provenance)}`
      : 'shards of an unfinished run with another plan, job or shard size',
    next: 'choose another folder, or have this one overwritten',
  });
}
