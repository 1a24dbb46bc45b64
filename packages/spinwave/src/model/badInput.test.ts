import { describe, expect, it } from 'vitest';
import { ModelError } from '../errors.js';
import { checkModel } from './check.js';
import { parseSpinModel } from './parse.js';

/** A sound model whose parts a test can spoil. */
const good = {
  lattice: 'lattice: { a: 4, b: 5, c: 6 }',
  parameters: 'parameters: { J: { value: 1, prior: { uniform: [0, 2] } } }',
  sites: `sites:
  - { label: A, position: [0, 0, 0], spin: 1, direction: [0, 0, 1] }
  - { label: B, position: [0.5, 0, 0], spin: 1, direction: [0, 0, -1] }`,
  interactions: 'interactions: [{ exchange: J, shell: 1 }]',
  extra: '',
};

const file = (parts: Partial<typeof good> = {}) =>
  ['name: test', ...Object.values({ ...good, ...parts })].join('\n');

/** The problems of a spoilt file, each "code @text at its place| what | got | next". */
function problems(parts: Partial<typeof good>): string[] {
  const text = file(parts);
  const report = checkModel(text, { source: 'm.yaml', starts: 0 });
  expect(report.ok).toBe(false);
  expect(() => parseSpinModel(text, { source: 'm.yaml' })).toThrow(ModelError);
  return report.problems
    .filter((p) => p.severity === 'error')
    .map((p) => {
      const at = text.split('\n')[p.line! - 1]!.slice(p.column! - 1, p.column! + 11);
      return `${p.code} @${at}| ${p.what} | ${p.got ?? ''} | ${p.next ?? ''}`;
    });
}

const site = (text: string) => ({ sites: `sites:\n  - ${text}` });
const oneSite = (rest: string) =>
  site(`{ label: A, position: [0, 0, 0], spin: 1, direction: [0, 0, 1]${rest} }`);
const rule = (text: string) => ({ interactions: `interactions:\n  - ${text}` });

