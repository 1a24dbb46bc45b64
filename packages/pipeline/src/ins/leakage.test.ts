import { drawPlan, type PlanSpec, splitter } from '@spectraloom/sampling';
import { describe, expect, it } from 'vitest';
import { requireDisjointParts, unseenTestRows } from './leakage.js';

const fractions = { validation: 0.2, calibration: 0.2, test: 0.2 };
type Prior = PlanSpec['models'][number]['parameters'][number]['prior'];
type Accept = NonNullable<PlanSpec['models'][number]['accept']>;
const spec = (
  prior: Prior,
  seed = 3,
  rowsPerModel = 40,
  accept: Accept = () => true,
): PlanSpec => ({
  models: ['a', 'b'].map((label) => ({
    ...{ label, accept },
    parameters: [{ name: 'J', unit: 'meV', prior }],
  })),
  ...{ rowsPerModel, seed },
});

describe('no parameter set is in two parts', () => {
  it('holds for continuous priors', () => {
    const plan = drawPlan(spec({ kind: 'uniform', min: 0, max: 1 }));
    expect(() => requireDisjointParts(plan, fractions, 'here')).not.toThrow();
  });

  it('is refused where a plan repeats sets, both rows and parts named', () => {
    const plan = drawPlan(spec({ kind: 'grid', values: [1, 2, 3] }));
    expect(() => requireDisjointParts(plan, fractions, 'here')).toThrow(
      /in two parts .*rows \d+ \((train|validation|calibration|test)\) and \d+ \(.+\) are \["[ab]"/,
    );
    // The same values of another class are another set; one part alone leaks nothing.
    expect(() => requireDisjointParts(plan, { validation: 0, test: 0 }, 'here')).not.toThrow();
    const single = drawPlan(spec({ kind: 'fixed', value: 1 }, 3, 1));
    expect(() => requireDisjointParts(single, fractions, 'here')).not.toThrow();
  });
});

describe('test rows of another data set', () => {
  const prior: Prior = { kind: 'uniform', min: 0, max: 1 };
  const plan = drawPlan(spec(prior));
  const splitOf = splitter(plan.planId, fractions);
  const tests = [...Array(plan.rowCount).keys()].filter((row) => splitOf(row) === 'test');

  it('are all of them where the draws are the same, or none is shared', () => {
    const own = { plan, fractions };
    expect([...unseenTestRows(own, own)]).toEqual(tests);
    const other = { plan: drawPlan(spec(prior, 4)), fractions };
    expect([...unseenTestRows(other, own)]).toEqual(tests);
  });

  it('leave out the sets that the other training had, in whatever row', () => {
    // The same draws with those below 0.5 left out: another plan, the sets in other rows and parts.
    const half = drawPlan(spec(prior, 3, 40, (p) => p['J']! > 0.5));
    expect(half.planId).not.toBe(plan.planId);
    const trained = { plan: half, fractions };
    const unseen = unseenTestRows(trained, { plan, fractions });
    const halfOf = splitter(half.planId, fractions);
    const places = new Map(
      Array.from(half, ({ label, parameters }, row) => [JSON.stringify([label, parameters]), row]),
    );
    let left = 0;
    Array.from(plan).forEach(({ label, parameters }, row) => {
      if (splitOf(row) !== 'test') return expect(unseen.has(row)).toBe(false);
      const there = places.get(JSON.stringify([label, parameters]));
      const leaks = there !== undefined && halfOf(there) !== 'test';
      left += leaks ? 1 : 0;
      return expect(unseen.has(row), `row ${row}`).toBe(!leaks);
    });
    expect(left).toBeGreaterThan(2);
  });
});
