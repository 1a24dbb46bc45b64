import type { Plan } from '@spectraloom/sampling';
import {
  type DatasetLayout,
  makeManifest,
  type Manifest,
  type ShardEntry,
  writeCatalogue,
  writeManifest,
} from '@spectraloom/shards';

/**
 * Completes a data set whose shards are all there: the catalogue, then the manifest, the last act.
 * Every engine ends with this, so that the same plan makes the same manifest wherever it was run.
 */
export function finishDataset(
  folder: string,
  layout: DatasetLayout,
  plan: Plan,
  shards: readonly ShardEntry[],
): Manifest {
  const manifest = makeManifest(layout, shards, writeCatalogue(folder, layout, plan));
  writeManifest(folder, manifest);
  return manifest;
}
