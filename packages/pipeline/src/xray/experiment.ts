import type { RunChoice } from '../ins/experiment.js';
import type { LoadedXray, XrayPreset, XrayTarget } from './files.js';

/** Everything the stages of one structure-to-spectrum pipeline share. Made once, never changed. */
export interface XrayExperiment {
  readonly root: string;
  readonly pipeline: LoadedXray;
  readonly preset: XrayPreset;
  readonly presetName: string;
  readonly choice: RunChoice;
}

/** The energies of a simulated target's spectra. */
export function gridOf({ simulate }: XrayTarget): Float64Array {
  const { from, to, points } = simulate!.gridEv;
  return Float64Array.from({ length: points }, (_, i) => from + ((to - from) * i) / (points - 1));
}
