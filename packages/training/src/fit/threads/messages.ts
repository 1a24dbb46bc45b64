import type { NetworkOptions } from '@spectraloom/models';

/** What a thread is started with. */
export interface ThreadData {
  network: { name: string; options: NetworkOptions };
  /** All weights one after the other, written by the training before each step. */
  weights: SharedArrayBuffer;
}

/** A part of a batch: forward and backward. */
export interface PartRequest {
  /** Number of the step: another one than before means that the weights have moved. */
  step: number;
  inputs: Float32Array;
  labels: readonly number[];
  penaltyWeight: number;
}

export interface PartAnswer {
  loss: number;
  /** [n, classes] */
  logits: Float32Array;
  /** In the order of the trainable weights. */
  gradients: Float32Array[];
  /** Means and variances of this part, in the order of the batch norms' moving averages. */
  statistics: Float32Array[];
}

export type ThreadAnswer =
  | { kind: 'ready' }
  | { kind: 'part'; part: PartAnswer }
  | { kind: 'failed'; code?: string; message: string; got?: string; expected?: string };
