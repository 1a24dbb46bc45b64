import type { Emit } from './events.js';

export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** A file a stage made: what its record says of it, and what a later run checks. */
export interface StageFile {
  /** Absolute, or relative to the stage's folder. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** What a finished stage leaves behind, written last: its presence says that the stage is whole. */
export interface StageRecord {
  readonly format: 1;
  readonly stage: string;
  readonly key: string;
  /** What the key is made of: change one of these and the stage runs again. */
  readonly inputs: JsonObject;
  /** Keys of the stages it read from. */
  readonly upstream: { readonly [stage: string]: string };
  /** Plain results for later stages and for people. */
  readonly results: JsonObject;
  readonly files: readonly StageFile[];
  readonly summary: string;
  /** Volatile; not part of any key. */
  readonly seconds: number;
  readonly finishedAt: string;
}

/** What a stage may see while it runs. */
export interface StageContext {
  /** Folder of this stage and key; exists, may hold what an interrupted run left. */
  readonly folder: string;
  readonly key: string;
  readonly inputs: JsonObject;
  readonly signal: AbortSignal;
  readonly emit: Emit;
  upstream(stage: string): StageRecord & { readonly folder: string };
}

export interface StageOutcome {
  readonly results: JsonObject;
  /** Files to record, absolute or relative to the folder; hashed by the engine. */
  readonly files: readonly string[];
  /** One line for people. */
  readonly summary: string;
}

/** What a stage may look at to say what its inputs are. */
export interface InputsContext {
  /** Folder of this pipeline and preset. */
  readonly runFolder: string;
  /** Keys of the stages it needs. */
  readonly upstream: { readonly [stage: string]: string };
}

/** One step of a pipeline: what decides its result, and how to make it. */
export interface Stage {
  readonly name: string;
  /** Present tense, for the progress line: "simulate images". */
  readonly title: string;
  readonly dependsOn: readonly string[];
  /** Everything but the upstream keys that decides the result. Must be cheap. */
  inputs(context: InputsContext): Promise<JsonObject> | JsonObject;
  /** @returns undefined when the work was handed over (submitted, only shown): the run ends here */
  run(context: StageContext): Promise<StageOutcome | undefined>;
  /** An extra check before a finished stage is believed, e.g. of a dataset kept elsewhere. */
  verify?(record: StageRecord): Promise<void> | void;
}
