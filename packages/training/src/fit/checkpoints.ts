import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import {
  type Network,
  type Preprocessing,
  readWeights,
  weightsOf,
  writeWeights,
} from '@spectraloom/models';
import { z } from 'zod';
import type { BatchSource } from '../batches/source.js';
import { type Checkpoint, loadCheckpoint, saveCheckpoint } from '../checkpoint/checkpoint.js';
import { TrainingError } from '../errors.js';
import type { Optimiser } from '../optimiser/optimiser.js';
import type { BestSoFar } from './early-stopping.js';

export const bestCheckpointName = 'best.safetensors';
export const lastCheckpointName = 'last.safetensors';

/** An epoch as it is stored: its number, whatever else, and its metrics for the header. */
export interface StoredEpoch {
  epoch: number;
  validation: Record<string, number>;
}

export interface TrainingState<Epoch> {
  history: Epoch[];
  best: BestSoFar;
  classCounts?: number[] | undefined;
}

const number = z.number();

/** Schema of an epoch whose metrics on the validation images have these names. */
export function epochSchema<Name extends string>(names: readonly Name[]) {
  const metrics = Object.fromEntries(names.map((n) => [n, number])) as Record<Name, typeof number>;
  return z.object({
    epoch: number,
    learningRate: number,
    trainLoss: number,
    trainAccuracy: number.optional(),
    validation: z.object(metrics),
    best: z.boolean(),
  });
}

/** What decides a training and where its files go. */
export interface CheckpointOptions {
  network: Network;
  preprocessing: Preprocessing;
  train: BatchSource;
  validation: BatchSource;
  checkpoints?: string;
  startFrom?: string;
  resume?: boolean;
  keys?: Record<string, string>;
}

/** The two files of a training, and going on from them. */
export class Checkpoints<Epoch extends StoredEpoch> {
  private readonly folder: string | undefined;
  private readonly training: string;

  constructor(
    private readonly options: CheckpointOptions,
    private readonly settings: { readonly seed: number },
    private readonly epochs: z.ZodType<unknown>,
  ) {
    this.folder = options.checkpoints;
    const { network, preprocessing, keys = {}, train, validation } = options;
    this.training = sha256({
      settings,
      network: { name: network.name, options: network.options },
      preprocessing,
      keys,
      images: [train.length, validation.length],
      ...(options.startFrom ? { startFrom: basename(dirname(options.startFrom)) } : {}),
    });
  }

  /**
   * Puts network and optimiser where the last whole epoch of the same training left them; a fresh
   * state when there is no such checkpoint (none, of another training, or damaged).
   */
  async resume(
    optimiser: Optimiser,
  ): Promise<Partial<TrainingState<Epoch>> & { history: Epoch[]; bestWeights?: Float32Array[] }> {
    const fresh = { history: [] };
    if (!this.folder || this.options.resume === false) return fresh;
    const last = await this.load(lastCheckpointName);
    if (!last) return fresh;
    const best = await this.load(bestCheckpointName);
    try {
      const state = this.stateOf(last);
      if (!state || last.header.resume?.training !== this.training || !last.optimiser) return fresh;
      // A kill after the last and before the best file was written: the best epoch is the last.
      const holder = state.best.epoch === last.header.epoch ? last : best;
      if (holder?.header.epoch !== state.best.epoch) return fresh;
      if (holder.header.keys['training'] !== this.training) return fresh;
      const bestWeights = await readWeights(holder.network);
      if (holder === last) await this.saveBest(state.history.at(-1)!, bestWeights);
      writeWeights(this.options.network, await readWeights(last.network));
      optimiser.restore(last.optimiser);
      return { ...state, bestWeights };
    } finally {
      last.network.dispose();
      best?.network.dispose();
    }
  }

  /**
   * Gives the network the weights of a checkpoint. Throws `CHECKPOINT` when the file cannot be read
   * or its network has other weights.
   */
  async takeWeights(path: string): Promise<void> {
    const { network } = this.options;
    const other = await loadCheckpoint(path, { network: network.name });
    try {
      const shapes = (of: typeof network) =>
        weightsOf(of).map((w) => `${w.name} [${w.shape.join(', ')}]`);
      const [got, expected] = [shapes(other.network), shapes(network)];
      const differs = expected.findIndex((shape, i) => shape !== got[i]);
      if (differs >= 0 || got.length !== expected.length) {
        throw new TrainingError({
          code: 'CHECKPOINT_MISMATCH',
          what: 'a training cannot start from the weights of another network',
          where: path,
          got: got[Math.max(0, differs)] ?? 'no such weight',
          expected: expected[Math.max(0, differs)] ?? 'no such weight',
          next: 'keep the network and its options, or train from drawn weights (--retrain cold)',
        });
      }
      writeWeights(network, await readWeights(other.network));
    } finally {
      other.network.dispose();
    }
  }

  private stateOf(checkpoint: Checkpoint): TrainingState<Epoch> | undefined {
    const schema = z.object({
      history: z.array(this.epochs).min(1),
      best: z.object({ epoch: number, value: number }),
      classCounts: z.array(number).optional(),
    });
    return schema.safeParse(checkpoint.header.resume?.state).data as TrainingState<Epoch>;
  }

  /** A checkpoint that is missing or damaged is no reason to stop: the training starts anew. */
  private async load(name: string): Promise<Checkpoint | undefined> {
    const path = join(this.folder!, name);
    if (!existsSync(path)) return undefined;
    return loadCheckpoint(path, { network: this.options.network.name }).catch(() => undefined);
  }

  async saveBest(record: Epoch, values: Float32Array[]): Promise<void> {
    if (!this.folder) return;
    await saveCheckpoint(join(this.folder, bestCheckpointName), this.options.network, {
      ...this.common(record),
      values,
    });
  }

  async saveLast(state: TrainingState<Epoch>, optimiser: Optimiser): Promise<void> {
    if (!this.folder) return;
    await saveCheckpoint(join(this.folder, lastCheckpointName), this.options.network, {
      ...this.common(state.history.at(-1)!),
      resume: { training: this.training, state, optimiser: await optimiser.state() },
    });
  }

  private common({ epoch, validation }: Epoch) {
    const { preprocessing, keys = {} } = this.options;
    return {
      preprocessing,
      keys: { ...keys, training: this.training },
      seed: this.settings.seed,
      epoch,
      metrics: { ...validation },
    };
  }
}

function sha256(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}
