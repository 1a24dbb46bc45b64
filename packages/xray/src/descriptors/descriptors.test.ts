import { describe, expect, it } from 'vitest';
import { makeMolecule } from '../molecule/molecule.js';
import { linearGrid } from '../spectra/broaden.js';
import {
  makeTargets,
  peakMoments,
  regionsOfInterest,
  resampleSpectrum,
} from '../targets/targets.js';
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

describe('targets', () => {
  const grid = linearGrid(500, 540, 801);
  const gauss = (m: number, s: number, a: number) =>
    grid.map((x) => (a / (s * Math.sqrt(2 * Math.PI))) * Math.exp(-0.5 * ((x - m) / s) ** 2));
  it('moments of a Gaussian are its own', () => {
    const m = peakMoments(grid, gauss(521, 1.3, 2.5), { name: 'peak', from: 505, to: 537 });
    expect(m.area).toBeCloseTo(2.5, 8);
    expect(m.mean).toBeCloseTo(521, 8);
    expect(m.width).toBeCloseTo(1.3, 8);
    expect(m.skewness).toBeCloseTo(0, 8);
    expect(m.kurtosis).toBeCloseTo(0, 6);
  });
  it('regions, whole spectra, and the names of all', () => {
    const spectra = [gauss(510, 1, 1), gauss(530, 1, 3)];
    const regions = [
      { name: 'low', from: 500, to: 520 },
      { name: 'high', from: 520, to: 540 },
    ];
    const r = makeTargets(grid, spectra, { kind: 'regions', regions });
    [1, 0, 0, 3].forEach((x, i) => expect(r.values[i]).toBeCloseTo(x, 8));
    const whole = makeTargets(grid, spectra, { kind: 'spectrum', from: 509.98, to: 511.02 });
    expect(whole.names.length).toBe(21);
    expect(whole.values[0]).toBe(spectra[0]![200]);
    const moments = makeTargets(grid, [gauss(510, 1, 1)], {
      kind: 'moments',
      regions: regions.slice(0, 1),
    });
    expect(moments.names).toEqual(['low mean', 'low width', 'low skewness']);
    expect(moments.values[0]).toBeCloseTo(510, 6);
  });
  it('refuses different grids, and brings a spectrum onto another', () => {
    expect(() => makeTargets(grid, [new Float64Array(5)], { kind: 'spectrum' })).toThrow(/row 0/);
    expect(() => regionsOfInterest(grid, grid, [{ name: 'x', from: 600, to: 610 }])).toThrow(/x/);
    expect(() =>
      peakMoments(grid, new Float64Array(801), { name: 'p', from: 505, to: 530 }),
    ).toThrow(/area/);
    const onto = linearGrid(505, 535, 77);
    const line = resampleSpectrum(
      grid,
      grid.map((x) => 2 * x - 1),
      onto,
    );
    line.forEach((y, i) => expect(y).toBeCloseTo(2 * onto[i]! - 1, 8));
    expect(() => resampleSpectrum(grid, grid, linearGrid(400, 500, 3))).toThrow(/outside/);
  });
});
