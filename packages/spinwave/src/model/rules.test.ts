import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bilinear,
  matDistance,
  matMul,
  matVec,
  norm,
  subtract,
  transpose,
} from '../crystal/geometry.js';
import type { Mat3, Vec3 } from '../crystal/geometry.js';
import { cartesianRotation } from '../crystal/symmetryOperation.js';
import { ClassicalHamiltonian, directionsOf } from '../groundstate/classicalHamiltonian.js';
import { prepare } from '../theory/prepare.js';
import { checkModel } from './check.js';
import { parseSpinModel, resolveModel } from './parse.js';
import { rotateStevens, stevensFunction } from './stevens.js';
import type { SpinModel } from './types.js';

const counts = (m: SpinModel) => {
  const n: Record<string, number> = {};
  for (const b of m.bonds) n[b.rule] = (n[b.rule] ?? 0) + 1;
  return n;
};
const matrixOf = (b: SpinModel['bonds'][number]): Mat3 => b.exchange[0]!.matrix;

describe('symmetry carries a bond and its matrix', () => {
  const pyrochlore = (exchange: string) => `
name: pyrochlore
lattice: { a: 10, b: 10, c: 10 }
symmetry: { spaceGroup: Fd-3m }
parameters: { J: 1 }
sites: [{ label: A, position: [0, 0, 0], spin: 1/2, direction: [0, 0, 1] }]
interactions:
  - { name: nn, bond: { from: [0, 0, 0], to: [1/4, 1/4, 0] }, exchange: ${exchange} }
`;

  it('to all 48 nearest neighbours of the pyrochlore lattice', () => {
    const model = parseSpinModel(pyrochlore('J'));
    expect(model.sites).toHaveLength(16);
    expect(counts(model)).toEqual({ nn: 48 });
    for (const b of model.bonds) expect(b.lengthAngstrom).toBeCloseTo(10 / Math.sqrt(8), 10);
  });

  it('and allows four constants there (Ross et al., PRX 1, 021002)', () => {
    const report = checkModel(pyrochlore('J'), { starts: 0 });
    expect(report.rules[0]!.allowed).toHaveLength(4);
  });

  it('as J1 to J4 of that paper for the bond along (1, 1, 0), and as nothing else', () => {
    // for the bond between (0, 0, 0) and (1/4, 1/4, 0): equal in-plane diagonal, its own zz, xy, and
    // a DM vector perpendicular to the bond in the plane
    const allowed = checkModel(
      pyrochlore('{ matrix: [[J, 0.3 J, 0.2 J], [0.3 J, J, 0.2 J], [-0.2 J, -0.2 J, 0.5 J]] }'),
      { starts: 0 },
    );
    const wrong = checkModel(
      pyrochlore('{ matrix: [[J, 0, 0.2 J], [0, J, -0.2 J], [-0.2 J, 0.2 J, 0.5 J]] }'),
      { starts: 0 },
    );
    const codes = [allowed, wrong].map((r) => r.problems.map((p) => p.code));
    expect(codes[0]).not.toContain('SYMMETRY_INCONSISTENT');
    expect(codes[1]).toContain('SYMMETRY_INCONSISTENT');
  });

  it('so that every image follows by turning the matrix: S M S is the same for turned spins', () => {
    const text = pyrochlore('{ heisenberg: J, dm: [0.1 J, -0.1 J, 0] }');
    const report = resolveModel(text);
    const { model } = report;
    expect(report.problems.filter((p) => p.severity === 'error')).toEqual([]);
    const find = (from: Vec3, to: Vec3): Mat3 => {
      for (const b of model!.bonds) {
        const start = model!.sites[b.from]!.position;
        const end = model!.sites[b.to]!.position.map((x, i) => x + b.cell[i]!) as unknown as Vec3;
        const near = (p: Vec3, q: Vec3) => {
          const d = subtract(p, q);
          return d.every((x) => Math.abs(x - Math.round(x)) < 1e-6);
        };
        const step = subtract(end, start);
        const same = (s: Vec3) => norm(subtract(s, subtract(to, from))) < 1e-6;
        if (near(start, from) && same(step)) return matrixOf(b);
        if (near(end, from) && same(subtract(start, end))) return transpose(matrixOf(b));
      }
      throw new Error('no such bond');
    };
    for (const op of report.crystal!.group) {
      const r = cartesianRotation(op, model!.chemicalLattice);
      for (const b of model!.bonds.slice(0, 12)) {
        const from = model!.sites[b.from]!.position;
        const to = model!.sites[b.to]!.position.map((x, i) => x + b.cell[i]!) as unknown as Vec3;
        const move = (v: Vec3) =>
          matVec(op.rotation, v).map((x, i) => x + op.translation[i]!) as unknown as Vec3;
        const expected = matMul(matMul(r, matrixOf(b)), transpose(r));
        expect(matDistance(find(move(from), move(to)), expected)).toBeLessThan(1e-9);
      }
    }
  });

  it('DM vectors turn as axial vectors: a mirror keeps the one along its normal', () => {
    const file = (operation: string, dm: string) => `
name: dm
lattice: { a: 4, b: 6, c: 7 }
symmetry: { operations: ['${operation}'] }
sites: [{ label: A, position: [0.2, 0.1, 0], spin: 1, direction: [0, 0, 1] }]
interactions: [{ name: r, exchange: { dm: ${dm} }, bond: { from: A, to: A, cell: [1, 0, 0] } }]
`;
    const ok = (operation: string, dm: string) =>
      resolveModel(file(operation, dm)).model !== undefined;
    // the mirror z -> -z keeps site and bond; D must be along z
    expect(ok('x, y, -z', '[0, 0, 1]')).toBe(true);
    expect(ok('x, y, -z', '[0, 1, 0]')).toBe(false);
    expect(ok('x, y, -z', '[1, 0, 0]')).toBe(false);
  });
});

