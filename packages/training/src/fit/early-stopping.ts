import type { ClassificationMetrics } from '../metrics/classification.js';
import type { FitSettings } from './options.js';

/** Which epoch was best so far and how long ago; plain data, so that it can be stored. */
export interface BestSoFar {
  epoch: number;
  value: number;
}

type Rule = FitSettings['earlyStopping'];

/** Is `metrics` better than what was best? Higher accuracy; lower NLL and ECE. */
export function isBetter(
  rule: Rule,
  metrics: Pick<ClassificationMetrics, 'accuracy' | 'nll' | 'ece'>,
  best: BestSoFar | undefined,
): boolean {
  const value = metrics[rule.metric];
  if (best === undefined) return true;
  return rule.metric === 'accuracy'
    ? value > best.value + rule.minDelta
    : value < best.value - rule.minDelta;
}

/** Has the patience run out after `epoch`? It is counted from epoch `from` at the earliest. */
export function isOver(rule: Rule, epoch: number, best: BestSoFar, from = 0): boolean {
  return rule.patience !== undefined && epoch - Math.max(from, best.epoch) >= rule.patience;
}
