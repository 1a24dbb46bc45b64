import { readFileSync, readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkModel } from './check.js';

const examples = new URL('../../../../examples/models/', import.meta.url);
const pcsmo = new URL('../../../../pipelines/pcsmo/models/', import.meta.url);
const texts = [
  ...readdirSync(examples).map((f) => readFileSync(new URL(f, examples), 'utf8')),
  readFileSync(new URL('goodenough.yaml', pcsmo), 'utf8'),
].filter((t) => !t.includes('ewald'));

const junk = fc.constantFrom(
  ...[
    '',
    '0',
    '-1',
    '.nan',
    '1e400',
    'null',
    '[]',
    '{}',
    '"x"',
    '[1, 2]',
    '1/0',
    'true',
    '*a',
    '{a: 1}',
  ],
  ...[
    '[0, 0, 0]',
    '!!js/function "x"',
    '__proto__',
    'constructor',
    '- -',
    '99999',
    '"#1"',
    'J1*J2',
  ],
);

describe('a spoilt file', () => {
  it('is reported, never thrown, whatever a value or a line is replaced with', () => {
    fc.assert(
      fc.property(
        fc.nat(texts.length - 1),
        fc.nat(1e6),
        junk,
        fc.constantFrom('value', 'line', 'drop', 'swap'),
        (which, at, replacement, how) => {
          const lines = texts[which]!.split('\n');
          const i = at % lines.length;
          if (how === 'drop') lines.splice(i, 1);
          else if (how === 'line') lines[i] = replacement;
          else if (how === 'swap') lines.reverse();
          else {
            const values = [...lines[i]!.matchAll(/[-\w./]+/g)];
            const v = values[at % Math.max(1, values.length)];
            if (v) {
              lines[i] =
                lines[i]!.slice(0, v.index) + replacement + lines[i]!.slice(v.index + v[0].length);
            }
          }
          const report = checkModel(lines.join('\n'), { source: 'm.yaml', starts: 0 });
          if (!report.ok) {
            expect(report.problems.length).toBeGreaterThan(0);
            expect(report.problems.some((p) => p.severity === 'error')).toBe(true);
          }
          for (const p of report.problems) {
            expect(p.what.length).toBeGreaterThan(5);
            expect(p.what).not.toMatch(/Invalid input|undefined|\[object/);
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  it('does not reach the prototype of objects', () => {
    for (const key of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      const report = checkModel(`name: x\n${key}: { polluted: 1 }\n`);
      expect(report.ok).toBe(false);
      const parameters = checkModel(
        `name: x\nlattice: { a: 1, b: 1, c: 1 }\nparameters: { ${key}: 1 }\nsites: [{ label: A, position: [0, 0, 0], spin: 1, ion: ${key}, direction: [0, 0, 1] }]\ninteractions: [{ exchange: ${key}, vector: [1, 0, 0] }]`,
      );
      expect(parameters.problems.map((p) => p.code)).toContain('UNKNOWN_ION');
    }
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