describe('rules', () => {
  const square = (rules: string, extra = '') => `
name: square
lattice: { a: 4, b: 4, c: 9 }
sites:
  - { label: A, position: [0, 0, 0], spin: 5/2, direction: [0, 0, 1] }
${extra}
interactions:
${rules}
`;

  it('by shell, distance, vector and range select the same bonds', () => {
    for (const pick of [
      'shell: 2',
      'distance: 5.6569',
      'distance: [5, 6]',
      'vector: [[1, 1, 0], [1, -1, 0]]',
      "distance: [4, 6], where: ['step.x != 0', 'step.y != 0']",
    ])
      expect(counts(parseSpinModel(square(`  - { name: J2, exchange: 1, ${pick} }`)))).toEqual({
        J2: 2,
      });
  });

  it('by direction orient bonds, so that a DM vector may hang on them', () => {
    const model = parseSpinModel(
      square(`
  - { name: x, exchange: { dm: [0, 0, 1] }, shell: 1, direction: [1, 0, 0] }
  - { name: y, exchange: { dm: [0, 0, 1] }, shell: 1, where: 'step.y < 0' }`),
    );
    expect(counts(model)).toEqual({ x: 1, y: 1 });
    const [x, y] = model.bonds;
    expect(x!.cell).toEqual([1, 0, 0]);
    expect(y!.cell).toEqual([0, -1, 0]);
  });

  it('DM means D . (S_from x S_to)', () => {
    const [bond] = parseSpinModel(
      square('  - { exchange: { dm: [0.3, -0.5, 0.7] }, vector: [1, 0, 0] }'),
    ).bonds;
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 6, maxLength: 6 }),
        (v) => {
          const [a, b, c, d, e, f] = v as [number, number, number, number, number, number];
          const cross = [b * f - c * e, c * d - a * f, a * e - b * d];
          const energy = 0.3 * cross[0]! - 0.5 * cross[1]! + 0.7 * cross[2]!;
          expect(bilinear([a, b, c], matrixOf(bond!), [d, e, f])).toBeCloseTo(energy, 12);
        },
      ),
    );
  });

  it('are linear in the parameters', () => {
    const model = parseSpinModel(
      square(
        "  - { exchange: { heisenberg: 'J1 - 0.5*J2 + 0.1', xyz: [0, 0, 2 J2] }, vector: [1, 0, 0] }",
        'parameters: { J1: 3, J2: { value: 2, unit: meV } }',
      ),
    );
    const terms = Object.fromEntries(model.bonds[0]!.exchange.map((t) => [t.parameter, t.matrix]));
    expect(terms[0]).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1]);
    expect(terms[1]).toEqual([-0.5, 0, 0, 0, -0.5, 0, 0, 0, 1.5]);
    expect(terms[-1]).toEqual([0.1, 0, 0, 0, 0.1, 0, 0, 0, 0.1]);
  });

  it('a supercell multiplies bonds and keeps their lengths', () => {
    const rules = '  - { name: J, exchange: 1, shell: 1 }';
    const one = parseSpinModel(square(rules));
    const many = parseSpinModel(
      square(rules, 'structure: { supercell: [2, 3, 1], k: [1/2, 1/3, 0], axis: [1, 0, 0] }'),
    );
    expect(many.bonds).toHaveLength(6 * one.bonds.length);
    expect(many.rotatingFrame).toBeUndefined();
    expect(many.lattice.a).toBe(8);
    for (const bond of many.bonds) {
      const a = many.sites[bond.from]!.position;
      const b = many.sites[bond.to]!.position;
      const step = a.map((x, i) => (b[i]! + bond.cell[i]! - x) * [8, 12, 9][i]!);
      expect(Math.hypot(...step)).toBeCloseTo(4, 10);
    }
  });

  it('spins: equal and opposite in a rotating frame compare the spins where they stand', () => {
    const model = parseSpinModel(
      square(
        `
  - { name: up, exchange: 1, shell: 1, spins: equal }
  - { name: down, exchange: 1, shell: 1, spins: opposite }`,
        'structure: { k: [1/2, 0, 0], axis: [1, 0, 0] }',
      ),
    );
    expect(counts(model)).toEqual({ up: 1, down: 1 });
    expect(model.bonds.find((b) => b.rule === 'up')!.cell).toEqual([0, 1, 0]);
  });
});

