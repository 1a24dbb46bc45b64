import { epochOrder, type SplitFractions, type SplitName, splitter } from '@spectraloom/sampling';
import { ShardsError } from '../errors.js';
import type { Manifest } from './manifest.js';

/** Where an epoch stands: all that is needed to go on from there, whoever reads. */
export interface ResumeState {
  /** manifestHash of the data set. */
  readonly manifest: string;
  readonly split: SplitName | 'all';
  /** The fractions the split was made with. */
  readonly fractions: SplitFractions;
  readonly seed: number;
  readonly epoch: number;
  /** Rows of the epoch already used. */
  readonly consumed: number;
}

export const noSplit: SplitFractions = { validation: 0, test: 0 };

/** Rows of a split, ascending. */
export function rowsOfSplit(
  manifest: Manifest,
  split: SplitName | 'all',
  fractions: SplitFractions,
): Uint32Array {
  if (split === 'all') return Uint32Array.from({ length: manifest.rows }, (_, row) => row);
  const splitOf = splitter(manifest.planId, fractions);
  const rows = new Uint32Array(manifest.rows);
  let n = 0;
  for (let row = 0; row < manifest.rows; row++) if (splitOf(row) === split) rows[n++] = row;
  return rows.slice(0, n);
}

/**
 * The order of one epoch, computed position by position from (seed, epoch, manifest).
 * @param shuffle false: ascending rows
 * @returns position -> row
 */
export function orderOf(
  manifest: Manifest,
  rows: Uint32Array,
  seed: number,
  epoch: number,
  shuffle: boolean,
): (position: number) => number {
  if (!shuffle) return (position) => rows[position]!;
  const order = epochOrder(manifest.manifestHash, seed, epoch, rows.length);
  return (position) => rows[order(position)]!;
}

/** @throws ShardsError READ_INVALID when a state is of another data set or beyond its end */
export function checkResume(state: ResumeState, manifest: Manifest, rows: number): void {
  const refuse = (what: string, got: string, expected: string) =>
    new ShardsError({
      code: 'READ_INVALID',
      what,
      got,
      expected,
      next: 'start the epoch anew, or give the folder the state was taken from',
    });
  if (state.manifest !== manifest.manifestHash) {
    throw refuse(
      'The reading state is of another data set',
      `manifest ${state.manifest}`,
      `manifest ${manifest.manifestHash}`,
    );
  }
  const { consumed } = state;
  if (!(Number.isInteger(consumed) && consumed >= 0 && consumed <= rows)) {
    throw refuse('The reading state is beyond the epoch', `${consumed} rows`, `0 .. ${rows}`);
  }
}
