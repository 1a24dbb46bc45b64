import { PlanError } from '../errors.js';
import { keyOf } from '../hash/canonical.js';
import { openUnit, philox4x32 } from '../random/philox.js';

/** A part of a data set; every row is in exactly one. */
export type SplitName = 'train' | 'validation' | 'calibration' | 'test';

/** Parts of the rows kept from training; the rest is for training. */
export interface SplitFractions {
  readonly validation: number;
  readonly test: number;
  /** For what is fitted after training: temperature, thresholds; none if not given. */
  readonly calibration?: number;
}

/**
 * Which split a row is in: its hash, a number in (0, 1) from Philox keyed by the plan, is below
 * `test` for the test set, below `test + validation` for validation, below these and `calibration`
 * for calibration, else the row trains. A row is
 * in one split alone, wherever it lies and however the rows are read.
 * @param datasetId planId, or any text that names the data set
 * @throws PlanError PLAN_INVALID for fractions outside 0 .. 1 or a sum above 1
 */
export function splitter(datasetId: string, fractions: SplitFractions): (row: number) => SplitName {
  const { validation, test, calibration = 0 } = fractions;
  const sum = validation + test + calibration;
  if (!(validation >= 0 && test >= 0 && calibration >= 0 && sum <= 1)) {
    throw new PlanError({
      code: 'PLAN_INVALID',
      what: 'The fractions of a split do not hold',
      got: `validation ${validation}, test ${test}, calibration ${calibration}`,
      expected: 'numbers >= 0 with a sum <= 1',
    });
  }
  const key = keyOf(`${datasetId}/split`);
  const words = new Uint32Array(4);
  return (row) => {
    philox4x32(key, row, 0, 0, 0, words);
    const u = openUnit(words[0]!, words[1]!);
    if (u < test) return 'test';
    if (u < test + validation) return 'validation';
    return u < sum ? 'calibration' : 'train';
  };
}
