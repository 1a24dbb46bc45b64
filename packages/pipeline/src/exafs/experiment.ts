import type { ExafsJob } from '@spectraloom/farm';
import type { ShellSettings } from '@spectraloom/models/xray/exafs';
import { shellTransform } from '@spectraloom/models/xray/exafs';
import { type ChiOfK, ScatteringPath } from '@spectraloom/xray';
import type { RunChoice } from '../ins/experiment.js';
import type { NamedText } from '../opening/named.js';
import type { ExafsFile, ExafsMeasured, ExafsPreset } from './files.js';

/** A measured spectrum, read. */
export interface MeasuredChi extends ExafsMeasured {
  readonly text: NamedText;
  readonly chi: ChiOfK;
}

/** Everything the stages of one EXAFS pipeline share. Made once, never changed. */
export interface ExafsExperiment {
  readonly root: string;
  readonly pipeline: { readonly folder: string; readonly file: ExafsFile };
  readonly preset: ExafsPreset;
  readonly presetName: string;
  readonly choice: RunChoice;
  readonly table: NamedText;
  readonly path: ScatteringPath;
  readonly measured: readonly MeasuredChi[];
}

/** What the workers are given: chi on the k grid of the shell's transform. */
export function exafsJob(table: NamedText, path: ScatteringPath, shell: ShellSettings): ExafsJob {
  const { k } = shellTransform(shell);
  return {
    table: { name: path.table.name, text: table.text },
    k: { from: k[0]!, to: k[k.length - 1]!, points: k.length },
  };
}
