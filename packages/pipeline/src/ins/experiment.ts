import { createRequire } from 'node:module';
import type { SlurmProfileInput } from '@spectraloom/farm';
import type { ImageLayout, ImageSpec } from '@spectraloom/imaging';
import type { SpinModel } from '@spectraloom/spinwave';
import type { LoadedPipeline, PresetFile } from './files.js';
import type { NamedText } from '../opening/named.js';
import type { Retrain } from './warmStart.js';

/** One class: its model file, and what the file means. */
export interface ClassModel {
  readonly label: string;
  readonly file: NamedText;
  readonly model: SpinModel;
}

/** Everything the stages of one inelastic-neutron pipeline share. Made once, never changed. */
export interface Experiment {
  readonly root: string;
  /** Results of every pipeline and preset. */
  readonly runsFolder: string;
  readonly pipeline: LoadedPipeline;
  readonly preset: PresetFile;
  readonly presetName: string;
  readonly classes: readonly ClassModel[];
  readonly instrument: NamedText;
  readonly spec: ImageSpec;
  readonly layout: ImageLayout;
  /** What the user chose that changes no key but the measurement's. */
  readonly choice: RunChoice;
}

export interface RunChoice {
  readonly measured?: { readonly path: string; readonly mirrorK: boolean };
  readonly workers?: number;
  readonly backend?: string;
  /** Folder of the shards; default `datasets` of the root. Data sets made before stay where they are. */
  readonly datasetsFolder?: string;
  /** What the train stage starts from; default: as the finished network of these inputs did. */
  readonly retrain?: Retrain;
  /** Make data sets as job arrays of a Slurm cluster; default: worker threads. */
  readonly slurm?: SlurmChoice;
  /** As typed, for the report. */
  readonly commandLine: readonly string[];
}

/** How the jobs are submitted, and what this run does about them. */
export interface SlurmChoice {
  readonly profile: SlurmProfileInput;
  /** Submit what an ended array left missing; without it, that is an error. */
  readonly resume: boolean;
  /** Submit and end, in place of following. */
  readonly detach: boolean;
  /** Show the scripts, submit nothing. */
  readonly dryRun: boolean;
  /** Milliseconds between looks at the queue and the folder. */
  readonly pollMs?: number;
}

const require = createRequire(import.meta.url);

/** Version of one of our packages: part of the keys, so that changed physics runs again. */
export function packageVersion(name: string): string {
  return (require(`@spectraloom/${name}/package.json`) as { version: string }).version;
}

export function packageVersions(...names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, packageVersion(name)]));
}
