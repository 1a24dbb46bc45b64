import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OtherTraining } from '@spectraloom/report';
import { historyName } from '../historyName.js';
import type { MethodRecord } from '../learn/methods.js';

/** An epoch as the methods' trainings keep it; a denoiser has a loss and no classes. */
interface KeptEpoch {
  readonly epoch: number;
  readonly trainLoss: number;
  readonly trainAccuracy?: number;
  readonly validation: {
    readonly nll?: number;
    readonly loss?: number;
    readonly accuracy?: number;
  };
}

const lossLabels: Readonly<Record<string, string>> = {
  'vae-denoiser': 'loss (nats an image)',
  duq: 'cross-entropy of the scores (nats)',
};

/** The courses of the networks that the calibrate stage trained, from their files. */
export async function otherTrainings(
  folder: string,
  networks: readonly MethodRecord[],
): Promise<OtherTraining[]> {
  return Promise.all(
    networks.map(async (record) => {
      const path = join(folder, record.folder, historyName);
      const history = JSON.parse(await readFile(path, 'utf8')) as KeptEpoch[];
      return {
        name: record.folder,
        network: record.network,
        parameterCount: record.parameters,
        lossLabel: lossLabels[record.network] ?? 'cross-entropy (nats)',
        epochs: history.map(({ epoch, trainLoss, trainAccuracy, validation }) => ({
          epoch,
          trainLoss,
          trainAccuracy: trainAccuracy ?? null,
          validationLoss: validation.nll ?? validation.loss ?? null,
          ...(validation.accuracy === undefined ? {} : { validationAccuracy: validation.accuracy }),
        })),
        bestEpoch: record.bestEpoch,
        seconds: record.seconds,
      };
    }),
  );
}
