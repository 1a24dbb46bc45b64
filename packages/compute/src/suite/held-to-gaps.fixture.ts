import { expect } from 'vitest';
import { selectBackend } from '../backend/select.js';
import type { BackendName } from '../backend/types.js';
import { knownGaps } from './gaps.js';
import { runDeviceSuite, suiteCases } from './run.js';

/** Runs the whole suite on a backend; what fails must be in the list of gaps, and all of that. */
export async function holdToKnownGaps(backend: BackendName): Promise<void> {
  const { device } = await selectBackend({ require: backend });
  const results = await runDeviceSuite();
  expect(results.length).toBeGreaterThan(2 * suiteCases.length);
  const failed = results.filter(({ outcome }) => outcome !== 'right');
  const unexpected = failed.filter(
    ({ name, order }) =>
      !knownGaps.some((g) => g.name === name && g.order === order && g.backends.includes(backend)),
  );
  expect(
    unexpected.map((r) => `${r.name} [${r.shapes}] ${r.order}: ${r.outcome}, ${r.message}`),
    `on ${device}`,
  ).toEqual([]);
  const closed = knownGaps.filter(
    (gap) =>
      gap.backends.includes(backend) &&
      !failed.some(({ name, order }) => name === gap.name && order === gap.order),
  );
  expect(
    closed.map(({ name, order }) => `${name} ${order}`),
    'closed: take it off the list in gaps.ts',
  ).toEqual([]);
}
