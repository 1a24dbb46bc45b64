import type { ShardEntry } from '../dataset/manifest.js';
import { ShardCorrupt, ShardsError, type ShardsErrorParts } from '../errors.js';
import type { Claim, ShardProblem } from './check.js';
import type { ImagePlace, ShardShape, VerifiedShard } from './verified.js';

/** What a reading thread is asked for. */
export type ReadRequest =
  | {
      readonly kind: 'shard';
      readonly folder: string;
      readonly shape: ShardShape;
      readonly entry: ShardEntry;
      readonly tags: boolean;
      /** Of the shard's size; moved to the thread and, filled, back. */
      readonly memory: ArrayBuffer;
    }
  | {
      readonly kind: 'heads';
      readonly folder: string;
      readonly shape: ShardShape;
      readonly entry: ShardEntry & Required<Pick<ShardEntry, 'tail'>>;
    }
  | {
      readonly kind: 'images';
      readonly folder: string;
      readonly places: readonly ImagePlace[];
      readonly pixels: number;
      /** For all the images; moved to the thread and, filled, back. */
      readonly memory: ArrayBuffer;
    }
  | {
      readonly kind: 'check';
      readonly folder: string;
      readonly entry: Claim;
    };

/** What it answers; arrays are moved, not copied. */
export interface ReadAnswers {
  readonly shard: VerifiedShard;
  readonly heads: VerifiedShard;
  readonly images: Float32Array<ArrayBuffer>;
  readonly check: ShardProblem | undefined;
}

/** An error on its way between two threads. */
export interface Failure {
  readonly parts: ShardsErrorParts;
  readonly shard?: string;
}

export type ReadAnswer =
  | { readonly ok: true; readonly value: ReadAnswers[keyof ReadAnswers] }
  | { readonly ok: false; readonly failure: Failure };

export function toFailure(error: unknown): Failure {
  if (error instanceof ShardsError) {
    const { code, what, where, got, expected, next } = error;
    const parts = { code, what, where, got, expected, next };
    return error instanceof ShardCorrupt ? { parts, shard: error.shard } : { parts };
  }
  const got = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { parts: { code: 'IO', what: 'A reading thread failed', got } };
}

export function fromFailure({ parts, shard }: Failure): ShardsError {
  return shard === undefined ? new ShardsError(parts) : new ShardCorrupt(shard, parts);
}
