import { createRequire } from 'node:module';
import type { ImageLayout, ImageSpec } from '@spectraloom/imaging';
import type { SpinModel } from '@spectraloom/spinwave';
import type { LoadedPipeline, NamedText, PresetFile } from './files.js';

/** One class: its model file, and what the file means. */
export interface ClassModel {
  readonly label: string;
  readonly file: NamedText;
  readonly model: SpinModel;
}

/** Everything the stages of one inelastic-neutron pipeline share. Made once, never changed. */
export interface Experiment {
  readonly root: string;
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
  /** As typed, for the report. */
  readonly commandLine: readonly string[];
}

const require = createRequire(import.meta.url);

/** Version of one of our packages: part of the keys, so that changed physics runs again. */
export function packageVersion(name: string): string {
  return (require(`@spectraloom/${name}/package.json`) as { version: string }).version;
}

export function packageVersions(...names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, packageVersion(name)]));
}
