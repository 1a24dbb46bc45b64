import { describe, expect, it } from 'vitest';
import { makeMolecule } from '../molecule/molecule.js';
import { coulombMatrix, coulombVector } from './coulombMatrix.js';
import { allDistances, internalCoordinates, neighbourDistances } from './internal.js';
import { cutoff, symmetryFunctions, type SymmetryFunction } from './symmetryFunctions.js';

const water = makeMolecule(
  ['H', 'O', 'H'],
  [
    [0.9572, 0, 0],
    [0, 0, 0],
    [1.1 * Math.cos((100 * Math.PI) / 180), 1.1 * Math.sin((100 * Math.PI) / 180), 0],
  ],
);

describe('internal coordinates', () => {
  it('are the ones the molecule was built of', () => {
    const got = internalCoordinates(water, [
      [1, 0],
      [1, 2],
      [0, 1, 2],
    ]);
    [0.9572, 1.1, 100].forEach((x, i) => expect(got[i]).toBeCloseTo(x, 9));
    expect(() => internalCoordinates(water, [[0, 3]])).toThrow(/indices from 0 to 2/);
  });

  it('dihedrals have the sign of the IUPAC rule', () => {
    const m = (z: number) =>
      makeMolecule(
        ['H', 'O', 'O', 'H'],
        [
          [1, 0, 0],
          [0, 0, 0],
          [0, 0, 1.4],
          [Math.cos(z), Math.sin(z), 1.4],
        ],
      );
    for (const deg of [-150, -60, 30, 111]) {
      const d = internalCoordinates(m((deg * Math.PI) / 180), [[0, 1, 2, 3]])[0]!;
      // Looking along the axis from the front atom, clockwise to the rear one is positive.
      expect(d).toBeCloseTo(deg, 9);
    }
  });

  it('distances', () => {
    expect(allDistances(water).length).toBe(3);
    const d = neighbourDistances(water, 1, [{ element: 1, count: 2 }]);
    expect(d[0]).toBeCloseTo(0.9572, 9);
    expect(d[1]).toBeCloseTo(1.1, 9);
    expect(() => neighbourDistances(water, 1, [{ element: 8, count: 1 }])).toThrow(/fewer/);
  });
});

describe('the Coulomb matrix', () => {
  it('has the absorber first, neighbours by distance, and the stated elements', () => {
    const m = coulombMatrix(water, { absorber: 1 });
    expect(m[0]).toBeCloseTo(0.5 * 8 ** 2.4, 10);
    expect(m[1]).toBeCloseTo(8 / 0.9572, 8);
    expect(m[2]).toBeCloseTo(8 / 1.1, 8);
    expect(m[4]).toBeCloseTo(0.5, 12);
    for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) expect(m[3 * i + j]).toBe(m[3 * j + i]);
    const swapped = makeMolecule(
      ['H', 'H', 'O'],
      [2, 0, 1].map((i) => Array.from(water.positionsBohr.slice(3 * i, 3 * i + 3))),
      { unit: 'bohr' },
    );
    coulombMatrix(swapped, { absorber: 2 }).forEach((x, i) => expect(x).toBeCloseTo(m[i]!, 12));
    expect(coulombVector(water, { absorber: 1 }).length).toBe(6);
    expect(coulombMatrix(water, { absorber: 1, size: 4 })[15]).toBe(0);
    expect(() => coulombMatrix(water, { absorber: 3 })).toThrow(/absorber/);
  });
});

describe('symmetry functions', () => {
  const functions: SymmetryFunction[] = [
    { kind: 'radial', element: 1, eta: 4, shift: 1 },
    { kind: 'angular', elements: [1, 1], eta: 0.1, zeta: 2, lambda: -1 },
  ];
  it('are the sums written down by hand, and 0 for atoms out of reach', () => {
    const rc = 4;
    const got = symmetryFunctions(water, 1, functions, rc);
    const fc = (r: number) => cutoff(r, rc);
    const radial = [0.9572, 1.1].reduce((s, r) => s + Math.exp(-4 * (r - 1) ** 2) * fc(r), 0);
    expect(got[0]).toBeCloseTo(radial, 10);
    const cos = Math.cos((100 * Math.PI) / 180);
    const rhh = Math.sqrt(0.9572 ** 2 + 1.1 ** 2 - 2 * 0.9572 * 1.1 * cos);
    const angular =
      0.5 *
      (1 - cos) ** 2 *
      Math.exp(-0.1 * (0.9572 ** 2 + 1.1 ** 2 + rhh ** 2)) *
      fc(0.9572) *
      fc(1.1) *
      fc(rhh);
    expect(got[1]).toBeCloseTo(angular, 10);
    expect(symmetryFunctions(water, 1, functions, 0.9)).toEqual(new Float64Array(2));
  });
});
