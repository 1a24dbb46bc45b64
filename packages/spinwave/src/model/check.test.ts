import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkModel } from './check.js';
import { formatReport } from './formatReport.js';

const chain = (j: number, extra = '', direction = '[0, 0, 1]') => `
name: chain
lattice: { a: 4, b: 9, c: 9 }
parameters: { J: ${j} }
sites:
  - { label: A, position: [0, 0, 0], spin: 1, direction: ${direction} }
  - { label: B, position: [1/2, 0, 0], spin: 1, direction: [0, 0, -1] }
interactions: [{ name: nn, exchange: J, shell: 1 }]
${extra}`;
const warnings = (text: string) => checkModel(text).problems.map((p) => p.code);

describe('checkModel', () => {
  it('does not call a state ok in which a spin feels a torque, and names the spin', () => {
    expect(warnings(chain(1, '', '[1, 0, 0]'))).toContain('TORQUE');
    expect(checkModel(chain(1, '', '[1, 0, 0]')).ok).toBe(false);
  });

  it('warns of a state of lower energy in the same cell', () => {
    expect(warnings(chain(1))).toEqual([]);
    expect(warnings(chain(-1))).toContain('NOT_GROUND_STATE');
  });

  it('warns of a propagation vector that lies lower', () => {
    const report = checkModel(`
name: chain
lattice: { a: 4, b: 9, c: 9 }
sites: [{ label: A, position: [0, 0, 0], spin: 1, direction: [0, 0, 1] }]
interactions: [{ exchange: 1, vector: [1, 0, 0] }]`);
    expect(report.problems.map((p) => p.code)).toEqual(['LOWER_K', 'UNSTABLE']);
    expect(report.problems[0]!.what).toMatch(/k = \(0.5, 0, 0\).* bound -1.0000000 meV/);
  });

  it('does not call a model ok whose state has no spectrum, and names the worst q', () => {
    // a ferromagnetic state on antiferromagnetic bonds: H(q) = 2 J S (cos 2 pi h - 1), lowest at h = 1/2
    const report = checkModel(`
name: chain
lattice: { a: 4, b: 9, c: 9 }
sites: [{ label: A, position: [0, 0, 0], spin: 1, direction: [0, 0, 1] }]
interactions: [{ exchange: 1, vector: [1, 0, 0] }]`);
    expect(report.ok).toBe(false);
    expect(report.stability!.worstMeV).toBeCloseTo(-4, 6);
    expect(report.stability!.worstQ[0]).toBeCloseTo(0.5, 3);
    expect(formatReport(report)).toMatch(/error: the spin state is not a minimum/);
  });

  it('refuses lattice constants, numbers and aliases that nothing can be worked out from', () => {
    const codes = (text: string) => checkModel(text).problems.map((p) => p.code);
    expect(codes(chain(1).replace('a: 4', 'a: 1e300'))).toEqual(['SHAPE']);
    expect(codes(chain(1).replace('a: 4', 'a: 1e9'))).toEqual(['SINGULAR_CELL']);
    expect(codes(chain(1).replace('a: 4', 'a: 1e-9'))).toEqual(['SINGULAR_CELL']);
    expect(codes(chain(1).replace('J: 1', 'J: 1e308'))).toHaveLength(1);
    expect(codes(chain(1).replace('exchange: J', 'exchange: 1e300*J'))).toContain('NOT_FINITE');
    expect(codes(chain(1, 'references: &r [a, *r]'))).toEqual(['ALIASES']);
    expect(codes('&a\nname: [*a]')).toEqual(['ALIASES']);
  });

  it('warns of parameters nothing uses, and of rules that share bonds', () => {
    expect(warnings(chain(1, 'temperature: 5').replace('J: 1', 'J: 1, K: 2'))).toEqual([
      'UNUSED_PARAMETER',
    ]);
    expect(
      warnings(chain(1).replace('shell: 1 }]', 'shell: 1 }, { exchange: 0.1, distance: 2 }]')),
    ).toEqual(['BOND_IN_TWO_RULES']);
  });

  it('reports PCSMO: sites, shells and rules of pcsmo.md, and no problem', () => {
    const file = new URL('../../../../pipelines/pcsmo/models/goodenough.yaml', import.meta.url);
    const report = checkModel(readFileSync(file, 'utf8'));
    expect(report.problems).toEqual([]);
    expect(report.classicalEnergyMeV).toBeCloseTo(-649.495, 3);
    const shell = (n: number) => report.shells.find((s) => s.shell === n)!;
    expect(
      [1, 2, 3, 8].map((n) => [Number(shell(n).lengthAngstrom.toFixed(4)), shell(n).pairs]),
    ).toEqual([
      [3.8424, 32],
      [3.8532, 8],
      [5.408, 16],
      [7.6849, 32],
    ]);
    const text = formatReport(report);
    expect(text).toMatch(/Mn4#8 .* S = 1.75 {2}Mn4/);
    expect(text).toMatch(/J_F2 +8 bonds {2}7.6849 Å/);
    expect(text).toMatch(/classical energy -649.495/);
    expect(text.trim().endsWith('ok')).toBe(true);
  });

  it('writes problems with place and advice', () => {
    const text = formatReport(checkModel(chain(1).replace('shell', 'shel'), { source: 'm.yaml' }));
    expect(text).toMatch(
      /error: unknown key 'shel'\n {2}where: m.yaml:8:\d+ .*\n {2}next: did you/,
    );
    expect(text.trim().endsWith('1 error')).toBe(true);
  });
});
