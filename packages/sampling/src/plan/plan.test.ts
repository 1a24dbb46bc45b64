import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { designKinds } from '../design/design.js';
import { PlanError } from '../errors.js';
import { canonicalJson, rowSeed, sha256Hex } from '../hash/canonical.js';
import { drawPlan, drawPlanAsync } from './draw.js';
import { epochOrder } from './epoch.js';
import { planFromJson, planToText } from './json.js';
import type { PlanSpec } from './spec.js';
import { splitter } from './split.js';

/** Two models of which 1/2 and about 79 % of the draws hold. */
function spec(overrides: Partial<PlanSpec> = {}): PlanSpec {
  return {
    models: [
      {
        label: 'half',
        parameters: [
          { name: 'J', unit: 'meV', prior: { kind: 'uniform', min: -1, max: 1 } },
          { name: 'D', unit: 'meV', prior: { kind: 'log-uniform', min: 0.01, max: 1 } },
          { name: 'g', unit: '', value: 2 },
        ],
        accept: (p) => (p.J! > 0 ? true : { accepted: false, reason: 'J not positive' }),
      },
      {
        label: 'disc',
        parameters: [
          { name: 'x', unit: '', prior: { kind: 'uniform', min: -1, max: 1 } },
          { name: 'y', unit: '', prior: { kind: 'uniform', min: -1, max: 1 } },
        ],
        accept: (p) => p.x! ** 2 + p.y! ** 2 <= 1,
      },
    ],
    rowsPerModel: 200,
    seed: 17,
    ...overrides,
  };
}

