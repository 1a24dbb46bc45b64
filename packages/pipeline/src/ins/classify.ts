import { access } from 'node:fs/promises';
import { join } from 'node:path';
import {
  bestCheckpointName,
  loadCheckpoint,
  loadUncertainty,
  predict,
  uncertaintyName,
} from '@spectraloom/training';
import { PipelineError } from '../errors.js';
import { stageFolder, readRecord } from '../stages/records.js';
import { stageStatus } from '../stages/run.js';
import { detectorMask, masked } from './masked.js';
import { readMeasured } from './measured.js';
import type { OpenPipeline } from '../open.js';
import { requireIns } from './open.js';
import { chosenBackend } from './trainStage.js';
import { leadingVerdict, type MethodVerdict, verdictsOn } from './verdicts.js';

/** What a trained pipeline says of one image. */
export interface Classified {
  readonly path: string;
  /** The class with the highest score, outside or not. */
  readonly called: string;
  readonly scores: { readonly [label: string]: number };
  /** The leading method's verdict: a class, or that the image is outside; absent uncalibrated. */
  readonly verdict?: string;
  readonly outside?: boolean;
  /** The number behind it: part of usual images that are as unlike or more. */
  readonly pValue?: number;
  readonly outsideBelow?: number;
  /** The score that the verdict rests on, where the method has several: `pattern`. */
  readonly because?: string;
  /** Every calibrated method's. */
  readonly methods?: readonly MethodVerdict[];
}

/** A file that could not be judged, and why. */
export interface Refused {
  readonly path: string;
  readonly error: Error;
}

/**
 * Judges image files with the network a pipeline has trained and calibrated; nothing is simulated
 * or trained. A file that cannot be read or is no image of this pipeline is reported, and the next
 * one is taken.
 * @throws PipelineError STAGE_NOT_READY when there is no current network
 */
export async function* classifyFiles(
  any: OpenPipeline,
  paths: readonly string[],
  options: { readonly mirrorK: boolean },
): AsyncGenerator<Classified | Refused> {
  const opened = requireIns(any, 'classifying images');
  const { experiment } = opened;
  const folder = await finishedFolder(opened, 'train');
  const calibrated = await finishedFolder(opened, 'calibrate');
  await chosenBackend(experiment);
  const mask = detectorMask(experiment);
  const checkpoint = await loadCheckpoint(join(folder, bestCheckpointName));
  const hasMethods = await access(join(calibrated, uncertaintyName)).then(
    () => true,
    () => false,
  );
  const fitted = hasMethods ? await loadUncertainty(calibrated) : undefined;
  try {
    for (const path of paths) {
      try {
        const { layout } = experiment;
        const file = await readMeasured(path, { mirrorK: options.mirrorK, layout });
        const image = masked(file.image, mask);
        const { called, probabilities } = await predict(checkpoint, image);
        const methods = fitted ? await verdictsOn(fitted, image, file.image) : [];
        const leading = leadingVerdict(methods);
        const p = leading?.probabilities ?? probabilities;
        const { classes } = experiment;
        yield {
          path,
          called: leading?.called ?? called,
          scores: Object.fromEntries(classes.map((c, i) => [c.label, p[i]!])),
          ...(leading && {
            verdict: leading.verdict,
            outside: leading.outside,
            pValue: leading.pValue,
            outsideBelow: leading.outsideBelow,
            ...(leading.because === undefined ? {} : { because: leading.because }),
            methods,
          }),
        };
      } catch (error) {
        yield { path, error: error instanceof Error ? error : new Error(String(error)) };
      }
    }
  } finally {
    checkpoint.network.dispose();
    fitted?.dispose();
  }
}

/** Folder of a stage that is finished for the present inputs; throws STAGE_NOT_READY. */
async function finishedFolder(opened: OpenPipeline, name: string): Promise<string> {
  const status = await stageStatus(opened.stages, opened.runFolder);
  const stage = status.find((s) => s.stage === name)!;
  const folder = stageFolder(opened.runFolder, name, stage.key);
  if (await readRecord(folder)) return folder;
  throw new PipelineError('STAGE_NOT_READY', {
    what: `pipeline '${opened.name}', preset '${opened.preset}' has no ${name === 'train' ? 'trained' : 'calibrated'} network for the present inputs`,
    where: folder,
    got: stage.state,
    expected: `a finished stage '${name}'`,
    next: `run: spectraloom train ${opened.name} --preset ${opened.preset}`,
  });
}
