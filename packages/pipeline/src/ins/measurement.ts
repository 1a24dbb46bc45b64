import { join } from 'node:path';
import type { JsonObject } from '../stages/stage.js';
import { type DatasetCard, localFile, readCard } from '../dataset/card.js';
import type { Experiment } from './experiment.js';
import { type MeasuredImage, readMeasured } from './measured.js';
import { simulateStandIn, type StandIn } from './standIn.js';

/** Where the image that gets classified comes from. */
export type MeasurementSource =
  | { readonly kind: 'user-file'; readonly path: string; readonly mirrorK: boolean }
  | { readonly kind: 'fetched-dataset'; readonly path: string; readonly card: DatasetCard }
  | { readonly kind: 'simulated-stand-in' };

export type Measurement =
  | {
      readonly source: Exclude<MeasurementSource, { kind: 'simulated-stand-in' }>;
      readonly file: MeasuredImage;
    }
  | {
      readonly source: Extract<MeasurementSource, { kind: 'simulated-stand-in' }>;
      readonly standIn: StandIn;
    };

/** The user's file; else the public data set where it has been fetched; else a simulated stand-in. */
export async function measurementSource(experiment: Experiment): Promise<MeasurementSource> {
  const { choice, pipeline, root } = experiment;
  if (choice.measured) return { kind: 'user-file', ...choice.measured };
  const name = pipeline.file.measured?.dataset;
  if (name === undefined) return { kind: 'simulated-stand-in' };
  const card = await readCard(join(root, 'datasets'), name);
  const path = await localFile(card);
  return path === undefined
    ? { kind: 'simulated-stand-in' }
    : { kind: 'fetched-dataset', path, card };
}

/** What of the measurement goes into a key: its bytes and how it is read, not where it lies. */
export async function measurementKey(experiment: Experiment): Promise<JsonObject> {
  const source = await measurementSource(experiment);
  if (source.kind === 'simulated-stand-in') {
    return { kind: source.kind, standIn: experiment.pipeline.file.standIn };
  }
  const mirrorK = source.kind === 'user-file' ? source.mirrorK : source.card.mirrorK;
  // Reads and checks the file: a wrong one is refused before anything is simulated.
  const file = await readMeasured(source.path, { mirrorK, layout: experiment.layout });
  return { kind: source.kind, sha256: file.sha256, mirrorK };
}

export async function takeMeasurement(experiment: Experiment): Promise<Measurement> {
  const source = await measurementSource(experiment);
  if (source.kind === 'simulated-stand-in') {
    return { source, standIn: simulateStandIn(experiment) };
  }
  const mirrorK = source.kind === 'user-file' ? source.mirrorK : source.card.mirrorK;
  const file = await readMeasured(source.path, { mirrorK, layout: experiment.layout });
  return { source, file };
}
