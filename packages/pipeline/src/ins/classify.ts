import { join } from 'node:path';
import { imageMask, imageFrame } from '@spectraloom/imaging';
import { parseInstrument } from '@spectraloom/instrument';
import {
  bestCheckpointName,
  loadCheckpoint,
  predict,
  type Prediction,
} from '@spectraloom/training';
import { PipelineError } from '../errors.js';
import { stageFolder, readRecord } from '../stages/records.js';
import { stageStatus } from '../stages/run.js';
import { masked } from './explainStage.js';
import { readMeasured } from './measured.js';
import type { OpenPipeline } from './open.js';
import { chosenBackend } from './trainStage.js';

/** Scores of one image. */
export interface Classified {
  readonly path: string;
  readonly called: string;
  readonly scores: { readonly [label: string]: number };
}

/**
 * Classifies image files with the network a pipeline has trained; nothing is simulated or trained.
 * @throws PipelineError STAGE_NOT_READY when there is no current network; MEASURED_INVALID
 */
export async function* classifyFiles(
  opened: OpenPipeline,
  paths: readonly string[],
  options: { readonly mirrorK: boolean },
): AsyncGenerator<Classified> {
  const { experiment } = opened;
  const status = await stageStatus(opened.stages, opened.runFolder);
  const train = status.find((s) => s.stage === 'train')!;
  const folder = stageFolder(opened.runFolder, 'train', train.key);
  if (!(await readRecord(folder))) {
    throw new PipelineError('STAGE_NOT_READY', {
      what: `pipeline '${opened.name}', preset '${opened.preset}' has no trained network for the present inputs`,
      where: folder,
      got: train.state,
      expected: "a finished stage 'train'",
      next: `run: spectraloom train ${opened.name} --preset ${opened.preset}`,
    });
  }
  await chosenBackend(experiment);
  const mask = simulationMask(opened);
  const { network, preprocessing, temperature } = await loadCheckpoint(
    join(folder, bestCheckpointName),
  );
  try {
    for (const path of paths) {
      const file = await readMeasured(path, {
        mirrorK: options.mirrorK,
        layout: experiment.layout,
      });
      const prediction: Prediction = await predict(
        { network, preprocessing, temperature },
        masked(file.image, mask),
      );
      yield {
        path,
        called: prediction.called,
        scores: Object.fromEntries(
          experiment.classes.map((c, i) => [c.label, prediction.probabilities[i]!]),
        ),
      };
    }
  } finally {
    network.dispose();
  }
}

/** Pixels without a detector, as in the simulated images. */
function simulationMask({ experiment }: OpenPipeline): Uint8Array {
  const { instrument, spec, classes } = experiment;
  const parsed = parseInstrument(instrument.text, { source: instrument.path });
  return imageMask(parsed, spec, imageFrame(spec, classes[0]!.model.chemicalLattice));
}