describe('magnetic structures', () => {
  const file = (sites: string, extra = '') =>
    parseSpinModel(`
name: s
lattice: { a: 4, b: 4, c: 9, gamma: 120 }
sites: [${sites}]
${extra}
interactions: [{ exchange: 1, shell: 1 }]`);

  it("frame 'lattice' takes components along a, b, c", () => {
    const model = file(
      '{ label: A, position: [0, 0, 0], spin: 1, direction: [0, 1, 0] }',
      'frame: lattice',
    );
    expect(model.sites[0]!.direction[0]).toBeCloseTo(-0.5, 12);
    expect(model.sites[0]!.direction[1]).toBeCloseTo(Math.sqrt(3) / 2, 12);
  });

  it('moments give directions through the g tensor', () => {
    const model = file(
      '{ label: A, position: [0, 0, 0], spin: 1/2, g: [2, 2, 4], moment: [0.3, 0, 0.6] }',
    );
    expect(model.sites[0]!.direction[0]).toBeCloseTo(Math.SQRT1_2, 12);
    expect(model.sites[0]!.direction[2]).toBeCloseTo(Math.SQRT1_2, 12);
  });

  it('structure.spins win over sites, by label and cell', () => {
    const model = file(
      '{ label: A, position: [0, 0, 0], spin: 1, direction: [0, 0, 1] }',
      'structure: { supercell: [2, 1, 1], spins: [{ site: A, cell: [1, 0, 0], direction: [0, 0, -1] }] }',
    );
    expect(model.sites.map((s) => s.direction[2])).toEqual([1, -1]);
    expect(model.sites.map((s) => s.position[0])).toEqual([0, 0.5]);
  });

  it('a supercell that does not hold k keeps the rest of it in the frame', () => {
    const model = file(
      '{ label: A, position: [0, 0, 0], spin: 1, direction: [1, 0, 0] }',
      'structure: { supercell: [1, 1, 2], k: [1/3, 1/3, 1/2], axis: [0, 0, 1] }',
    );
    expect(model.rotatingFrame!.k).toEqual([1 / 3, 1 / 3, 0]);
    expect(model.sites[1]!.direction[0]).toBeCloseTo(-1, 12);
  });

  it('symmetry with spins: transform turns them as axial vectors, with time reversal', () => {
    const text = (operation: string) => `
name: t
lattice: { a: 4, b: 4, c: 9 }
symmetry: { operations: ['${operation}'], spins: transform }
sites: [{ label: A, position: [0, 0, 0], spin: 1, direction: [0.6, 0, 0.8] }]
interactions: [{ exchange: 1, shell: 1 }]`;
    const image = (operation: string) => parseSpinModel(text(operation)).sites[1]!.direction;
    expect(image('x+1/2, y, -z')).toEqual([-0.6, 0, 0.8].map((x) => expect.closeTo(x, 12)));
    expect(image('-x+1/2, -y, z')).toEqual([-0.6, 0, 0.8].map((x) => expect.closeTo(x, 12)));
    expect(image('x+1/2, y, z, -1')).toEqual([-0.6, 0, -0.8].map((x) => expect.closeTo(x, 12)));
  });
});

