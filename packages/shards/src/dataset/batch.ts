import type { ResumeState } from './order.js';

/** Rows as typed arrays. */
export interface Batch {
  readonly count: number;
  /** `[count, ...imageShape]`, row-major. */
  readonly images: Float32Array;
  /** `[count]`; class numbers: places in the data set's labels. */
  readonly labels: Int32Array;
  /** `[count, parameters]`, row-major, in each parameter's unit; NaN where the model has it not. */
  readonly parameters: Float64Array;
  /** `[count]` */
  readonly seeds: BigUint64Array;
  /** `[count]` */
  readonly rows: Uint32Array;
}

/** A batch of an epoch with what is needed to go on behind it. */
export interface EpochBatch extends Batch {
  /** Place of its first row in the epoch. */
  readonly position: number;
  /** State once this batch is used. */
  readonly state: ResumeState;
}
