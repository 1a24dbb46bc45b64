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

/** The energies of a target's spectra. */
export function gridOf({ simulate, grid }: XrayTarget): Float64Array {
  const { from, to, points } = (simulate?.gridEv ?? grid)!;
  return Float64Array.from({ length: points }, (_, i) => from + ((to - from) * i) / (points - 1));
}

/** Where a target's points begin in a row of the data set, and behind which they end. */
export function spanOf(targets: readonly XrayTarget[], index: number): readonly [number, number] {
  const lengths = targets.map((t) => (t.simulate?.gridEv ?? t.grid)!.points);
  const from = lengths.slice(0, index).reduce((sum, n) => sum + n, 0);
  return [from, from + lengths[index]!];
}