describe('drawPlan', () => {
  it.each(designKinds)('draws accepted rows alone and counts the rejected: %s', (design) => {
    const plan = drawPlan(spec({ design }));
    expect(plan.rowCount).toBe(400);
    for (const { label, parameters } of plan) {
      if (label === 'half') {
        expect(parameters.J).toBeGreaterThan(0);
        expect(parameters.D! >= 0.01 && parameters.D! <= 1).toBe(true);
        expect(parameters.g).toBe(2);
      } else expect(parameters.x! ** 2 + parameters.y! ** 2).toBeLessThanOrEqual(1);
    }
    const [half, disc] = plan.models;
    expect(half!.accepted).toBe(200);
    expect(half!.attempts).toBe(half!.accepted + half!.rejected);
    expect(half!.rejectedBy).toEqual({ 'J not positive': half!.rejected });
    expect(disc!.rejectedBy).toEqual({ rejected: disc!.rejected });
    expect(Math.abs(half!.acceptanceRate - 0.5)).toBeLessThan(0.12);
    expect(Math.abs(disc!.acceptanceRate - Math.PI / 4)).toBeLessThan(0.1);
  });

  it('alternates the models, so that any stretch is balanced', () => {
    const plan = drawPlan(spec());
    const labels = Array.from(plan, (row) => row.label);
    for (let i = 0; i < 400; i += 2) expect(new Set(labels.slice(i, i + 2)).size).toBe(2);
    const uneven = drawPlan(spec({ rowsPerModel: { half: 30, disc: 90 } }));
    const first = Array.from({ length: 40 }, (_, i) => uneven.row(i).label);
    expect(first.filter((label) => label === 'half').length).toBe(10);
    expect(Array.from(uneven).filter((row) => row.label === 'disc').length).toBe(90);
  });

  it('does not depend on the batch size, nor on who judges', async () => {
    const reference = planToText(drawPlan(spec()));
    for (const batchSize of [1, 7, 1000]) {
      expect(planToText(drawPlan(spec(), { batchSize }))).toBe(reference);
      const accept = new Map(spec().models.map((m) => [m.label, m.accept!]));
      const plan = await drawPlanAsync(
        spec(),
        async ({ label, draws }) => draws.map((draw) => accept.get(label)!(draw)),
        { batchSize },
      );
      expect(planToText(plan)).toBe(reference);
    }
  });

  it('draws a model the same whatever stands beside it, and another seed otherwise', () => {
    const one = drawPlan({ ...spec(), models: [spec().models[1]!] });
    const both = drawPlan(spec());
    const disc = Array.from(both).filter((row) => row.label === 'disc');
    expect(Array.from(one, (r) => r.parameters)).toEqual(disc.map((r) => r.parameters));
    expect(one.planId).not.toBe(both.planId);
    expect(drawPlan(spec({ seed: 18 })).row(0).parameters).not.toEqual(both.row(0).parameters);
    expect(drawPlan(spec({ seed: 2n ** 64n - 1n })).seed).toBe(2n ** 64n - 1n);
  });

  it('is immutable', () => {
    const plan = drawPlan(spec());
    const row = plan.row(3);
    expect(() => {
      (row.parameters as Record<string, number>).x = 5;
    }).toThrow(TypeError);
    expect(() => {
      (plan.models[0] as { accepted: number }).accepted = 5;
    }).toThrow(TypeError);
    (plan.toJSON().models[0]!.values as number[][])[0]![0] = 99;
    expect(planFromJson(planToText(plan)).planId).toBe(plan.planId);
  });

  it('plans 100,000 rows', () => {
    const plan = drawPlan(spec({ rowsPerModel: 50_000 }));
    expect(plan.rowCount).toBe(100_000);
  });

  it('gives up on a model that accepts nothing, and says so', () => {
    const hopeless = spec({ maxAttemptsPerRow: 2 });
    const models = [{ ...hopeless.models[0]!, accept: () => false }];
    expect(() => drawPlan({ ...hopeless, models })).toThrow(
      /model half.*0 accepted of 1400 draws.*200 rows.*narrow the priors/,
    );
  });

  it('reports progress and can be cancelled', () => {
    const controller = new AbortController();
    const seen: number[] = [];
    expect(() =>
      drawPlan(spec(), {
        batchSize: 50,
        signal: controller.signal,
        onProgress: (p) => {
          seen.push(p.rowsDone);
          expect(p.rowsTotal).toBe(400);
          if (p.rowsDone > 100) controller.abort();
        },
      }),
    ).toThrow(expect.objectContaining({ code: 'CANCELLED' }));
    expect(seen.length).toBeGreaterThan(2);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  it.each<[string, Partial<PlanSpec>, RegExp]>([
    ['no rows', { rowsPerModel: 0 }, /0 rows in all/],
    ['half a row', { rowsPerModel: 1.5 }, /rowsPerModel/],
    ['unknown label', { rowsPerModel: { half: 1, disc: 1, other: 2 } }, /no model other/],
    ['missing label', { rowsPerModel: { half: 1 } }, /nothing for model disc/],
    ['negative seed', { seed: -1 }, /seed/],
    ['seed too large', { seed: 2n ** 64n }, /seed/],
    ['no models', { models: [] }, /models/],
    ['label twice', { models: [spec().models[0]!, spec().models[0]!] }, /half is given twice/],
    ['unknown design', { design: 'halton' as 'sobol' }, /design/],
  ])('refuses a specification: %s', (_name, overrides, message) => {
    expect(() => drawPlan(spec(overrides))).toThrow(message);
    expect(() => drawPlan(spec(overrides))).toThrow(PlanError);
  });
});

describe('planId', () => {
  it('is the sha256 of the canonical JSON, and seeds follow from it', () => {
    const plan = drawPlan(spec());
    const { planId, ...body } = plan.toJSON();
    expect(planId).toBe(sha256Hex(canonicalJson(body)));
    expect(plan.row(5).seed).toBe(rowSeed(planId, 5));
    expect(new Set(Array.from(plan, (r) => r.seed)).size).toBe(plan.rowCount);
    expect(rowSeed('ab', 1)).toBe(BigInt(`0x${sha256Hex('ab/row/1').slice(0, 16)}`));
  });

  it('survives the file and notices any change to it', () => {
    const text = planToText(drawPlan(spec({ rowsPerModel: 10 })));
    expect(planToText(planFromJson(text))).toBe(text);
    expect(planToText(planFromJson(JSON.parse(text)))).toBe(text);
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.constantFrom(...'0179a"}{,.-'), (at, c) => {
        fc.pre(text[at] !== c);
        const altered = text.slice(0, at) + c + text.slice(at + 1);
        let message = '';
        try {
          // A number may keep its value under another spelling; anything else must be noticed.
          expect(planToText(planFromJson(altered))).toBe(text);
        } catch (error) {
          expect(error).toBeInstanceOf(PlanError);
          message = (error as PlanError).code;
          expect(['PLAN_ALTERED', 'PLAN_INVALID']).toContain(message);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('canonicalJson', () => {
  it('does not depend on the order of keys, and parses back to the value', () => {
    expect(canonicalJson({ b: [1, null], a: { d: -0, c: 'é"' }, e: undefined })).toBe(
      '{"a":{"c":"é\\"","d":0},"b":[1,null]}',
    );
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalJson(JSON.parse(text))).toBe(text);
      }),
    );
    for (const bad of [Number.NaN, Infinity, 1n, () => 1]) {
      expect(() => canonicalJson({ bad })).toThrow(/no JSON form/);
    }
  });
});

describe('splits', () => {
  it('puts each row in one split, near the fractions asked for, at no fixed places', () => {
    const n = 20_000;
    const split = splitter('some plan', { validation: 0.1, test: 0.2 });
    const names = Array.from({ length: n }, (_, row) => split(row));
    const count = (name: string) => names.filter((s) => s === name).length;
    expect(Math.abs(count('test') / n - 0.2)).toBeLessThan(0.015);
    expect(Math.abs(count('validation') / n - 0.1)).toBeLessThan(0.015);
    expect(count('train') + count('validation') + count('test')).toBe(n);
    // By hash, not by position: each tenth of the rows has its share.
    for (let part = 0; part < 10; part++) {
      const slice = names.slice((part * n) / 10, ((part + 1) * n) / 10);
      expect(slice.filter((s) => s === 'test').length / slice.length).toBeCloseTo(0.2, 1);
    }
    const other = splitter('other plan', { validation: 0.1, test: 0.2 });
    expect(names.some((s, row) => s !== other(row))).toBe(true);
    expect(names).toEqual(Array.from({ length: n }, (_, row) => split(row)));
  });

  it('takes the rows for calibration from those for training, and from no others', () => {
    const a = splitter('p', { validation: 0.1, test: 0.2 });
    const b = splitter('p', { validation: 0.1, test: 0.2, calibration: 0.15 });
    let calibration = 0;
    for (let row = 0; row < 10_000; row++) {
      if (b(row) === 'calibration') {
        calibration++;
        expect(a(row)).toBe('train');
      } else expect(b(row)).toBe(a(row));
    }
    expect(Math.abs(calibration / 10_000 - 0.15)).toBeLessThan(0.015);
    expect(() => splitter('p', { validation: 0.5, test: 0.4, calibration: 0.2 })).toThrow(
      PlanError,
    );
  });

  it('no parameter set is in two splits: none comes twice in a plan', () => {
    for (const design of designKinds) {
      const plan = drawPlan(spec({ design }));
      const split = splitter(plan.planId, { validation: 0.2, test: 0.2, calibration: 0.2 });
      const seen = new Map<string, string>();
      Array.from(plan).forEach(({ label, parameters }, row) => {
        const key = JSON.stringify([label, parameters]);
        expect(seen.has(key), `${design}: row ${row} repeats one in ${seen.get(key)}`).toBe(false);
        seen.set(key, split(row));
      });
      expect(new Set(seen.values()).size).toBe(4);
    }
  });

  it('keeps the test set when validation changes', () => {
    const a = splitter('p', { validation: 0.1, test: 0.2 });
    const b = splitter('p', { validation: 0.3, test: 0.2 });
    for (let row = 0; row < 1000; row++) expect(a(row) === 'test').toBe(b(row) === 'test');
    expect(() => splitter('p', { validation: 0.6, test: 0.5 })).toThrow(PlanError);
  });
});

describe('epochOrder', () => {
  it('visits each row once, otherwise in each epoch and for each seed', () => {
    const order = (seed: number, epoch: number) => {
      const at = epochOrder('manifest', seed, epoch, 500);
      return Array.from({ length: 500 }, (_, i) => at(i));
    };
    const all = Array.from({ length: 500 }, (_, i) => i);
    for (const o of [order(1, 0), order(1, 1), order(2, 0)]) {
      expect([...o].sort((a, b) => a - b)).toEqual(all);
    }
    expect(order(1, 0)).toEqual(order(1, 0));
    expect(order(1, 0)).not.toEqual(order(1, 1));
    expect(order(1, 0)).not.toEqual(order(2, 0));
  });
});