describe('single-ion terms', () => {
  it('Stevens functions turn into each other under rotation', () => {
    const c = Math.cos(0.7);
    const s = Math.sin(0.7);
    const r: Mat3 = matMul([c, -s, 0, s, c, 0, 0, 0, 1], [1, 0, 0, 0, c, -s, 0, s, c]);
    for (const k of [2, 4, 6])
      for (let q = -k; q <= k; q++) {
        const coefficients = rotateStevens(k, q, r);
        const n: Vec3 = [0.36, 0.48, 0.8];
        const sum = coefficients.reduce((t, x, i) => t + x * stevensFunction(k, i - k, n), 0);
        expect(sum).toBeCloseTo(stevensFunction(k, q, matVec(transpose(r), n)), 8);
      }
  });

  it('turn with the operation that makes an image: a four-fold screw exchanges easy axes', () => {
    const model = parseSpinModel(`
name: t
lattice: { a: 4, b: 4, c: 9 }
symmetry: { operations: ['-y, x, z+1/4'] }
parameters: { D: -1 }
sites: [{ label: A, position: [0.1, 0.2, 0], spin: 1, direction: [0, 0, 1] }]
interactions: [{ exchange: 1, shell: 1 }]
anisotropy:
  - { axis: [1, 0, 0], strength: D }
  - { stevens: { k: 2, q: 2, strength: D } }
  - { axis: [0, 1, 0], strength: 0.5, propagate: false }`);
    const diagonals = model.anisotropies.map((a) => {
      const m = a.matrix[0]!.matrix;
      return [m[0], m[4], m[8]].map((x) => Math.round(x * 1e9) / 1e9 + 0);
    });
    expect(diagonals.slice(0, 4)).toEqual([
      [1, 0, 0],
      [0, 1, 0],
      [1, 0, 0],
      [0, 1, 0],
    ]);
    expect(diagonals.slice(4)).toEqual(Array(4).fill([0, 0.5, 0]));
    // O_22 = x^2 - y^2 changes sign under a quarter turn
    expect(model.stevens.map((t) => [t.q, Math.round(t.strength[0]!.factor * 1e9) / 1e9])).toEqual([
      [2, 1],
      [2, -1],
      [2, 1],
      [2, -1],
    ]);
  });

  it('a polynomial is what it says, energy included', () => {
    const energy = (anisotropy: string, direction: string) => {
      const model = parseSpinModel(`
name: p
lattice: { a: 4, b: 4, c: 4 }
parameters: { K: 0.3 }
sites: [{ label: A, position: [0, 0, 0], spin: 3/2, direction: ${direction} }]
anisotropy: [${anisotropy}]`);
      const h = new ClassicalHamiltonian(model, [0.3]);
      return h.energy(directionsOf(model));
    };
    const n = [0.36, 0.48, 0.8].map((x) => 1.5 * x) as [number, number, number];
    const at = '[0.36, 0.48, 0.8]';
    expect(
      energy(
        '{ polynomial: [{ powers: [4, 0, 0], strength: K }, { powers: [0, 2, 4], strength: -2 K }] }',
        at,
      ),
    ).toBeCloseTo(0.3 * n[0] ** 4 - 0.6 * n[1] ** 2 * n[2] ** 4, 10);
    expect(energy('{ polynomial: [{ powers: [1, 1, 0], strength: 1 }] }', at)).toBeCloseTo(
      n[0] * n[1],
      10,
    );
    // a cubic polynomial suits a cubic site, one term of it does not
    const cubic = (terms: string) =>
      checkModel(
        `
name: c
lattice: { a: 4, b: 4, c: 4 }
symmetry: { spaceGroup: P m -3 m }
sites: [{ label: A, position: [0, 0, 0], spin: 2, direction: [0, 0, 1] }]
anisotropy: [{ polynomial: [${terms}] }]`,
        { starts: 0 },
      ).problems.map((p) => p.code);
    const term = (powers: string) => `{ powers: [${powers}], strength: -1 }`;
    expect(cubic(['4, 0, 0', '0, 4, 0', '0, 0, 4'].map(term).join())).toEqual([]);
    expect(cubic(term('0, 0, 4'))).toEqual(['SYMMETRY_INCONSISTENT']);
    expect(cubic(term('0, 0, 3'))).toEqual(['ANISOTROPY']);
  });

  it('conventions of the file reach energy and modes: golden case 7 with S = 1', () => {
    const file = (convention: string) => `
name: q
lattice: { a: 4, b: 4, c: 9 }
sites: [{ label: A, position: [0, 0, 0], spin: 1, direction: [0, 0, 1] }]
interactions: [{ exchange: -1, shell: 1 }]
conventions: { singleIon: ${convention} }
anisotropy: [{ axis: [0, 0, 1], strength: -0.5 }]`;
    const gap = (convention: string) => {
      const prepared = prepare(parseSpinModel(file(convention)));
      return prepared.modes(Float64Array.of(0, 0, 0), new Float64Array(0)).energiesMeV[0];
    };
    expect(gap('classical')).toBeCloseTo(1, 10);
    // 2 |D| S (1 - 1/2S)
    expect(gap('quantum')).toBeCloseTo(0.5, 10);
  });
});
