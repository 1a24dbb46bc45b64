import { type Plan, type SplitFractions, splitter } from '@spectraloom/sampling';
import { PipelineError } from '../errors.js';

/** A parameter set by itself: class and values, whatever row it lies in. */
function setsOf(plan: Plan): string[] {
  return Array.from(plan, ({ label, parameters }) => JSON.stringify([label, parameters]));
}

/**
 * No parameter set may be in two parts of a split: what a network was trained on would test it. Rows are
 * dealt out one by one, so a plan that holds the same set twice (priors of a few values) could do that.
 * @throws PipelineError PIPELINE_INVALID, with the two rows
 */
export function requireDisjointParts(plan: Plan, fractions: SplitFractions, where: string): void {
  const splitOf = splitter(plan.planId, fractions);
  const first = new Map<string, number>();
  for (const [row, set] of setsOf(plan).entries()) {
    const before = first.get(set);
    if (before === undefined) {
      first.set(set, row);
      continue;
    }
    const [a, b] = [splitOf(before), splitOf(row)];
    if (a === b) continue;
    throw new PipelineError('PIPELINE_INVALID', {
      what: 'one parameter set is in two parts of the split: training would know what it is tested on',
      where,
      got: `rows ${before} (${a}) and ${row} (${b}) are ${set}`,
      expected: 'parameter sets that differ, or repeat within one part',
      next: 'give at least one parameter of the model a continuous prior, or take fewer rows',
    });
  }
}

/** A data set's plan, and how its rows are dealt out. */
export interface Parted {
  readonly plan: Plan;
  readonly fractions: SplitFractions;
}

/**
 * Test rows of `tested` whose parameter sets are in no part of `trained` but its test part: data sets of
 * other draws (unstable ones kept) share a part of their sets with the reference, in other rows.
 */
export function unseenTestRows(trained: Parted, tested: Parted): Set<number> {
  const own = splitter(trained.plan.planId, trained.fractions);
  const seen = new Set(setsOf(trained.plan).filter((_, row) => own(row) !== 'test'));
  const other = splitter(tested.plan.planId, tested.fractions);
  const rows = new Set<number>();
  for (const [row, set] of setsOf(tested.plan).entries()) {
    if (other(row) === 'test' && !seen.has(set)) rows.add(row);
  }
  return rows;
}