describe('bad input is named with its place', () => {
  it('the model the tests spoil is sound', () => {
    expect(checkModel(file(), { source: 'm.yaml' }).problems).toEqual([]);
  });

  it('zero and negative spin', () => {
    const spoilt = (spin: string) =>
      problems({ sites: good.sites.replace('[0.5, 0, 0], spin: 1', `[0.5, 0, 0], spin: ${spin}`) });
    expect(spoilt('0')[0]).toMatch(/^SPIN @0, direction\| the spin of site 'B' is zero/);
    expect(spoilt('-1/2')[0]).toMatch(
      /^SPIN @-1\/2, direct\| the spin of site 'B' is negative \| -0.5/,
    );
  });

  it('a moment that is not along the declared spin', () => {
    const [first] = problems({
      ...oneSite(', moment: [0.5, 0, 1]'),
      ...rule('{ exchange: J, vector: [1, 0, 0] }'),
    });
    expect(first).toMatch(
      /^MOMENT_SPIN @\[0.5, 0, 1\].*not along its declared spin \| an angle of 26.5/,
    );
  });

  it('a moment longer than the spin allows', () => {
    const [first] = problems({
      ...site('{ label: A, position: [0, 0, 0], spin: 1/2, moment: [0, 0, 3] }'),
      ...rule('{ exchange: J, vector: [1, 0, 0] }'),
    });
    expect(first).toMatch(/^MOMENT_SPIN @\[0, 0, 3\].*longer than its spin allows/);
  });

  it('a spin without a direction, and a direction without a length', () => {
    expect(problems(site('{ label: A, position: [0, 0, 0], spin: 1 }')).join()).toMatch(
      /NO_DIRECTION @{ label: A, .* site 'A' has no spin direction/,
    );
    expect(
      problems(site('{ label: A, position: [0, 0, 0], spin: 1, direction: [0, 0, 0] }')).join(),
    ).toMatch(/ZERO_VECTOR @\[0, 0, 0\] }/);
  });

  it('two sites in one place, also by symmetry and modulo the cell', () => {
    const overlap = (position: string, extra = '') =>
      problems({ sites: good.sites.replace('[0.5, 0, 0]', position), extra }).join();
    expect(overlap('[0, 0, 1]')).toMatch(
      /^SITE_OVERLAP @\[0, 0, 1\], .* two sites in one place: 'B' and 'A' \(sites\[0\]\)/,
    );
    expect(overlap('[1/2, 0, 0]', "symmetry: { operations: ['x+1/2, y, z'] }")).toMatch(
      /^SITE_OVERLAP @\[1\/2, 0, 0\]/,
    );
  });

  it('a bond to itself', () => {
    expect(problems(rule('{ exchange: J, bond: { from: A, to: A } }'))[0]).toMatch(
      /^SELF_BOND @{ from: A, t.* the bond ties site 'A' to itself/,
    );
    expect(problems(rule('{ exchange: J, vector: [0, 0, 0] }'))[0]).toMatch(
      /^SELF_BOND @\[0, 0, 0\] }/,
    );
  });

  it('a bond to nothing', () => {
    expect(problems(rule('{ exchange: J, bond: { from: A, to: C } }'))[0]).toMatch(
      /^NO_SUCH_SITE @C } }\| no site is called 'C'.*did you mean/,
    );
    expect(problems(rule('{ exchange: J, bond: { from: A, to: [0, 0, 0.3] } }'))[0]).toMatch(
      /^NO_SUCH_SITE @\[0, 0, 0.3\].* no site lies at \(0, 0, 0.3\)/,
    );
    expect(problems(rule("{ exchange: J, bond: { from: A, to: 'B#2' } }"))[0]).toMatch(
      /^NO_SUCH_SITE @'B#2' .*there is no site 'B#2'/,
    );
    expect(problems(rule('{ exchange: J, shell: 1, from: Mn }'))[0]).toMatch(/^NO_SUCH_SITE @Mn }/);
  });

  it('a shell, distance, direction or condition that matches no bond', () => {
    expect(problems(rule('{ exchange: J, distance: 2.1 }'))[0]).toMatch(
      /^NO_BONDS @2.1 }\| the rule matches no bond \| distance 2.1 \| the nearest lengths are 2 Å/,
    );
    expect(problems(rule('{ exchange: J, shell: 1, from: A, to: A }'))[0]).toMatch(
      /^NO_BONDS @1, from: A,/,
    );
    expect(problems(rule('{ exchange: J, shell: 1, spins: equal }'))[0]).toMatch(
      /^NO_BONDS @equal }\| none of the 2 bonds joins equal spins/,
    );
    expect(problems(rule('{ exchange: J, shell: 1, count: 3 }'))[0]).toMatch(
      /^BOND_COUNT @3 }.*\| 2 bonds/,
    );
    expect(problems(rule("{ exchange: J, shell: 1, where: 'step.q > 0' }"))[0]).toMatch(
      /^CONDITION @'step.q > 0'\| cannot read the condition/,
    );
  });

  it('a rule that picks bonds in no way, or in two', () => {
    expect(problems(rule('{ exchange: J }'))[0]).toMatch(
      /^RULE @{ exchange:.*does not say which bonds/,
    );
    expect(problems(rule('{ exchange: J, shell: 1, distance: 2 }'))[0]).toMatch(
      /^RULE @2 }.*shell and distance/,
    );
  });

  it('a singular cell', () => {
    expect(problems({ lattice: 'lattice: { a: 4, b: 0, c: 6 }' })[0]).toMatch(
      /^SINGULAR_CELL @0, c: 6 }\| lattice constant b is 0/,
    );
    expect(
      problems({ lattice: 'lattice: { a: 4, b: 5, c: 6, alpha: 30, beta: 30, gamma: 60 }' })[0],
    ).toMatch(/^SINGULAR_CELL @{ a: 4, b: 5\| the cell is singular/);
    expect(problems({ lattice: 'lattice: { a: 4, b: 5, c: 6, gamma: 180 }' })[0]).toMatch(
      /^SINGULAR_CELL @180 }\| angle gamma is 180/,
    );
  });

  it('a twin whose matrix is not a rotation (z row zero, as in the published set)', () => {
    const [first] = problems({
      extra:
        'twins:\n  - { weight: 1/2 }\n  - { weight: 1/2, rotation: [[0, 1, 0], [1, 0, 0], [0, 0, 0]] }',
    });
    expect(first).toMatch(/^TWIN_NOT_ORTHOGONAL @\[\[0, 1, 0\], .*not a rotation/);
    expect(problems({ extra: 'twins: [{ weight: 0.5 }, { weight: 0.4 }]' }).join()).toMatch(
      /^TWIN_WEIGHT @\[{ weight: .*do not sum to 1 \| 0.9/,
    );
  });

  it('a prior that excludes the value, or is empty', () => {
    const prior = (text: string) =>
      problems({ parameters: `parameters: { J: { value: 1, prior: ${text} } }` })[0];
    expect(prior('{ uniform: [-2, 0] }')).toMatch(
      /^PRIOR_EXCLUDES_VALUE @{ uniform: \[\| the prior of 'J' excludes its value \| 1 /,
    );
    expect(prior('{ uniform: [2, 0] }')).toMatch(
      /^PRIOR @{ uniform: \[\| the prior of 'J' is empty/,
    );
    expect(prior('{ logUniform: [-1, 2] }')).toMatch(/^PRIOR @{ logUniform.*zero or below/);
    expect(prior('{ normal: { mean: 1, sd: 0 } }')).toMatch(/^PRIOR @{ normal: .*no width/);
    expect(prior('{ normal: { mean: 1, sd: 1, max: 0.5 } }')).toMatch(/^PRIOR_EXCLUDES_VALUE/);
    expect(prior('{ gaussian: [0, 1] }')).toMatch(/^SHAPE @{ gaussian: \| expected 'fixed', /);
  });

  it('an unknown ion, with those there are', () => {
    expect(problems(oneSite(', ion: Mn8')).join()).toMatch(
      /UNKNOWN_ION @Mn8 }\| no form factor is known for 'Mn8'.*Mn2, Mn3, Mn4/,
    );
  });

  it('exchange that is not Hermitian', () => {
    const both = (exchange: string) =>
      problems(
        rule(`{ exchange: ${exchange}, bonds: [{ from: A, to: B }, { from: B, to: A }] }`),
      )[0];
    expect(both('{ dm: [0, 0, J] }')).toMatch(/^NON_HERMITIAN_EXCHANGE @{ from: B, t.*both ends/);
    expect(both('J')).toMatch(/^DUPLICATE_BOND @{ from: B, t.*twice, once from each end/);
    expect(
      problems({
        ...rule('{ exchange: { heisenberg: 1, dm: [0, 0, J] }, vector: [[1, 0, 0], [-1, 0, 0]] }'),
      })[0],
    ).toMatch(/^NON_HERMITIAN_EXCHANGE @{ heisenberg.*depends on the direction/);
    expect(
      problems({
        extra: 'anisotropy: [{ site: A, matrix: [[1, J, 0], [0, 1, 0], [0, 0, 1]] }]',
      })[0],
    ).toMatch(/^NON_HERMITIAN_EXCHANGE @\[\[1, J, 0\], .*not symmetric/);
  });

  it('exchange that contradicts the symmetry of its bond, with the nearest allowed', () => {
    // inversion at the middle of the bond from A to its neighbour along a forbids DM
    const [first] = problems({
      ...oneSite(''),
      ...rule(
        '{ exchange: { heisenberg: J, dm: [0, 0, 0.3 J] }, bond: { from: A, to: A, cell: [1, 0, 0] } }',
      ),
      extra: "symmetry: { operations: ['-x, -y, -z'] }",
    });
    expect(first).toMatch(/^SYMMETRY_INCONSISTENT @{ heisenberg.*-x, -y, -z keeps the bond/);
    expect(
      problems({
        ...oneSite(', g: [[2, 0.1, 0], [0.1, 2, 0], [0, 0, 2]]'),
        extra: "symmetry: { operations: ['-x, y, -z'] }",
      }).join(),
    ).toMatch(/SYMMETRY_INCONSISTENT @\[\[2, 0.1, 0\].* the g tensor/);
    expect(
      problems({
        ...oneSite(''),
        extra: "symmetry: { operations: ['-x, y, -z'], spins: transform }",
      }).join(),
    ).toMatch(/SYMMETRY_INCONSISTENT @{ label: A, .*keeps the site and turns its spin/);
    expect(
      problems({
        ...oneSite(''),
        extra:
          "symmetry: { operations: ['-x, y, -z'] }\nanisotropy: [{ axis: [1, 1, 0], strength: J }]",
      }).join(),
    ).toMatch(/SYMMETRY_INCONSISTENT @{ axis: \[1, .*site symmetry/);
  });

  it('NaN and infinity, however written', () => {
    for (const nan of ['.nan', 'NaN', '.inf', '-.inf', 'Infinity', '1e999'])
      expect(problems(rule(`{ exchange: ${nan}, shell: 1 }`))[0], nan).toMatch(
        /^NOT_FINITE @[-.NIi1]/,
      );
    expect(problems({ lattice: 'lattice: { a: .nan, b: 5, c: 6 }' })[0]).toMatch(
      /^NOT_FINITE @.nan, b.*\| NaN is not a finite number/,
    );
    expect(problems({ parameters: 'parameters: { J: .nan }' })[0]).toMatch(/^NOT_FINITE @.nan }/);
    expect(problems(oneSite(', g: [2, .nan, 2]'))[0]).toMatch(/^NOT_FINITE @.nan, 2.*\| NaN/);
    expect(problems({ extra: 'temperature: 1/0' })[0]).toMatch(
      /^SHAPE @1\/0\| expected a finite number/,
    );
  });

  it('unknown keys, with the one that was meant', () => {
    expect(problems({ extra: 'temprature: 5' })[0]).toMatch(
      /^UNKNOWN_KEY @temprature: \| unknown key 'temprature' .*did you mean 'temperature'/,
    );
    expect(problems(rule('{ exchange: J, shel: 1 }'))[0]).toMatch(
      /^UNKNOWN_KEY @shel: 1 }.*did you mean 'shell'/,
    );
    expect(problems(rule('{ exchange: { heisenburg: J }, shell: 1 }'))[0]).toMatch(
      /^UNKNOWN_KEY @heisenburg: .*did you mean 'heisenberg'/,
    );
    expect(problems({ parameters: 'parameters: { J: { value: 1, priors: fixed } }' })[0]).toMatch(
      /^UNKNOWN_KEY @priors: .*did you mean 'prior'/,
    );
  });

  it('unknown parameters, units that do not fit, and expressions that are none', () => {
    expect(problems(rule('{ exchange: J1, shell: 1 }'))[0]).toMatch(
      /^UNKNOWN_PARAMETER @J1, shell.*\| no parameter is called 'J1'.*did you mean 'J'/,
    );
    expect(problems(rule("{ exchange: 'J * J', shell: 1 }"))[0]).toMatch(/^EXPRESSION @'J \* J'/);
    expect(problems({ extra: 'field: [0, 0, J]' })[0]).toMatch(/^UNIT @J\].*\| meV/);
    expect(problems({ parameters: 'parameters: { J: 1, 2x: 3 }' })[0]).toMatch(
      /^PARAMETER_NAME @2x: 3 }/,
    );
  });

  it('missing keys, wrong types and an empty file', () => {
    expect(problems({ lattice: '' }).join()).toMatch(
      /MISSING_KEY @name: test\| lattice is missing/,
    );
    expect(problems({ sites: 'sites: []' })[0]).toMatch(
      /^SHAPE @\[\]\| expected at least one site/,
    );
    expect(problems({ sites: 'sites: 5' })[0]).toMatch(/^SHAPE @5/);
    for (const text of ['', '- 1', 'null', '"a"', '5'])
      expect(checkModel(text).problems[0]!.what).toMatch(/a mapping of keys/);
  });

  it('space groups and operations that are none, or do not suit the lattice', () => {
    const symmetry = (text: string) => problems({ extra: `symmetry: { ${text} }` })[0];
    expect(symmetry('spaceGroup: Pnmq')).toMatch(/^SPACE_GROUP @Pnmq }\| there is no space group/);
    expect(symmetry('spaceGroup: 231')).toMatch(/^SPACE_GROUP @231 }/);
    expect(symmetry('spaceGroup: P4/mmm')).toMatch(/^SYMMETRY_LATTICE @P4\/mmm }/);
    expect(symmetry("operations: ['x, y']")).toMatch(/^OPERATION @'x, y'/);
    expect(symmetry("operations: ['x, y, 2z']")).toMatch(/^OPERATION @'x, y, 2z'.*determinant/);
    expect(symmetry("operations: ['x+0.14142135623, y, z']")).toMatch(
      /^OPERATION @{ operations.*more than/,
    );
  });

  it('a rotating frame that the interactions do not allow', () => {
    const [first] = problems({
      ...oneSite(''),
      ...rule('{ exchange: { xyz: [J, 0, 0] }, vector: [1, 0, 0] }'),
      extra: 'structure: { k: [0.3, 0, 0], axis: [0, 0, 1] }',
    });
    expect(first).toMatch(/^ROTATING_FRAME @- { exchange.*no rotating frame/);
  });

  it('syntax errors, duplicate keys and both places of them', () => {
    const report = checkModel('name: a\nname: b\nlattice: {', { source: 'm.yaml' });
    expect(report.problems.map((p) => `${p.code} ${p.line}`)).toEqual(
      expect.arrayContaining(['SYNTAX 2']),
    );
    expect(checkModel('{"name": "a",}').problems[0]!.code).not.toBe('SYNTAX');
    expect(checkModel('name: [').problems[0]!.code).toBe('SYNTAX');
  });

  it('alias bombs, files too large and nesting too deep', () => {
    let bomb = 'a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n';
    for (let i = 1; i < 10; i++)
      bomb += `a${i}: &a${i} [${Array(10)
        .fill(`*a${i - 1}`)
        .join(', ')}]\n`;
    expect(checkModel(bomb).problems[0]!.code).toBe('ALIASES');
    expect(checkModel(`name: ${'x'.repeat(5_000_000)}`).problems[0]!.code).toBe('TOO_LARGE');
    const deep = checkModel(`name: ${'['.repeat(200_000)}`);
    expect(deep.ok).toBe(false);
  });

  it('cells and searches that are too large end with an error, and not by running on', () => {
    expect(problems({ extra: 'structure: { supercell: [500, 500, 1] }' })[0]).toMatch(
      /^TOO_LARGE @\[500, 500, /,
    );
    expect(problems(rule('{ exchange: J, distance: [0, 900] }'))[0]).toMatch(/^TOO_LARGE/);
    expect(problems(rule('{ exchange: J, distance: [0, 1e6] }'))[0]).toMatch(
      /^DISTANCE @\[0, 1e6\]/,
    );
  });

  it('every problem at once, in one error', () => {
    try {
      parseSpinModel(file({ ...oneSite(', ion: Xx9'), extra: 'temperature: -3' }), {
        source: 'm.yaml',
      });
      expect.unreachable();
    } catch (error) {
      const e = error as ModelError;
      expect(e.code).toBe('INVALID_MODEL');
      expect(e.problems.map((p) => p.code)).toEqual(
        expect.arrayContaining(['UNKNOWN_ION', 'TEMPERATURE']),
      );
      expect(e.message).toMatch(/m\.yaml:\d+:\d+/);
    }
  });
});
