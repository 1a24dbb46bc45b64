import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StageRecord } from '../stages/stage.js';
import { gridOf, type XrayExperiment } from './experiment.js';

/** What the points of one target are in a row of the data set. */
export interface TargetPoints {
  /** Energies, or 0, 1, 2... where the points are numbers with names. */
  readonly grid: readonly number[];
  /** Names of the points, where they are no spectrum: integrals of regions, moments of peaks. */
  readonly names?: readonly string[];
}

/** Written by the spectra stage where spectra were brought in: `TargetPoints` of each target. */
export const pointsName = 'points.json';

/** The points of every target, in the order in which they stand in a row. */
export async function pointsOf(
  { pipeline: { file } }: XrayExperiment,
  spectra: Pick<StageRecord, 'results'> & { readonly folder: string },
): Promise<TargetPoints[]> {
  if (file.structures.from === 'water')
    return file.targets.map((target) => ({ grid: Array.from(gridOf(target)) }));
  return JSON.parse(await readFile(join(spectra.folder, pointsName), 'utf8')) as TargetPoints[];
}
