import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PlanError } from '../errors.js';
import { parseConstraint } from './constraint.js';
import { drawPlan } from './draw.js';
import { planFromJson, planToText } from './json.js';
import type { PlanSpec } from './spec.js';

const names = ['J_A', 'J_F1', 'D'];
const holds = (text: string, ...values: number[]) => parseConstraint(text, names, 'm')(values);

describe('parseConstraint', () => {
  it.each<[string, boolean]>([
    ['J_A < -J_F1', true],
    ['J_A > -J_F1', false],
    ['0 <= D <= 0.1 * abs(J_F1)', true],
    ['0 <= D < 0.5', false],
    ['J_A + 2 * D - 1 >= 1.5', true],
    ['(J_A + 2) * D > 1.9', false],
    ['J_A - 1 - 0.5 <= 0', true],
    ['8 / 2 / 2 <= 2', true],
    ['min(J_A, D, 3) < 0.51', true],
    ['max(J_A, J_F1) >= 1.5', true],
    ['--J_A > 1.4e0', true],
    ['sqrt(J_F1) > 0', false],
    ['.5 <= D', true],
  ])('%s', (text, expected) => {
    expect(holds(text, 1.5, -10, 0.5)).toBe(expected);
  });

  it('computes as arithmetic does', () => {
    const leaf = fc.constantFrom('J_A', 'J_F1', 'D', '2', '0.25', '3e1');
    const { expression } = fc.letrec<{ expression: string }>((tie) => ({
      expression: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc
          .tuple(tie('expression'), fc.constantFrom('+', '-', '*', '/'), tie('expression'))
          .map(([a, operator, b]) => `${a} ${operator} ${b}`),
        tie('expression').map((a) => `(${a})`),
        tie('expression').map((a) => `-(${a})`),
      ),
    }));
    const value = fc.double({ min: -10, max: 10, noNaN: true });
    fc.assert(
      fc.property(expression, value, value, value, (text, a, b, d) => {
        const reference = new Function('J_A', 'J_F1', 'D', `return ${text}`) as (
          ...v: number[]
        ) => number;
        expect(holds(`${text} <= 1`, a, b, d)).toBe(reference(a, b, d) <= 1);
      }),
    );
  });

  it.each([
    ['J_A', /its end.*<, <=, > or >=/],
    ['J_A < ', /its end.*a number/],
    ['J_B < 1', /got: 'J_B'.*one of J_A, J_F1, D/],
    ['J_A < 1)', /got: '\)'/],
    ['(J_A < 1', /'\)'/],
    ['J_A = 1', /got: '='/],
    ['process.exit() < 1', /not understood.*got: 'process'/],
    ['constructor(1) < 1', /got: 'constructor'/],
    ['1.2.3 < J_A', /got: '\.3'/],
    ['', /its end/],
    ['('.repeat(1000), /fewer parentheses/],
  ])('refuses %j', (text, message) => {
    expect(() => holds(text, 0, 0, 0)).toThrow(message);
    expect(() => holds(text, 0, 0, 0)).toThrow(PlanError);
  });
});

describe('a plan with constraints', () => {
  const uniform = { kind: 'uniform' as const, min: -1, max: 1 };
  const spec: PlanSpec = {
    models: [
      {
        label: 'm',
        parameters: [
          { name: 'a', unit: 'meV', prior: uniform },
          { name: 'b', unit: 'meV', prior: uniform },
        ],
        constraints: ['a < b', 'b < 0.5'],
        accept: ({ a, b }) => {
          expect(a! < b! && b! < 0.5).toBe(true);
          return a! > -0.8 || { accepted: false, reason: 'unstable' };
        },
      },
    ],
    rowsPerModel: 300,
    seed: 1,
  };

  it('draws none that breaks one, counts each reason, and asks about the others alone', () => {
    const plan = drawPlan(spec);
    for (const { parameters } of plan) {
      const { a, b } = parameters as { a: number; b: number };
      expect(-0.8 < a && a < b && b < 0.5).toBe(true);
    }
    const [model] = plan.models;
    expect(Object.keys(model!.rejectedBy).sort()).toEqual([
      'constraint a < b',
      'constraint b < 0.5',
      'unstable',
    ]);
    // The region is a triangle of side 1.3 in a square of side 2.
    expect(Math.abs(model!.acceptanceRate - 1.3 ** 2 / 2 / 4)).toBeLessThan(0.02);
    const total = Object.values(model!.rejectedBy).reduce((sum, n) => sum + n, 0);
    expect(total).toBe(model!.rejected);
  });

  it('is the same for any batch size, and keeps its constraints in its file', () => {
    const text = planToText(drawPlan(spec));
    expect(planToText(drawPlan(spec, { batchSize: 3 }))).toBe(text);
    const back = planFromJson(text);
    expect(back.models[0]!.constraints).toEqual(['a < b', 'b < 0.5']);
    expect(planToText(back)).toBe(text);
  });
});
